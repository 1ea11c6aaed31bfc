"""A unified diff, as ``patch`` and ``git apply`` read it; on a terminal with the replaced words set off."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from respin.edits import Repair
from respin.files.stream import encode, is_single_byte_safe
from respin.output import Output, Printer, Source

CONTEXT: Final = 3
"""Unchanged lines around a change."""

_COLORS: Final = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m", "h": "\x1b[1m"}
_SET_OFF, _AS_BEFORE, _RESET = "\x1b[7m", "\x1b[27m", "\x1b[0m"


class DiffPart(NamedTuple):
    """Part of a line; ``edited`` parts are set off."""

    text: str
    edited: bool = False


class DiffPrinter(Printer):
    """Writes hunks as they are complete. Edits say exactly what changed, so nothing is compared."""

    def __init__(self, output: Output, *, color: bool) -> None:
        self._output, self._color = output, color

    def begin(self, source: Source) -> None:
        """Start a file's diff; its header comes with the first hunk."""
        self._encoding = source.encoding if is_single_byte_safe(source.encoding) else "utf-8"
        self._name = source.name
        self._headed = False
        self._old: list[DiffPart] = []
        self._new: list[DiffPart] = []
        self._context: deque[str] = deque(maxlen=CONTEXT)
        self._hunk: list[str] = []
        self._quiet = 0
        self._line, self._shift = 1, 0
        self._counts = [0, 0]

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Follow the repairs line by line."""
        for repair in repairs:
            done = 0
            for edit in repair.edits:
                self._kept(repair.source[done : edit.start])
                self._old.append(DiffPart(edit.spun, True))
                self._new.append(DiffPart(edit.original, True))
                done = edit.end
            self._kept(repair.source[done:])

    def end(self) -> None:
        """Write the last hunk."""
        if self._old or self._new:
            self._close_lines()
        self._close_hunk()

    def _kept(self, text: str) -> None:
        """Take text that is in both versions; where it ends a line, both have a line end."""
        at = 0
        while at < len(text):
            end = text.find("\n", at) + 1 or len(text)
            piece = DiffPart(text[at:end])
            self._old.append(piece)
            self._new.append(piece)
            if text[end - 1] == "\n":
                self._close_lines()
            at = end

    def _close_lines(self) -> None:
        old, new, self._old, self._new = self._old, self._new, [], []
        if not any(piece.edited for piece in old):
            self._unchanged("".join(piece.text for piece in old))
            return
        if not self._hunk:
            self._start = self._line - len(self._context)
            self._hunk = [self._paint(" ", [DiffPart(line)]) for line in self._context]
            self._counts = [len(self._context)] * 2
        self._quiet = 0
        for mark, pieces in (("-", old), ("+", new)):
            lines = list(_lines(pieces))
            self._hunk += [self._paint(mark, line) for line in lines]
            self._counts[mark == "+"] += len(lines)
            self._line += len(lines) if mark == "-" else 0
        self._context.clear()

    def _unchanged(self, line: str) -> None:
        self._line += 1
        self._context.append(line)
        if not self._hunk:
            return
        self._quiet += 1
        self._hunk.append(self._paint(" ", [DiffPart(line)]))
        self._counts = [count + 1 for count in self._counts]
        # Two hunks with no more than their contexts between them are one.
        if self._quiet > 2 * CONTEXT:
            self._close_hunk()

    def _close_hunk(self) -> None:
        if not self._hunk:
            return
        over = max(0, self._quiet - CONTEXT)
        lines = self._hunk[: len(self._hunk) - over]
        old, new = (count - over for count in self._counts)
        head = f"@@ -{_range(self._start, old)} +{_range(self._start + self._shift, new)} @@"
        parts = [self._heading()] if not self._headed else []
        parts.append(encode(self._styled("@", head) + "\n", "utf-8"))
        parts.append(encode("".join(lines), self._encoding))
        self._output.write(b"".join(parts))
        self._headed = True
        self._shift += new - old
        self._hunk, self._quiet = [], 0

    def _heading(self) -> bytes:
        name = os.fsencode(self._name)
        name += b"\t" * (b" " in name)  # or patch would end the name there
        before, after = (_COLORS["h"].encode(), _RESET.encode()) if self._color else (b"", b"")
        return b"".join(before + mark + name + after + b"\n" for mark in (b"--- ", b"+++ "))

    def _paint(self, mark: str, line: Sequence[DiffPart]) -> str:
        """A line of a hunk with its end, or with the note that it has none."""
        text = "".join(piece.text for piece in line)
        body = text.rstrip("\r\n") if text.endswith("\n") else text
        end = text[len(body) :] if text.endswith("\n") else "\n\\ No newline at end of file\n"
        if not self._color or mark == " ":
            return mark + body + end
        parts, left = [], len(body)
        for edited, pieces in groupby(line, key=lambda piece: piece.edited):
            part = "".join(piece.text for piece in pieces)[:left]
            left -= len(part)
            parts.append(f"{_SET_OFF}{part}{_AS_BEFORE}" if edited and part else part)
        return self._styled(mark, mark + "".join(parts)) + end

    def _styled(self, kind: str, text: str) -> str:
        return f"{_COLORS[kind]}{text}{_RESET}" if self._color else text


def _lines(pieces: Sequence[DiffPart]) -> Iterator[list[DiffPart]]:
    """Cut pieces at line feeds; there may be some inside an edit."""
    line: list[DiffPart] = []
    for piece in pieces:
        *ended, rest = piece.text.split("\n")
        for part in ended:
            yield [*line, DiffPart(part + "\n", piece.edited)]
            line = []
        if rest:
            line.append(DiffPart(rest, piece.edited))
    if line:
        yield line


def _range(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"
