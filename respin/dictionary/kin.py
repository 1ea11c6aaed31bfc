"""Kin of the entries that are known: pairs that their families make likely, for a person to judge.

A spinner's list is made of groups of words that mean alike, so where one entry is known its kin
mostly follow. Nothing here is right by rule: the proposals are for reading, most usual heads first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from respin.dictionary.index import MAX_TOKENS, Dictionary, Group, phrase_key
from respin.dictionary.lint import Severity, check_group
from respin.text.article import article_for
from respin.text.inflection import inflections
from respin.text.tokens import model_word, tokenize

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

Pairs = dict[str, dict[str, None]]
"""Head to its variants."""
Known = Callable[[str], bool]

_SHARED: Final = 2
"""Variants that two heads must have in common to be of one group."""
_CROWD: Final = 12
"""Heads of a variant above which it says little of any of them."""

_CONTRACTED: Final = {
    "i am": "I'm", "i have": "I've", "i will": "I'll", "i would": "I'd", "you are": "you're", "you have": "you've",
    "you will": "you'll", "we are": "we're", "we have": "we've", "we will": "we'll", "they are": "they're",
    "they have": "they've", "they will": "they'll", "he is": "he's", "she is": "she's", "it is": "it's",
    "that is": "that's", "there is": "there's", "what is": "what's", "is not": "isn't", "are not": "aren't",
    "was not": "wasn't", "were not": "weren't", "do not": "don't", "does not": "doesn't", "did not": "didn't",
    "has not": "hasn't", "have not": "haven't", "had not": "hadn't", "will not": "won't", "would not": "wouldn't",
    "can not": "can't", "cannot": "can't", "could not": "couldn't", "should not": "shouldn't",
}  # fmt: skip
# British and American endings, the longer first.
_TWIN_ENDINGS: Final = (
    ("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ises", "izes"), ("ise", "ize"), ("yse", "yze"),
    ("yses", "yzes"), ("ysed", "yzed"), ("ysing", "yzing"), ("ours", "ors"), ("oured", "ored"), ("ouring", "oring"),
    ("ourite", "orite"), ("our", "or"), ("tres", "ters"), ("tre", "ter"), ("lled", "led"), ("lling", "ling"),
    ("llers", "lers"), ("ller", "ler"), ("ogue", "og"), ("ence", "ense"), ("mme", "m"), ("mmes", "ms"),
)  # fmt: skip


# What may follow a verb that is bent, so that "web site" does not become "webs site".
_PARTICLE_LIST: Final = "about away back down for from in into of off on out over the through to up upon with"
_PARTICLES: Final = frozenset(_PARTICLE_LIST.split())
# Words that take no ending, whatever the rules would make of them.
_UNBENT_LIST: Final = """
a an and as at be by can could do for from had has have if in is it less many may more most much must no not of
off on or out over so some such than that the then there these this to up was were what when which will with
would
"""
_UNBENT: Final = frozenset(_UNBENT_LIST.split())


class Kin(NamedTuple):
    """A proposed pair: ``why`` names the rule, ``of`` the entry that it comes from."""

    head: str
    variant: str
    why: str
    of: str


class Vocabulary:
    """How usual wordings are, by a model's words without their context."""

    def __init__(self, model: Model) -> None:
        from respin.lm.ngram_model import CLASSES

        self._model = model
        words = np.arange(model.vocabulary_size, dtype=np.int32)
        self._scores = model.score(np.full((len(words), model.order - 1), -1, np.int32), words)
        self._classes = CLASSES

    def _ids(self, phrase: str) -> list[int]:
        words = [(model_word(token.text, token.form), token.text[:1].isupper()) for token in tokenize(phrase)]
        return [self._model.word_id(*word) for word in words]

    def knows(self, phrase: str) -> bool:
        """Whether the model knows every word of a phrase by itself, not only by its class."""
        ids = self._ids(phrase)
        return bool(ids) and all(self._model.word(word) not in self._classes for word in ids)

    def usual(self, phrase: str) -> float:
        """ln P of a phrase, its words after each other; the context before it is unknown."""
        ids = self._ids(phrase)
        reach = self._model.order - 1
        total = float(self._scores[ids[0]]) if ids else -99.0
        if len(ids) > 1:
            windows = [([-1] * reach + ids[:at])[-reach:] for at in range(1, len(ids))]
            total += float(self._model.score(np.array(windows, np.int32), np.array(ids[1:], np.int32)).sum())
        return total


def pairs_of(dictionary: Dictionary) -> Pairs:
    """The pairs of all profiles, as keys."""
    pairs: Pairs = defaultdict(dict)
    for _, group in dictionary:
        for variant in group.variants:
            pairs[phrase_key(group.head)][phrase_key(variant)] = None
    return pairs


def propose(dictionary: Dictionary, model: Model) -> list[Kin]:
    """All kin of a dictionary's entries that it lacks, the most usual heads first; each pair once."""
    vocabulary = Vocabulary(model)
    pairs = pairs_of(dictionary)
    spelled = {phrase_key(phrase): phrase for _, g in dictionary for phrase in (g.head, *g.variants)}
    seen: set[tuple[str, str]] = set()
    found: list[Kin] = []
    for rule in _RULES:
        for head, variant, of in rule(pairs, vocabulary.knows):
            # Keys stay keys: that of "it's" is no phrase by itself.
            key = head if head in spelled else phrase_key(head), variant if variant in spelled else phrase_key(variant)
            if key in seen or key[0] == key[1] or key[1] in pairs.get(key[0], ()):
                continue
            seen.add(key)
            head, variant = spelled.get(key[0], head), spelled.get(key[1], variant)
            if head.count(" ") < MAX_TOKENS and vocabulary.knows(head) and vocabulary.knows(variant):
                faults = check_group(Group(head, (variant,)))
                if not any(fault.severity is Severity.ERROR for fault in faults):
                    found.append(Kin(head, variant, rule.__name__.strip("_"), of))
    usual = {head: vocabulary.usual(head) for head in dict.fromkeys(kin.head for kin in found)}
    return sorted(found, key=lambda kin: -usual[kin.head])


Proposal = tuple[str, str, str]
"""Head, variant, and the entry that they come from."""


def _contracted(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """ "I am sure: I'm certain" where "I am sure: I am certain" is known, on either side."""
    for head, variants in pairs.items():
        for variant in variants:
            of = f"{head}: {variant}"
            short = _shortened(head)
            if short:
                yield short, _shortened(variant) or variant, of
                yield short, variant, of
            elif _shortened(variant):
                yield head, _shortened(variant), of
    for long, short in _CONTRACTED.items():
        yield short, long, short


def _shortened(phrase: str) -> str:
    for long, short in _CONTRACTED.items():
        if phrase == long or phrase.startswith(long + " "):
            return short + phrase[len(long) :]
    return ""


def _inflected(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """ "helps: assists" where "help: assist" is known, and the same for -ed and -ing.

    The ending must be known of one of them as a head or variant, or what is a noun would be made a verb.
    """
    phrases = {*pairs, *(variant for variants in pairs.values() for variant in variants)}
    for head, variants in pairs.items():
        if " " in head or not head.isalpha() or head in _UNBENT:
            continue
        for variant in variants:
            first, space, rest = variant.partition(" ")
            if not first.isalpha() or first in _UNBENT or (rest and rest.split(" ")[0] not in _PARTICLES):
                continue
            for ending in ("s", "ed", "ing"):
                for bent_head in inflections(head, ending):
                    for bent in inflections(first, ending):
                        bent_variant = bent + space + rest
                        if bent_head in phrases or bent_variant in phrases:
                            yield bent_head, bent_variant, f"{head}: {variant}"


def _twin(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """The British or American twin of a head or a variant, in its place."""
    for head, variants in pairs.items():
        twins = [twin for twin in _twins(head) if known(twin)]
        for variant in variants:
            for twin in twins:
                yield twin, variant, f"{head}: {variant}"
            for twin in _twins(variant):
                if known(twin):
                    yield head, twin, f"{head}: {variant}"


def _twins(phrase: str) -> Iterator[str]:
    words = phrase.split(" ")
    for at, word in enumerate(words):
        for endings in _TWIN_ENDINGS:
            for here, there in (endings, endings[::-1]):
                if len(word) > len(here) + 2 and word.endswith(here):
                    yield " ".join([*words[:at], word[: -len(here)] + there, *words[at + 1 :]])


def _article(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """ "a high: an excessive" where "high: excessive" is known: the list has the article where it would change."""
    for head, variants in pairs.items():
        if " " in head or not head.isalpha() or f"{article_for(head)} {head}" not in pairs:
            continue  # a list that knows "a high" knows that an article may stand before it
        for variant in variants:
            yield f"{article_for(head)} {head}", f"{article_for(variant)} {variant}", f"{head}: {variant}"


def _mutual(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """The other way round: what stands for a word is mostly replaced by it, too."""
    for head, variants in pairs.items():
        for variant in variants:
            yield variant, head, f"{head}: {variant}"


def _grouped(pairs: Pairs, known: Known) -> Iterator[Proposal]:
    """Variants of one head for another that shares several with it."""
    heads_of: dict[str, list[str]] = defaultdict(list)
    for head, variants in pairs.items():
        for variant in variants:
            heads_of[variant].append(head)
    for head, variants in pairs.items():
        shared: Counter[str] = Counter()
        for variant in variants:
            if len(heads_of[variant]) <= _CROWD:
                shared.update(other for other in heads_of[variant] if other != head)
        for other, count in shared.items():
            if count >= _SHARED:
                yield head, other, f"shares {count} with {other}"
                for variant in pairs[other]:
                    if variant != head:
                        yield head, variant, f"shares {count} with {other}"


_RULES: Final = (_contracted, _twin, _article, _inflected, _mutual, _grouped)
RULES: Final = tuple(rule.__name__.strip("_") for rule in _RULES)


def describe(found: Sequence[Kin], limit: int | None = None) -> Iterator[str]:
    """Proposals as lines of a dictionary, grouped by head, each below the entries that it comes from."""
    groups: dict[str, list[Kin]] = defaultdict(list)
    for kin in found:
        groups[kin.head].append(kin)
    for head, proposals in list(groups.items())[:limit]:
        sources = "; ".join(dict.fromkeys(f"{kin.why}: {kin.of}" for kin in proposals[:4]))
        yield f"# {sources}"
        yield f"{head}: {', '.join(kin.variant for kin in proposals)}"


def about(found: Iterable[Kin], words: Sequence[str]) -> list[Kin]:
    """Those proposals that have one of the words as their head or variant."""
    keys = set(map(phrase_key, words))
    return [kin for kin in found if not keys.isdisjoint((phrase_key(kin.head), phrase_key(kin.variant)))]
