"""Tables: CSV with any of the usual marks between cells, and TSV. The cells of some columns are articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from respin.formats.detect import mark_of
from respin.formats.division import BEHIND, WithoutTally
from respin.formats.layers import Written, passages_within
from respin.formats.passages import Format, Passage, Unwritable, Warn
from respin.formats.plain import Plain
from respin.text import lazy_regex as regex
from respin.text.lines import Line

MAX_ROW: Final = 1 << 21
"""Longest row that is read, in code points: a quote that nobody closes must not hold back the rest."""

_CELL: Final = {
    mark: regex.compile(
        rf"""(?:"(?P<quoted>(?:[^"]++|"")*+)"(?=[{mark}\r\n]|\Z)|(?P<bare>[^{mark}\r\n]*+))(?P<mark>{mark}|(?=[\r\n]|\Z))"""
    )
    for mark in ("\\t", ",", ";", "\\|")
}
_WRITTEN: Final = regex.compile(r'""|[^"]++|"')


class Rows:
    """Finds the end of each row: a line end that is in no quotes.

    The place of a row is the row that names the columns.
    """

    def __init__(self) -> None:
        self.place: str | None = None
        self._head: list[str] = []
        self._size = 0
        self._is_open = False
        """Whether a quote is open at the end of what came."""
        self.is_broken = False
        """Whether a row has no end."""

    def cut(self, text: str) -> int | None:
        """Behind each row."""
        if self.is_broken:
            return None
        if self.place is None:
            self._head.append(text)
        self._size += len(text)
        self._is_open ^= text.count('"') % 2 == 1
        if text.endswith(("\n", "\r")) and not self._is_open:
            if self.place is None:
                row = "".join(self._head)
                self._head.clear()
                # Blank rows before it name nothing.
                self.place = row if row.strip() else None
            self._size = 0
            return BEHIND
        self.is_broken = self._size > MAX_ROW
        return None


class Table(WithoutTally):
    """The first row names the columns. Each row is a document of its own.

    Args:
        mark: what stands between cells; ``None``: told from the first row.
        fields: names of the columns that hold prose, or their numbers, from 1.
        warn: takes remarks for the user.
        new_inner: makes what reads a cell.
    """

    def __init__(
        self, mark: str | None, fields: tuple[str, ...], warn: Warn, new_inner: Callable[[], Format] = Plain
    ) -> None:
        self._mark, self._fields, self._warn, self._new_inner = mark, fields, warn, new_inner
        self._rows = Rows()
        self._row: list[str] = []
        self._columns: frozenset[int] | None = None

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages of the rows that end in ``lines``."""
        for text, _ in lines:
            if self._rows.is_broken:
                yield Passage(text)
                continue
            self._row.append(text)
            if self._rows.cut(text) is not None:
                yield from self._end_row()
            elif self._rows.is_broken:
                self._warn("a row without an end; passed on as it is from there on")
                yield Passage("".join(self._row))

    def finish(self) -> Iterator[Passage]:
        """The last row, if it has no line end."""
        if self._row and not self._rows.is_broken:
            yield from self._end_row()

    def begin(self, place: str | None) -> None:
        """Read rows below the one that names the columns; what there is to say of that was said where it stands."""
        if place is not None:
            warn, self._warn = self._warn, lambda message: None
            list(self._head(place))
            self._warn = warn

    def escape(self, text: str, source: str) -> str:
        """The text itself; that of cells is written by ``_quoted`` and ``_bare``."""
        return text

    def _end_row(self) -> Iterator[Passage]:
        row = "".join(self._row)
        self._row = []
        if self._columns is None:
            yield from self._head(row)
            return
        done = 0
        is_new = True
        for number, match in enumerate(self._cells(row)):
            group = "bare" if match["quoted"] is None else "quoted"
            start, end = match.span(group)
            if number not in self._columns or start == end:
                continue
            yield Passage(row[done:start], new_document=is_new)
            is_new = False
            if group == "quoted":
                pieces = [
                    Written(m.start(), m.end(), m[0][:1] if m[0] == '""' else m[0])
                    for m in _WRITTEN.finditer(row, start, end)
                ]
                yield from passages_within(row, pieces, self._new_inner(), _quoted)
            else:
                yield from passages_within(row, [Written(start, end, row[start:end])], self._new_inner(), self._bare)
            done = end
        if done < len(row):
            yield Passage(row[done:], new_document=is_new)

    def _head(self, row: str) -> Iterator[Passage]:
        """The row that names the columns."""
        if not row.strip():
            yield Passage(row)
            return
        if self._mark is None:
            self._mark = mark_of(row) or ","
        names = [
            (m["bare"] if m["quoted"] is None else m["quoted"].replace('""', '"')).strip("\ufeff ")
            for m in self._cells(row)
        ]
        found = set()
        for field in self._fields:
            if field in names:
                found.add(names.index(field))
            elif field.isdecimal() and 0 < int(field) <= len(names):
                found.add(int(field) - 1)
            else:
                shown = ", ".join(name if len(name) < 30 else name[:29] + "…" for name in names[:12])
                self._warn(f"no column {field!r}; name the right one with --field: {shown}")
        self._columns = frozenset(found)
        yield Passage(row)

    def _cells(self, row: str) -> Iterator[regex.Match[str]]:
        assert self._mark is not None
        pattern = _CELL[{"\t": "\\t", "|": "\\|"}.get(self._mark, self._mark)]
        at = 0
        while match := pattern.match(row, at):
            yield match
            at = match.end()
            if not match["mark"]:
                return

    def _bare(self, text: str, source: str) -> str:
        if self._mark is not None and (self._mark in text or '"' in text or "\n" in text or "\r" in text):
            raise Unwritable(text)
        return text


def _quoted(text: str, source: str) -> str:
    return text.replace('"', '""')
