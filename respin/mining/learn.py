"""Learn entries from a spun text and its original."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from respin.dictionary.file import MAX_TOKENS, Group
from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.lint import Severity, check_group
from respin.dictionary.source import line_of, tidy
from respin.mining.alignment import EntryIndex, Outcome, Stretch, align
from respin.text.case import is_shouted
from respin.text.tokens import Token, tokenize
from respin.text.wording import counted

LEAST_SHARED: Final = 0.4
"""Share of the spun words that must be kept or known for two texts to be a pair."""

CONTEXT: Final = 3
"""Words on either side of a change that are shown with it."""

_KNOWN_COST: Final = 0.1
_LEARNT_COST: Final = 0.6
"""A pair that was learnt elsewhere in the text: better than two changed words, worse than a known entry."""

# Words that stand for nothing by themselves: alone they make no entry, with the next word they do.
_FUNCTION_WORD_LIST: Final = """
a an the in on at of to for by with from as and or but if is are was were be been has have had
it this that these those he she they we you i his her its their not no so do does did
"""
_FUNCTION_WORDS: Final = frozenset(_FUNCTION_WORD_LIST.split())


@dataclass(frozen=True)
class Proposal:
    """A pair that the texts show, how often, and where: ``contexts`` have the variant in brackets."""

    head: str
    variant: str
    count: int
    contexts: tuple[str, ...]


@dataclass
class Lesson:
    """What a pair of texts teaches: new pairs and known ones, most frequent first."""

    new: list[Proposal] = field(default_factory=list)
    known: list[Proposal] = field(default_factory=list)
    unusable: int = 0
    """Changes that make no entry: punctuation, whole sentences, words added or lost at an end."""
    unaligned: int = 0
    """Spun words in stretches where the texts are too unlike to be aligned."""
    kept: int = 0
    """Spun words that are as they were."""
    explained: int = 0
    """Spun words in changes that are known entries."""
    words: int = 0
    """All spun words, marks included."""

    @property
    def is_pair(self) -> bool:
        """Whether enough of the spun text stands in the original for the one to have been made of the other.

        Texts on different subjects share a tenth of their words in this way, a fifth at most; a text and
        its original seven tenths.
        """
        return self.kept + self.explained >= LEAST_SHARED * self.words > 0


def learn(spun: str, original: str, dictionary: Dictionary) -> Lesson:
    """Align a spun text with its original and collect the pairs, those of the dictionary set apart."""
    return _Aligner(spun, original).lesson(dictionary)


class _Aligner:
    def __init__(self, spun: str, original: str) -> None:
        self._texts = spun, original
        self._tokens = tokenize(spun), tokenize(original)
        self._forms = [token.form for token in self._tokens[0]], [token.form for token in self._tokens[1]]

    def lesson(self, dictionary: Dictionary) -> Lesson:
        entries = EntryIndex()
        for variant, origins in dictionary.origins.items():
            for origin in origins:
                entries.add(variant.split(" "), phrase_key(origin.head).split(" "), _KNOWN_COST)
        stretches = list(align(*self._forms, entries))
        # A second time with the short pairs of the first, which tell where longer stretches can be cut.
        learnt = {self._both(stretch) for stretch in stretches if stretch.kind is Outcome.CHANGED}
        learnt = {(v, h) for v, h in learnt if 1 <= len(v) <= 3 and len(h) == 1 and h[0] not in _FUNCTION_WORDS}
        for variant_forms, head_forms in sorted(learnt):
            entries.add(variant_forms, head_forms, _LEARNT_COST)
        if learnt:
            stretches = list(align(*self._forms, entries))
        lesson = Lesson(words=len(self._tokens[0]))
        counts: Counter[tuple[str, str]] = Counter()
        spellings: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
        contexts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for index, stretch in enumerate(stretches):
            size = stretch.end - stretch.start
            if stretch.kind is Outcome.KEPT:
                lesson.kept += size
            elif stretch.kind is Outcome.UNALIGNED:
                lesson.unaligned += size
            else:
                variant, head = (" ".join(forms) for forms in self._both(stretch))
                if any(phrase_key(origin.head) == head for origin in dictionary.origins.get(variant, ())):
                    lesson.explained += size
                    wide = stretch
                else:
                    wide = self._widen(stretch, stretches[max(0, index - 1) : index], stretches[index + 1 : index + 2])
                pair = self._pair(wide)
                if pair is None:
                    lesson.unusable += 1
                    continue
                key = phrase_key(pair[0]), phrase_key(pair[1])
                counts[key] += 1
                spellings[key][pair] += 1
                contexts[key].append(self._context(wide))
        for key, count in counts.most_common():
            # The spelling that occurs most; small letters where both occur alike.
            (head, variant), _ = max(spellings[key].items(), key=lambda item: (item[1], item[0]))
            proposal = Proposal(head, variant, count, tuple(dict.fromkeys(contexts[key])))
            is_known = any(phrase_key(origin.head) == key[0] for origin in dictionary.origins.get(key[1], ()))
            (lesson.known if is_known else lesson.new).append(proposal)
        return lesson

    def _both(self, stretch: Stretch) -> tuple[tuple[str, ...], tuple[str, ...]]:
        spun, original = self._forms
        return (
            tuple(spun[stretch.start : stretch.end]),
            tuple(original[stretch.original_start : stretch.original_end]),
        )

    def _widen(self, stretch: Stretch, before: Sequence[Stretch], after: Sequence[Stretch]) -> Stretch:
        """A change that makes no entry by itself, with the kept word after it, else with the one before it.

        That is a word added or lost, and a lone function word: "within" <- "in" is nothing the
        spinner does, "within the" <- "in the" is.
        """
        variant, head = self._both(stretch)
        if variant and head and not set(head) <= _FUNCTION_WORDS:
            return stretch
        spun = self._tokens[0]
        if after and after[0].kind is Outcome.KEPT and _is_word(spun[after[0].start]):
            return stretch._replace(end=stretch.end + 1, original_end=stretch.original_end + 1)
        if before and before[0].kind is Outcome.KEPT and _is_word(spun[before[0].end - 1]):
            return stretch._replace(start=stretch.start - 1, original_start=stretch.original_start - 1)
        return stretch

    def _pair(self, stretch: Stretch) -> tuple[str, str] | None:
        """(head, variant) as an entry spells them, or ``None`` if they make none."""
        spun = self._tokens[0][stretch.start : stretch.end]
        original = self._tokens[1][stretch.original_start : stretch.original_end]
        if not (0 < len(spun) <= MAX_TOKENS and 0 < len(original) <= MAX_TOKENS):
            return None
        if len(original) == 1 and len(spun) > 1 and original[0].form in _FUNCTION_WORDS:
            return None  # a word was added beside it, which says nothing of this one
        if len(spun) == 1 and spun[0].form in _FUNCTION_WORDS and spun[0].form in [token.form for token in original]:
            return None  # a word was lost beside it
        if not all(_is_word(token) or token.form in ("-", "&", "%", ".") for token in (*spun, *original)):
            return None
        variant = tidy(self._texts[0][spun[0].start : spun[-1].end])
        head = tidy(self._texts[1][original[0].start : original[-1].end])
        if head[:1].isupper() and variant[:1].isupper() and not is_shouted(original[0].text) and head[:2] != "I ":
            head = head[0].lower() + head[1:]  # the capital went over from the head, which has none
        if not is_shouted(spun[0].text):
            variant = variant[0].lower() + variant[1:]
        if any(fault.severity is Severity.ERROR for fault in check_group(Group(head, (variant,)))):
            return None
        return None if "," in head + variant or ":" in head + variant else (head, variant)

    def _context(self, stretch: Stretch) -> str:
        text, tokens = self._texts[0], self._tokens[0]
        first, last = max(0, stretch.start - CONTEXT), min(len(tokens), stretch.end + CONTEXT) - 1
        start, end = tokens[stretch.start].start, tokens[stretch.end - 1].end
        return tidy(f"{text[tokens[first].start : start]}[{text[start:end]}]{text[end : tokens[last].end]}")


def _is_word(token: Token) -> bool:
    return not token.shielded and (token.form[0].isalnum() or (token.form[0] == "'" and len(token.form) > 1))


def group_proposals(proposals: Iterable[Proposal]) -> Iterator[tuple[Group, list[Proposal]]]:
    """The groups that proposals make, most frequent first, each with its proposals."""
    by_head: defaultdict[str, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        by_head[phrase_key(proposal.head)].append(proposal)
    for found in sorted(by_head.values(), key=lambda found: (-sum(p.count for p in found), found[0].head)):
        yield Group(found[0].head, tuple(proposal.variant for proposal in found)), found


def describe(lesson: Lesson, min_count: int = 1) -> Iterator[str]:
    """A lesson as a dictionary text: new entries to edit and use, each below where it was seen."""
    known = sum(proposal.count for proposal in lesson.known)
    new = [proposal for proposal in lesson.new if proposal.count >= min_count]
    yield f"# {counted(known, 'change')} explained by {counted(len(lesson.known), 'known pair')}; new: {len(new):,}."
    for group, found in group_proposals(new):
        yield ""
        for proposal in found:
            shown = "  |  ".join(proposal.contexts[:2])
            yield f"# {counted(proposal.count, 'change')}: {shown}"
        yield line_of(group)
    if lesson.known:
        yield ""
        yield "# Known already:"
        for group, found in group_proposals(lesson.known):
            yield f"#   {sum(proposal.count for proposal in found):4}  {line_of(group)}"
