"""The strip of the report: a small map of an article that shows where it was spun.

Its horizontal axis is the text, in words. Memory is bounded: when there are too many cells,
neighbours are joined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAX_CELLS: Final = 600
"""Most cells of a strip; a screen has not many more columns."""

SPUN: Final = 0.5
"""Share of spun words from which a cell counts as spun."""

_FULL: Final = 0.3
"""Edits per word at which a bar has its full height; a spinner makes 0.2 to 0.27."""


@dataclass(slots=True)
class Cell:
    """A stretch of lines (1-based, both ends included) and what was found in it."""

    first: int
    last: int
    words: int
    spun_words: float
    edits: int

    def join(self, other: Cell) -> None:
        """Take in the cell that follows."""
        self.last = other.last
        self.words += other.words
        self.spun_words += other.spun_words
        self.edits += other.edits


class SpunStretch(NamedTuple):
    """Neighbouring spun lines: from line ``first`` to ``last``, ``start`` and ``end`` in words."""

    first: int
    last: int
    start: int
    end: int
    edits: int


@dataclass(slots=True)
class Strip:
    """Collects the cells of one article while it streams by."""

    cells: list[Cell] = field(default_factory=list)
    words: int = 0
    _lines_a_cell: int = 1
    _lines_in_last: int = 0

    def add(self, line: int, words: int, spun: float, edits: int) -> None:
        """Take the next stretch: its line number, its words, how likely it was spun, its edits."""
        self.words += words
        cell = Cell(line, line, words, words * spun, edits)
        if self.cells and 0 < self._lines_in_last < self._lines_a_cell:
            self.cells[-1].join(cell)
        else:
            self.cells.append(cell)
            self._lines_in_last = 0
        self._lines_in_last = (self._lines_in_last + 1) % self._lines_a_cell
        if len(self.cells) > MAX_CELLS and not self._lines_in_last:
            for left, right in zip(self.cells[::2], self.cells[1::2], strict=False):
                left.join(right)
            # An odd cell at the end is half full.
            self._lines_in_last = self._lines_a_cell if len(self.cells) % 2 else 0
            del self.cells[1::2]
            self._lines_a_cell *= 2

    def stretches(self) -> list[SpunStretch]:
        """The spun stretches, in order; cells without words neither make nor break one."""
        found: list[SpunStretch] = []
        at = 0
        goes_on = False
        for cell in self.cells:
            if cell.words:
                if cell.spun_words < SPUN * cell.words:
                    goes_on = False
                elif goes_on:
                    before = found[-1]
                    found[-1] = SpunStretch(
                        before.first, cell.last, before.start, at + cell.words, before.edits + cell.edits
                    )
                else:
                    found.append(SpunStretch(cell.first, cell.last, at, at + cell.words, cell.edits))
                    goes_on = True
            at += cell.words
        return found

    def svg(self) -> Iterator[str]:
        """A drawing without words of its own: a ground where text was spun, bars as high as edits are dense."""
        yield f'<svg viewBox="0 0 {max(1, self.words)} 100" preserveAspectRatio="none" aria-hidden="true">'
        for stretch in self.stretches():
            width = stretch.end - stretch.start
            yield f'<rect class="ground" x="{stretch.start}" y="0" width="{width}" height="100"/>'
        at = 0
        for cell in self.cells:
            if cell.edits and cell.words:
                height = max(6, round(100 * min(1.0, cell.edits / cell.words / _FULL)))
                yield f'<rect x="{at}" y="{100 - height}" width="{cell.words}" height="{height}"/>'
            at += cell.words
        yield "</svg>"


def range_of(first: int, last: int) -> str:
    """Line numbers as a reader wants them.

    >>> range_of(3, 3), range_of(3, 17)
    ('line 3', 'lines 3–17')
    """
    return f"line {first}" if first == last else f"lines {first}–{last}"
