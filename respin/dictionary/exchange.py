"""Lists that users own, turned into synonym groups, and groups turned into such lists.

Formats: ``respin`` (the dictionary files of this project), ``spinner`` (``head|variant|variant``),
``spintax`` (text with ``{head|variant}`` in it), ``tsv`` and ``csv`` (pairs), ``pps`` (the export of
the Problematic Paper Screener), ``arrow`` (``wrong->right``, as spelling fixers have it), ``json``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any, Final, NamedTuple

import regex

from respin.dictionary.file import MAX_TOKENS, Group, Profile, parse
from respin.dictionary.index import phrase_key
from respin.dictionary.lint import Severity, check_group
from respin.dictionary.source import line_of, tidy
from respin.errors import InputError

IMPORTS: Final = ("respin", "spinner", "spintax", "tsv", "csv", "pps", "arrow", "json")
EXPORTS: Final = ("respin", "tsv", "json", "spinner", "spintax")

MAX_EXPANSIONS: Final = 16
"""Most wordings that one alternative with braces inside it is expanded to."""

_SAMPLE: Final = 200
"""Lines that are looked at to tell the format."""


class Pair(NamedTuple):
    """An original and what it was spun into, as they stand in the list."""

    line: int
    original: str
    spun: str


class Skipped(NamedTuple):
    """A pair that can't be an entry, and why."""

    pair: Pair
    reason: str


@dataclass
class Imported:
    """What a list holds: groups with different heads, and the pairs that were left out."""

    format: str
    groups: list[Group] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    remark: str = ""
    """What had to be assumed, for the user to check."""

    @property
    def rate(self) -> float:
        """A first guess of how often this kind of spinner replaces a head; science papers keep most of theirs."""
        return 0.5 if self.format == "pps" else Profile().rate


def import_list(text: str, format: str | None = None, *, spun_first: bool | None = None) -> Imported:
    """Read a list in one of ``IMPORTS``; without a format it is told from the text.

    ``spun_first`` says which column of pairs comes first, where no header or format does.

    Raises:
        InputError: the format can't be told, or the text is not in it.
        DictionaryError: the text is a dictionary of this project with a fault.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    imported = Imported(format or detect(text))
    readers: dict[str, Callable[[str], Iterable[Pair]]] = {
        "respin": _read_respin,
        "spinner": _read_spinner,
        "spintax": _read_spintax,
        "arrow": _read_arrow,
        "json": _read_json,
    }
    reader = readers.get(imported.format)
    pairs = reader(text) if reader else _read_table(text, imported, spun_first)
    if reader and spun_first is not None and spun_first != (imported.format == "arrow"):
        pairs = (Pair(line, spun, original) for line, original, spun in pairs)
    _collect(pairs, imported)
    return imported


def detect(text: str) -> str:
    """The format that most of the first lines are in.

    Raises:
        InputError: in none that is known here.
    """
    if text.lstrip()[:1] in ("[", "{") and _is_json(text):
        return "json"
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")][:_SAMPLE]
    if not lines:
        raise InputError("nothing in it to import")
    first = lines[0].lower()
    if "tortured phrase" in first and ("\t" in first or "," in first):
        return "pps"
    if regex.search(r"^-+\s*$", "\n".join(lines), regex.MULTILINE):
        return "respin"
    patterns = (
        ("spintax", r"\{[^{}]*\|"),
        ("tsv", r"\t"),
        ("arrow", r"\S\s*(?:->|=>|→|⇒)\s*\S"),
        ("spinner", r"\|"),
        ("respin", r"^[^:,]+: ?\S"),
        ("csv", r"[,;]"),
    )
    for name, pattern in patterns:
        if 2 * sum(regex.search(pattern, line) is not None for line in lines) >= len(lines):
            return name
    raise InputError(f"its format can't be told; name it with --format ({', '.join(IMPORTS)})")


def _collect(pairs: Iterable[Pair], imported: Imported) -> None:
    """Join the pairs to groups, without those that can't be entries."""
    groups: dict[str, tuple[str, dict[str, str], int]] = {}
    for pair in pairs:
        head, variant = tidy(pair.original), tidy(pair.spun)
        reason = _why_not(head, variant)
        if reason:
            imported.skipped.append(Skipped(pair, reason))
            continue
        _, variants, _ = groups.setdefault(phrase_key(head), (head, {}, pair.line))
        variants.setdefault(phrase_key(variant), variant)
    imported.groups = [Group(head, tuple(variants.values()), line) for head, variants, line in groups.values()]


def _why_not(head: str, variant: str) -> str:
    for phrase in (head, variant):
        if not phrase:
            return "one side is empty"
        if "," in phrase or ":" in phrase:
            return "a comma or colon in it"
        if phrase.count(" ") >= MAX_TOKENS:
            return f"more than {MAX_TOKENS} words"
    for fault in check_group(Group(head, (variant,))):
        if fault.severity is Severity.ERROR:
            reasons = {
                "variant-is-head": "both sides are the same",
                "unreachable": "an address or capitals, which are never edited",
            }
            return reasons.get(fault.code, "a mark in it that no wording has")
    return ""


# --- Readers: text to pairs --------------------------------------------------------------------------


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def _read_respin(text: str) -> Iterator[Pair]:
    for head, variants, line in parse(text, "the list")[1]:
        yield from (Pair(line, head, variant) for variant in variants)


def _read_spinner(text: str) -> Iterator[Pair]:
    for number, line in _numbered(text):
        head, *variants = (part.strip() for part in line.strip("|{} ").split("|"))
        yield from (Pair(number, head, variant) for variant in variants if variant)


def _read_arrow(text: str) -> Iterator[Pair]:
    for number, line in _numbered(text):
        spun, *rest = regex.split(r"->|=>|→|⇒", line, maxsplit=1)
        right = rest[0].strip() if rest else ""
        # "right, also right," are several; "right, words" is one, with a reason why it is not sure
        originals = right.split(",") if right.endswith(",") else right.split(",")[:1]
        yield from (Pair(number, original, spun) for original in originals if original.strip() or not right)


def _read_json(text: str) -> Iterator[Pair]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from None
    groups = found.get("groups", found) if isinstance(found, dict) else None
    if not isinstance(groups, dict):
        raise InputError('not a JSON object of groups: {"head": ["variant", …]}')
    for number, (head, variants) in enumerate(groups.items(), 1):
        if not isinstance(variants, list) or not all(isinstance(variant, str) for variant in variants):
            raise InputError(f"the variants of {head!r} are no list of strings")
        yield from (Pair(number, head, variant) for variant in variants)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_BRACES: Final = regex.compile(r"[{}|]")


def _read_spintax(text: str) -> Iterator[Pair]:
    """Every pair of braces is a group, those inside others, too; the first alternative is the head."""
    stack: list[list[list[list[str]]]] = []  # open braces: alternatives, each a list of parts with their wordings
    number = 1
    at = 0
    for match in _BRACES.finditer(text):
        piece = text[at : match.start()]
        number += piece.count("\n")
        at = match.end()
        if stack and piece:
            stack[-1][-1].append([piece])
        if match[0] == "{":
            stack.append([[]])
        elif stack and match[0] == "|":
            stack[-1].append([])
        elif stack:
            wordings = [_expand(alternative) for alternative in stack.pop()]
            head = tidy(wordings[0][0])
            if head:
                others = (tidy(wording) for expanded in wordings[1:] for wording in expanded)
                yield from (Pair(number, head, variant) for variant in others if variant)
            if stack:
                stack[-1][-1].append([wording for expanded in wordings for wording in expanded][:MAX_EXPANSIONS])


def _expand(parts: list[list[str]]) -> list[str]:
    return ["".join(chosen) for chosen in islice(product(*parts), MAX_EXPANSIONS)]


_ORIGINAL: Final = ("original", "head", "right", "correct", "correction", "meant", "before", "source", "expected")
_SPUN: Final = ("spun", "variant", "wrong", "misspelling", "typo", "tortured", "fingerprint", "synonym", "after")


def _read_table(text: str, imported: Imported, spun_first: bool | None) -> Iterator[Pair]:
    rows = _rows(text, imported.format)
    first = next(rows, None)
    if first is None:
        return
    number, cells = first
    original, spun = _column(cells, _ORIGINAL), _column(cells, _SPUN)
    if original is None and spun is None:
        original, spun = (1, 0) if spun_first else (0, 1)
        if spun_first is None:
            imported.remark = "no header names the columns: took the first for the original (else: --spun-first)"
        rows = _before(first, rows)
    elif original is None:
        original = 1 if spun == 0 else 0
    elif spun is None or spun == original:
        spun = 1 if original == 0 else 0
    assert original is not None
    assert spun is not None
    for number, cells in rows:
        if len(cells) <= max(original, spun):
            imported.skipped.append(Skipped(Pair(number, "", "\t".join(cells)), "too few columns"))
            continue
        pair = Pair(number, cells[original], cells[spun])
        if imported.format == "pps":
            yield from _screened(pair, imported)
        else:
            yield pair


def _before(first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rest


def _column(cells: list[str], names: tuple[str, ...]) -> int | None:
    """The column whose title has one of the names as a word of its own; titles are short."""
    for name in names:
        for index, cell in enumerate(cells):
            if len(cell) < 40 and name in regex.findall(r"\w+", cell.lower()):
                return index
    return None


def _rows(text: str, format: str) -> Iterator[tuple[int, list[str]]]:
    head = text[: 1 << 16]
    if format == "tsv" or (format == "pps" and "\t" in head.split("\n", 1)[0]):
        # Quotation marks are usually text there, but some programs put whole cells into them.
        for number, line in enumerate(text.split("\n"), 1):
            cells = [cell.strip() for cell in line.split("\t")]
            if any(cells) and not line.startswith("#"):
                yield number, [cell[1:-1] if regex.fullmatch(r'"[^"]*"', cell) else cell for cell in cells]
        return
    reader = csv.reader(text.split("\n"), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        for cells in reader:
            if any(cells) and not cells[0].startswith("#"):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise InputError(f"line {reader.line_num} is no CSV: {error}") from None


_QUERY: Final = regex.compile(r'^["\s]*"?([^"~]+)"(?!~)')
_NOTE: Final = regex.compile(r"(?<!\s)\s*+[(\[][^()\[\]]*+[)\]]\s*+|(?<!\s)\s*+\?$")


def _screened(pair: Pair, imported: Imported) -> Iterator[Pair]:
    """The phrase that a search query of the screener looks for, and the expected text without its notes.

    ``"bosom" AND "breast"`` stands for the first phrase, the rest being context. Queries for words
    near each other (``"…"~10``) name no phrase.
    """
    query = _QUERY.match(pair.spun) if '"' in pair.spun else regex.match(r"([^~]+)$", pair.spun)
    expected = _NOTE.sub(" ", pair.original).strip()
    if query is None or pair.spun.count(" AND ") > 1:
        imported.skipped.append(Skipped(pair, "a query for words apart, no phrase"))
    elif "/" in expected or " or " in expected:
        imported.skipped.append(Skipped(pair, "more than one expected text"))
    else:
        spun = query[1].strip()
        if spun[:1].islower():  # "Analysis Method" is a title here, no name; acronyms stay
            expected = " ".join(word.lower() if word.istitle() else word for word in expected.split())
        yield Pair(pair.line, expected, spun)


# --- Writers: groups to lines ------------------------------------------------------------------------


def export_list(groups: Iterable[Group], format: str, profile: Profile) -> Iterator[str]:
    """The lines of a list in one of ``EXPORTS``, without line ends."""
    if format == "respin":
        yield from header_of(profile)
        yield from map(line_of, groups)
    elif format == "tsv":
        yield "original\tspun"
        for group in groups:
            yield from (f"{group.head}\t{variant}" for variant in group.variants)
    elif format == "json":
        settings: Mapping[str, Any] = {key: getattr(profile, key) for key in ("name", "about", "rate", "hyphens")}
        table = {group.head: list(group.variants) for group in groups}
        yield json.dumps({"profile": settings, "groups": table}, ensure_ascii=False, indent=1)
    elif format == "spinner":
        yield from ("|".join((group.head, *group.variants)) for group in groups)
    elif format == "spintax":
        yield from ("{" + "|".join((group.head, *group.variants)) + "}" for group in groups)
    else:
        raise InputError(f"no format {format!r}; there are {', '.join(EXPORTS)}")


def header_of(profile: Profile) -> list[str]:
    """The header lines of a dictionary file, dashes included."""
    about = [f"about = {profile.about}"] if profile.about else []
    hyphens = [f"hyphens = {profile.hyphens}"] if profile.hyphens != Profile().hyphens else []
    return [f"name = {profile.name}", *about, f"rate = {profile.rate:g}", *hyphens, "---"]
