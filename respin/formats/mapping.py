"""Put the repairs of a document's prose back where the prose came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

from respin.edits import Edit, Reason, Repair
from respin.formats.directives import NextLine
from respin.formats.passages import STAND_IN, Escape, Format, Passage, Run, Unwritable
from respin.formats.shield import shielded
from respin.text.lines import Line

_BATCH: Final = 1024
"""Most passages that are repaired together. It bounds memory and has no influence on the output."""

_MAKES_MARKUP: Final = ("<", "&")
"""What no new wording may follow at once: ``<4`` is text, ``<four`` is a tag."""

_WORD: Final = re.compile(r"\S+")
_LINE_BREAK: Final = re.compile(r"\s*[\r\n]\s*")


class ProseDocument(Protocol):
    """What repairs one article, line by line, such as ``respin.engine.repairer.Document``."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """One repair a line, in order."""


class FormattedDocument:
    """Repairs a document of any format while it streams by.

    The repairs' sources joined give the document; their edits have offsets into these sources
    and are written as the format needs it.

    Args:
        new_document: gives what repairs an article, e.g. ``Repairer().document``; called for the
            document, and again for each record of a format that holds many.
        format: reads the document; it must be new.
    """

    def __init__(self, new_document: Callable[[], ProseDocument], format: Format) -> None:
        self._new_document = new_document
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
            starts = [index for index, passage in enumerate(batch) if passage.new_document and index]
            for start, end in zip([0, *starts], [*starts, len(batch)], strict=True):
                yield from self._repair_together(batch[start:end])

    def _repair_together(self, passages: Sequence[Passage]) -> Iterator[Repair]:
        if passages[0].new_document:
            self._document = self._new_document()
            self._next_line = NextLine()
        passages = [shielded(passage) if passage.runs else passage for passage in passages]
        repairs = self._document.feed([Line(prose_of(passage)) for passage in passages if passage.runs])
        for passage in passages:
            if not passage.runs:
                yield self._next_line.obeyed(Repair(passage.source))
                continue
            repair = next(repairs)
            escape = passage.escape or self._format.escape
            edits = map_edits(repair.edits, passage, escape) if repair.edits else ()
            yield self._next_line.obeyed(Repair(passage.source, edits, repair.spun))


def prose_of(passage: Passage) -> str:
    """What the repairer reads: all runs of a passage in one line."""
    source = passage.source
    return "".join(source[start:end] if prose is None else prose for start, end, prose in passage.runs)


def map_edits(edits: Sequence[Edit], passage: Passage, escape: Escape) -> tuple[Edit, ...]:
    """Edits of a passage's prose as edits of its source.

    An edit that reaches across something between two runs, or into a part of a character
    reference, is dropped: tags would get out of balance, or a link would lose its text. If its
    wordings begin or end alike, the part that differs is tried by itself. With an edit the
    change of the article before it (a, an) is dropped too.

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
        found = [mapper.map(edit) for edit in group]
        if None not in found:
            mapped += [edit for edit in found if edit is not None]
    return tuple(mapped)


class _Mapper:
    """Maps edits of one passage."""

    def __init__(self, passage: Passage, escape: Escape) -> None:
        self._source, self._runs = passage.source, passage.runs
        self._escape = escape
        self._starts: list[int] = []
        """Where each run starts in the prose."""
        at = 0
        for start, end, prose in passage.runs:
            self._starts.append(at)
            at += end - start if prose is None else len(prose)
        self._is_identity = passage.runs == (Run(0, len(passage.source)),)
        self._is_one_line = self._is_identity and len(passage.source.splitlines()) == 1

    def map(self, edit: Edit) -> Edit | None:
        """The edit with offsets into the source, or ``None`` if it can't be made there."""
        if self._is_identity:
            return self._rewrite(edit, edit.start, edit.end, (0, 0))
        place = self._place(edit.start, edit.end, edit.spun)
        if place is not None:
            return self._rewrite(edit, *place, (0, 0))
        ends = _common_ends(edit.spun, edit.original)
        if not any(ends):
            return None
        start, end = _between(edit.spun, ends)
        place = self._place(edit.start + start, edit.start + end, edit.spun[start:end])
        return None if place is None else self._rewrite(edit, *place, ends)

    def _place(self, start: int, end: int, prose: str) -> tuple[int, int] | None:
        """The range of the source that a range of the prose comes from, if it is in one piece."""
        if start >= end or STAND_IN in prose:
            return None
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        runs = self._runs
        if any(runs[index].end != runs[index + 1].start for index in range(first, last)):
            return None
        begin, close = start - self._starts[first], end - self._starts[last]
        head, tail = runs[first], runs[last]
        if (head.prose is not None and begin) or (tail.prose is not None and close != len(tail.prose)):
            return None
        return head.start + begin, tail.start + close if tail.prose is None else tail.end

    def is_unchanged(self, edit: Edit) -> bool:
        """Whether an edit of the prose is one of the source as it is: nothing is marked up or escaped there."""
        escape, source = self._escape, self._source
        try:
            return (
                self._is_one_line
                and escape(edit.original, source) == edit.original
                and all(escape(wording, source) == wording for wording, _ in edit.alternatives)
            )
        except Unwritable:
            return False

    def _rewrite(self, edit: Edit, start: int, end: int, ends: tuple[int, int]) -> Edit | None:
        """The edit of ``source[start:end]``, less the words that its wordings share at their ends."""
        spun = self._source[start:end]
        if not self._is_identity and self._source[start - 1 : start] in _MAKES_MARKUP:
            return None

        def written(wording: str) -> str:
            if wording == edit.spun:
                return spun
            inner = slice(*_between(wording, ends)) if any(ends) else slice(None)
            return self._escape(_keep_line_break(wording[inner], spun), self._source)

        try:
            original = written(edit.original)
        except Unwritable:
            return None
        if original == spun:
            return None
        alternatives = []
        for wording, probability in edit.alternatives:
            if _has_ends(wording, edit.spun, ends):
                with suppress(Unwritable):
                    alternatives.append((written(wording), probability))
        return replace(edit, start=start, end=end, spun=spun, original=original, alternatives=tuple(alternatives))


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


def _keep_line_break(wording: str, spun: str) -> str:
    """Break a line where the spun wording did, if the new one has a space to break at.

    >>> _keep_line_break("in the", "within\\n  the")
    'in\\n  the'
    """
    match = _LINE_BREAK.search(spun)
    return wording.replace(" ", match[0], 1) if match else wording
