"""Put the repairs of a document's prose back where the prose came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from respin.edits import Edit, Reason, Repair
from respin.formats.directives import NextLine
from respin.formats.holes import Holes
from respin.formats.passages import STAND_IN, Escape, Format, Passage, Run, Unwritable, prose_of
from respin.formats.rewording import Layout, Piece, lay_out, reword
from respin.formats.shield import shielded
from respin.text import lazy_re as re
from respin.text.lines import Line, Readable
from respin.text.paragraphs import MAX_WIDTH

_BATCH: Final = 1 << 12
"""Most passages that are repaired together. It bounds memory and has no influence on the output."""

_MAKES_MARKUP: Final = ("<", "&")
"""What no new wording may follow at once: ``<4`` is text, ``<four`` is a tag."""

_WORD: Final = re.compile(r"\S+")
_ENDS_IN_BLANK: Final = re.compile(r"[^\W\d_].*(?<!\s)\ \Z")
_LINE_END: Final = re.compile(r"[\r\n]")
_TAG: Final = re.compile(r"<[^<>]*>")
_TO_BLANK: Final = re.compile(r"(?P<mark>[^\w\s<>&]{0,3})\ (?=[\"'“‘(]?\w)(?!\d+[.)])")
"""The blank after an edit, or after the marks that follow it, if a line may begin behind it: no item, no fence."""


class PassageLine(NamedTuple):
    """The prose of a passage, as a line to read. What is never prose is looked for when it is read."""

    written: str
    passage: Passage
    prose: bool = True

    @property
    def text(self) -> str:
        """The prose, with a mark in place of what is none."""
        return prose_of(shielded(self.passage))


_passage_line: Final = partial(tuple.__new__, PassageLine)
"""Made without a call of Python code: there is one for each line of most files."""


class ProseDocument(Protocol):
    """What repairs one article, line by line, such as ``respin.engine.repairer.Document``."""

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        """One repair a line, in order."""


D = TypeVar("D", bound=ProseDocument)
Together = Callable[[Sequence[tuple[D, Sequence[Readable]]]], Iterator[Repair]]
"""Repairs the next lines of each of some articles, in order."""


def one_by_one(fed: Sequence[tuple[ProseDocument, Sequence[Readable]]]) -> Iterator[Repair]:
    """The repairs of the next lines of each of some articles, in order."""
    for document, lines in fed:
        yield from document.feed(lines)


class FormattedDocument(Generic[D]):
    """Repairs a document of any format while it streams by.

    The repairs' sources joined give the document; their edits have offsets into these sources
    and are written as the format needs it.

    Args:
        new_document: gives what repairs an article, e.g. ``Repairer().document``; called for the
            document, and again for each record of a format that holds many.
        format: reads the document; it must be new.
        together: repairs lines of several articles, e.g. ``Repairer().together``.
    """

    def __init__(
        self,
        new_document: Callable[[], D],
        format: Format,
        together: Together[D] = one_by_one,
    ) -> None:
        self._new_document, self._together = new_document, together
        self._document = new_document()
        self._format = format
        self._next_line = NextLine()

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """The repairs of the passages that ``lines`` complete."""
        return self._repair(self._format.feed(lines))

    def finish(self) -> Iterator[Repair]:
        """The repairs of what is left at the end of the document."""
        return self._repair(self._format.finish())

    def _repair(self, passages: Iterator[Passage]) -> Iterator[Repair]:
        while batch := list(islice(passages, _BATCH)):
            fed: list[tuple[D, list[Readable]]] = [(self._document, [])]
            for passage in batch:
                if passage.new_document:
                    self._document = self._new_document()
                    fed.append((self._document, []))
                if passage.runs:
                    fed[-1][1].append(_passage_line((prose_of(passage), passage, True)))
            repairs = self._together([part for part in fed if part[1]])
            for passage in batch:
                if passage.new_document:
                    self._next_line = NextLine()
                if not passage.runs:
                    yield self._next_line.obeyed(Repair(passage.source))
                    continue
                repair = next(repairs)
                if repair.edits:
                    edits = map_edits(repair.edits, shielded(passage), passage.escape or self._format.escape)
                    repair = Repair(passage.source, edits, repair.probability)
                elif repair.source is not passage.source:
                    repair = Repair(passage.source, (), repair.probability)
                yield self._next_line.obeyed(repair)


def map_edits(edits: Sequence[Edit], passage: Passage, escape: Escape) -> tuple[Edit, ...]:
    """Edits of a passage's prose as edits of its source.

    Tags and line ends under an edit stay, see `respin.formats.rewording`. An edit is dropped if there is no
    good place for them, or if it reaches into a part of a character reference; with it goes the change
    of the article before it (a, an). An edit may grow by the blank beside it, where a line end takes its place.

    Args:
        edits: in order, with offsets into the prose.
        passage: where the prose came from.
        escape: writes a replacement as the format needs it, see :class:`Format`.
    """
    mapper = _Mapper(passage, escape)
    if all(map(mapper.is_unchanged, edits)):
        return tuple(edits)
    mapped: list[Edit] = []
    article: Edit | None = None
    for edit in edits:
        if edit.reason is Reason.ARTICLE:
            article = edit
            continue
        group = [edit] if article is None else [article, edit]
        article = None
        end = mapped[-1].end if mapped else 0
        found: list[Edit] = []
        for member in group:
            moved = mapper.map(member, end)
            if moved is None:
                break
            found.append(moved)
            end = moved.end
        else:
            mapped += found
    return tuple(mapped)


class _Mapper:
    """Maps edits of one passage."""

    def __init__(self, passage: Passage, escape: Escape) -> None:
        self._passage, self._source, self._runs = passage, passage.source, passage.runs
        self._escape = escape
        self._starts: list[int] = []
        """Where each run starts in the prose."""
        at = 0
        for start, end, prose in passage.runs:
            self._starts.append(at)
            at += end - start if prose is None else len(prose)
        is_identity = passage.runs == (Run(0, len(passage.source)),)
        self._is_one_line = is_identity and len(passage.source.splitlines()) == 1

    @cached_property
    def _holes(self) -> Holes:
        return Holes(self._passage)

    def map(self, edit: Edit, after: int) -> Edit | None:
        """The edit with offsets into the source, or ``None`` if it can't be made there.

        Args:
            after: where in the source the edit before ends.
        """
        spans = [(edit.start, edit.end, (0, 0))]
        ends = _common_ends(edit.spun, edit.original)
        if any(ends):
            start, end = _between(edit.spun, ends)
            spans.append((edit.start + start, edit.start + end, ends))
        found = [(*place, ends) for start, end, ends in spans if (place := self._place(start, end)) is not None]
        for first, last, start, end, ends in found:
            layout = lay_out(self._pieces(first, last, start, end))
            if layout.is_plain:
                return self._rewrite(edit, start, end, ends)
        if not found:
            return None
        first, last, start, end, ends = found[-1]
        head = self._runs[first]
        return self._reword(edit, layout, last, start, end, ends, max(after, start if head.prose else head.start))

    def _place(self, start: int, end: int) -> tuple[int, int, int, int] | None:
        """The runs and the range of the source that a range of the prose comes from."""
        if start >= end:
            return None
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        runs = self._runs
        if any(run.prose == STAND_IN for run in runs[first : last + 1]):
            return None
        begin, close = start - self._starts[first], end - self._starts[last]
        head, tail = runs[first], runs[last]
        if (head.prose is not None and begin) or (tail.prose is not None and close != len(tail.prose)):
            return None
        return first, last, head.start + begin, tail.start + close if tail.prose is None else tail.end

    def _pieces(self, first: int, last: int, start: int, end: int) -> Iterator[Piece]:
        """What stands in ``source[start:end]``, which the runs ``first`` to ``last`` cover."""
        source, at = self._source, start
        for run in self._runs[first : last + 1]:
            if run.start > at:
                yield Piece(source[at : run.start], "", self._holes.at(at))
            at = min(run.end, end)
            text = source[max(run.start, start) : at]
            yield Piece(text, text if run.prose is None else run.prose)

    def is_unchanged(self, edit: Edit) -> bool:
        """Whether an edit of the prose is one of the source as it is: nothing is marked up or escaped there."""
        escape, source = self._escape, self._source
        try:
            return (
                self._is_one_line
                and source[edit.start - 1 : edit.start] not in _MAKES_MARKUP
                and " ".join(edit.spun.split()) == edit.spun
                and escape(edit.original, source) == edit.original
                and all(escape(wording, source) == wording for wording, _ in edit.alternatives)
            )
        except Unwritable:
            return False

    def _rewrite(self, edit: Edit, start: int, end: int, ends: tuple[int, int]) -> Edit | None:
        """The edit of ``source[start:end]``, less the words that its wordings share at their ends."""
        return self._edit(edit, start, end, ends, lambda wording: self._escape(wording, self._source))

    def _reword(
        self, edit: Edit, layout: Layout, last: int, start: int, end: int, ends: tuple[int, int], after: int
    ) -> Edit | None:
        """The edit of ``source[start:end]`` with the tags and line ends in it; it may grow from ``after``."""
        source = self._source
        line = _LINE_END.split(source[max(0, start - MAX_WIDTH) : start])[-1]
        # Not behind marks or tags alone: they would be an underline, an item, or a block.
        before = start - (start > after and _ENDS_IN_BLANK.search(_TAG.sub("", line)) is not None)
        tail = self._runs[last]
        blank = _TO_BLANK.match(source, end, tail.end) if tail.prose is None else None

        def written(wording: str) -> tuple[str, str, str] | None:
            return reword(
                layout,
                wording,
                lambda word: self._escape(word, source),
                has_blank_before=before < start,
                has_blank_after=blank is not None,
            )

        try:
            made = written(edit.original[slice(*_between(edit.original, ends))])
        except Unwritable:
            return None
        if made is None:
            return None
        # The blanks around it belong to the edit only if a line end takes the place of one.
        grows_left, grows_right = bool(made[0]), bool(made[2])
        mark = blank["mark"] if blank and grows_right else ""

        def whole(wording: str) -> str | None:
            parts = written(wording)
            if parts is None or (parts[0] and not grows_left) or (parts[2] and not grows_right):
                return None
            left = (parts[0] or " ") if grows_left else ""
            return left + parts[1] + (mark + (parts[2] or " ") if grows_right else "")

        return self._edit(
            edit, before if grows_left else start, blank.end() if blank and grows_right else end, ends, whole
        )

    def _edit(
        self, edit: Edit, start: int, end: int, ends: tuple[int, int], written: Callable[[str], str | None]
    ) -> Edit | None:
        """The edit of ``source[start:end]``; ``written`` gives the source of a wording, if it can stand there."""
        spun = self._source[start:end]
        if self._source[start - 1 : start] in _MAKES_MARKUP:
            return None

        def inner(wording: str) -> str | None:
            if wording == edit.spun:
                return spun
            try:
                return written(wording[slice(*_between(wording, ends))] if any(ends) else wording)
            except Unwritable:
                return None

        original = inner(edit.original)
        if original is None or original == spun:
            return None
        if original[0] in "[(" and self._source[start - 1 : start] == "]":  # side by side they make a link
            return None
        alternatives = tuple(
            (text, probability)
            for wording, probability in edit.alternatives
            if _has_ends(wording, edit.spun, ends) and (text := inner(wording)) is not None
        )
        return replace(edit, start=start, end=end, spun=spun, original=original, alternatives=alternatives)


def _common_ends(spun: str, original: str) -> tuple[int, int]:
    """How many words the wordings share at their start and at their end; at least one of each is left.

    >>> _common_ends("within the", "in the"), _common_ends("one of many", "one of the"), _common_ends("as well", "as")
    ((0, 1), (2, 0), (0, 0))
    """
    ours, theirs = spun.split(), original.split()
    most = max(0, min(len(ours), len(theirs)) - 1)
    before = 0
    while before < most and ours[before] == theirs[before]:
        before += 1
    after = 0
    while before + after < most and ours[-after - 1] == theirs[-after - 1]:
        after += 1
    return before, after


def _has_ends(wording: str, spun: str, ends: tuple[int, int]) -> bool:
    """Whether a wording shares that many words at its ends with the spun one, and has others."""
    if not any(ends):
        return True
    before, after = ends
    ours, theirs = wording.split(), spun.split()
    return (
        len(ours) > before + after
        and ours[:before] == theirs[:before]
        and ours[len(ours) - after :] == theirs[len(theirs) - after :]
    )


def _between(wording: str, ends: tuple[int, int]) -> tuple[int, int]:
    """The range of a wording without that many words at its start and at its end."""
    words = [match.span() for match in _WORD.finditer(wording)]
    return words[ends[0]][0], words[-ends[1] - 1][1]
