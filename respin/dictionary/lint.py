"""Check dictionary files: what can't be right, what is probably not, and what could be left out.

An error makes an entry useless or ambiguous, and the check fails. A warning is for an editor to
look at. A note says that an entry is not needed, which may be just what its author wanted.

A head that is also a variant, even of its own variant, is no fault: the spinner replaces each
span once, so such groups do not loop.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import regex

from respin.dictionary.agreement import remarks, repeated
from respin.dictionary.file import Group, Profile, parse, parse_group
from respin.dictionary.index import MAX_ORIGINS, Dictionary, phrase_key
from respin.dictionary.innocent import Occurrences, innocents
from respin.dictionary.source import DictionarySource, tidy
from respin.errors import DictionaryError
from respin.text.case import is_camel, is_shouted
from respin.text.tokens import Token, model_word, tokenize

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

Known = Callable[[Token], bool]
"""Whether the language model knows a token by itself, not only by its class."""


UNREADABLE: Final = "unreadable"
"""Code of the finding that a file can't be read at all."""


class Severity(IntEnum):
    """How bad a finding is; only errors make the check fail."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


class Fault(NamedTuple):
    """What is wrong with a group, whatever file it stands in. ``code`` names the rule."""

    severity: Severity
    code: str
    message: str


class Finding(NamedTuple):
    """A fault and where it stands; ``line`` is 1-based, 0 for the file as a whole."""

    path: str
    line: int
    fault: Fault

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.fault.severity.name.lower()}: {self.fault.message} [{self.fault.code}]"


# Letters, digits and the marks that stand inside words and sums of money; all else is a slip or markup.
_POSSIBLE: Final = regex.compile(r"[\p{Latin}\p{M}\p{N}'’.&/%$£€°+\- ]*")
_QUESTIONABLE: Final = regex.compile(r"[?!/]|(?<!\S)-(?!\S)|\.\.|--|(?<!\p{L})\.(?!\d)")
_MIXED: Final = regex.compile(r"\p{L}+\p{N}+\p{L}+")


def known_to(model: Model) -> Known:
    """Which tokens a model knows."""
    from respin.lm.ngram_model import CLASSES

    known_classes = {"<number>", "<mark>"}  # any number or mark is as good as known

    @lru_cache(maxsize=1 << 15)
    def is_known(token: Token) -> bool:
        found = model.word(model.word_id(model_word(token.text, token.form), token.text[:1].isupper()))
        return found not in CLASSES or found in known_classes

    return is_known


def check_group(group: Group, known: Known | None = None) -> Iterator[Fault]:
    """What is wrong with one group by itself."""
    head_key = phrase_key(group.head)
    seen: dict[str, str] = {}
    for variant in group.variants:
        key = phrase_key(variant)
        if key == head_key:
            yield Fault(Severity.ERROR, "variant-is-head", f"the variant {variant!r} is the head itself")
        elif key in seen:
            yield Fault(Severity.ERROR, "duplicate-variant", f"the variant {variant!r} stands here twice")
        seen[key] = variant
    for phrase in (group.head, *group.variants):
        # "{dollars}" for "dollars": a spinner's own markup that it failed to resolve, seen on many pages.
        if phrase != f"{{{group.head}}}":
            yield from _check_words(phrase, phrase is group.head, known)
    reasons = {variant: reason for variant in group.variants if (reason := _never_edited(variant))}
    if len(reasons) == len(group.variants):
        reason = next(iter(reasons.values()))
        yield Fault(Severity.ERROR, "unreachable", f"{group.head!r} is never reached: {reason}")
    else:
        for reason in reasons.values():
            yield Fault(Severity.WARNING, "unreachable-variant", reason)


def _never_edited(variant: str) -> str:
    """Why the decoder leaves a variant alone wherever it stands; empty if it does not."""
    for token in tokenize(variant):
        if token.shielded:
            return f"{token.text!r} in the variant {variant!r} reads as an address, which is never edited"
        if is_shouted(token.text):
            return f"the variant {variant!r} has {token.text!r} in capitals, which is never edited"
        if is_camel(token.text):
            return f"the variant {variant!r} has capitals inside {token.text!r}, which is never edited"
    return ""


def _check_words(phrase: str, is_head: bool, known: Known | None) -> Iterator[Fault]:
    good = _POSSIBLE.match(tidy(phrase.replace("?", "").replace("!", "")))
    assert good is not None
    rest = good.string[good.end() :]
    if rest:
        name = unicodedata.name(rest[0], f"character U+{ord(rest[0]):04X}").lower()
        yield Fault(Severity.ERROR, "impossible", f"{phrase!r} has {rest[0]!r} ({name}) in it")
        return
    odd = _QUESTIONABLE.search(phrase)
    if odd:
        yield Fault(Severity.WARNING, "odd-mark", f"{phrase!r} has {odd[0]!r} in it")
    if known is None:
        return
    for token in tokenize(phrase):
        if not known(token) and not token.shielded:
            if _MIXED.search(token.form):
                yield Fault(Severity.ERROR, "non-word", f"{token.text!r} mixes letters and digits and is no word")
            elif is_head:
                # The other words of a term carry it.
                severity = Severity.NOTE if " " in phrase else Severity.WARNING
                message = f"the model does not know {token.text!r}, so the head {phrase!r} will rarely win"
                yield Fault(severity, "unknown-word", message)
            else:
                # Rare words are a spinner's mark; yet a slip would look the same.
                message = f"the model does not know {token.text!r} in the variant {phrase!r}"
                yield Fault(Severity.NOTE, "unknown-word", message)


def lint(paths: Iterable[str | Path], model: Model | None = None, clean: Iterable[str] | None = None) -> list[Finding]:
    """The findings in dictionary files, in the order of files and lines.

    Args:
        paths: of the files.
        model: without one, words are not looked up.
        clean: lines of text that nobody spun; without them, it is not said which variants are innocent there.
    """
    known = known_to(model) if model is not None else None
    findings: list[Finding] = []
    read: dict[str, tuple[str, Profile, list[Group]]] = {}
    for path in paths:
        try:
            source = DictionarySource.read(path)
        except DictionaryError as error:
            code = "header" if error.line else UNREADABLE
            findings.append(Finding(error.path, error.line, Fault(Severity.ERROR, code, error.cause)))
        else:
            found = check_source(source, known)
            findings += found
            if all(finding.fault.severity < Severity.ERROR for finding in found):
                read[Path(path).stem] = (source.path, *parse(source.render(), source.path))
    findings += _check_together(read, clean)
    order = {name: number for number, name in enumerate(dict.fromkeys(finding.path for finding in findings))}
    return sorted(findings, key=lambda f: (order[f.path], f.line, -f.fault.severity))


def _check_together(
    read: dict[str, tuple[str, Profile, list[Group]]], clean: Iterable[str] | None
) -> Iterator[Finding]:
    """What several files say together, and what clean text says of them; ``read`` is by their names."""
    for name, (line, code, message) in repeated({name: groups for name, (_, _, groups) in read.items()}):
        yield Finding(read[name][0], line, Fault(Severity.WARNING, code, message))
    if clean is None:
        return
    dictionaries = []
    for _, profile, groups in read.values():
        dictionaries.append(Dictionary())
        dictionaries[-1].add(profile, groups)
    found = Occurrences(dictionaries)
    found.add(clean)
    families: dict[str, list[str]] = {}
    for name in sorted(read):
        main = next((other for other in families if name.startswith(other + "-")), name)
        families.setdefault(main, []).append(name)
    for names in families.values():
        named = {i.variant: i for i in innocents([(read[n][1].rate, read[n][2]) for n in names], found)}
        for name in names:
            for group in read[name][2]:
                for variant in group.variants:
                    innocent = named.pop(phrase_key(variant), None)
                    if innocent is not None:
                        yield Finding(read[name][0], group.line, Fault(Severity.WARNING, "innocent", str(innocent)))


def check_source(source: DictionarySource, known: Known | None = None) -> list[Finding]:
    """The findings in one file, in the order of its lines."""
    findings: list[Finding] = []
    groups: list[Group] = []
    for row in source.rows:
        try:
            group = parse_group(source.path, row.number, row.text.strip())
        except DictionaryError as error:
            findings.append(Finding(source.path, row.number, Fault(Severity.ERROR, "no-group", error.cause)))
            continue
        groups.append(group)
        faults = [*_check_spelling(row.text, group), *check_group(group, known)]
        findings += [Finding(source.path, row.number, fault) for fault in faults]
    for number, fault in (
        *_check_order(groups),
        *_check_case(groups),
        *_check_crowding(groups),
        *_check_sums(groups),
        *_check_agreement(groups, known),
    ):
        findings.append(Finding(source.path, number, fault))
    return sorted(findings, key=lambda finding: (finding.line, -finding.fault.severity))


def _check_agreement(groups: list[Group], known: Known | None) -> Iterator[tuple[int, Fault]]:
    """What entries say of each other. A spinner's list is not tidy, so none of it is more than a note."""

    def is_known(phrase: str) -> bool:
        return known is not None and all(map(known, tokenize(phrase)))  # else no twin can be told from a slip

    for line, code, message in remarks(groups, is_known):
        yield line, Fault(Severity.NOTE, code, message)


def _check_spelling(text: str, group: Group) -> Iterator[Fault]:
    phrases = (group.head, *group.variants)
    if text.replace("’", "'").replace("‘", "'") != f"{tidy(phrases[0])}: {', '.join(map(tidy, phrases[1:]))}":
        yield Fault(Severity.ERROR, "spaces", "stray or missing spaces; a group is 'head: variant, variant'")
    if "’" in text or "‘" in text:
        yield Fault(Severity.ERROR, "curly", "a curly apostrophe; the file has straight ones, which match both")


def _check_order(groups: list[Group]) -> Iterator[tuple[int, Fault]]:
    """Heads that stand twice, and lines out of the order of their heads' code points (``LC_ALL=C sort``)."""
    first: dict[str, Group] = {}
    last = ""
    for group in groups:
        before = first.setdefault(phrase_key(group.head), group)
        if before is not group:
            message = f"{group.head!r} is a head on line {before.line} already"
            yield group.line, Fault(Severity.ERROR, "duplicate-head", message)
        if group.head < last:
            yield group.line, Fault(Severity.ERROR, "unsorted", f"{group.head!r} belongs above {last!r}")
        else:
            last = group.head


def _check_case(groups: list[Group]) -> Iterator[tuple[int, Fault]]:
    """Phrases that are written with capitals here and without there: the rarer way is at fault.

    A variant takes the capital of its head ("Americans: Individuals"), which says nothing of the variant.
    """
    lines: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for group in groups:
        took_capital = group.head[:1].isupper()
        lines[group.head.lower()][group.head].append(group.line)
        for variant in group.variants:
            if not (took_capital and variant[:1].isupper()):
                lines[variant.lower()][variant].append(group.line)
    for spellings in lines.values():
        usual = min(spellings, key=lambda phrase: (-len(spellings[phrase]), not phrase.islower(), spellings[phrase]))
        for phrase, found in spellings.items():
            if phrase != usual:
                message = f"{phrase!r} is written {usual!r} elsewhere, first on line {spellings[usual][0]}"
                yield from ((line, Fault(Severity.ERROR, "case", message)) for line in found)


def _check_crowding(groups: list[Group]) -> Iterator[tuple[int, Fault]]:
    """Heads that the decoder never tries, because better ones crowd each of their variants."""
    origins: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, group in enumerate(groups):
        for variant in group.variants:
            origins[phrase_key(variant)].append((len(group.variants), index))
    tried: set[int] = set()
    for found in origins.values():  # the decoder's own choice: those with the fewest variants, then the first
        tried.update(index for _, index in sorted(found, key=lambda pair: pair[0])[:MAX_ORIGINS])
    for index, group in enumerate(groups):
        if index not in tried:
            message = f"{group.head!r} is never tried: {MAX_ORIGINS} heads with fewer variants crowd each of its own"
            yield group.line, Fault(Severity.ERROR, "crowded-out", message)


def _check_sums(groups: list[Group]) -> Iterator[tuple[int, Fault]]:
    """Pairs of phrases that other entries make up, word by word."""
    variants: dict[str, set[str]] = {}
    for group in groups:
        variants.setdefault(phrase_key(group.head), set()).update(map(phrase_key, group.variants))
    split = {head: [tuple(variant.split(" ")) for variant in found] for head, found in variants.items()}
    for group in groups:
        head = tuple(phrase_key(group.head).split(" "))
        if len(head) < 2:
            continue
        for variant in group.variants:
            if _is_sum(head, tuple(phrase_key(variant).split(" ")), split):
                message = f"{group.head!r}: {variant!r} is only the sum of shorter entries"
                yield group.line, Fault(Severity.NOTE, "sum", message)


def _is_sum(head: tuple[str, ...], variant: tuple[str, ...], split: dict[str, list[tuple[str, ...]]]) -> bool:
    """Whether kept words and shorter heads' variants, put one after the other, make this variant of this head."""
    reached = [{0}, *(set[int]() for _ in head)]
    for start, ends in enumerate(reached[:-1]):
        for at in ends:
            if variant[at : at + 1] == head[start : start + 1]:
                reached[start + 1].add(at + 1)
            for end in range(start + 1, len(head) + 1):
                if end - start < len(head):
                    for part in split.get(" ".join(head[start:end]), ()):
                        if variant[at : at + len(part)] == part:
                            reached[end].add(at + len(part))
    return len(variant) in reached[-1]


def fix(source: DictionarySource) -> bool:
    """Tidy, join and sort the rows of a file; whether that changed anything. Nothing is written.

    Raises:
        DictionaryError: a row that only its author can put right.
    """
    before = source.render()
    source.put_in_order()
    return source.render() != before
