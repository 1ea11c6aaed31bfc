"""Spellings in a mapped file: their bytes end to end, sorted, so that one is found without reading the others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from numpy.typing import NDArray

_MANY: Final = 1 << 8
"""Spellings that are looked for among all. Whoever wants more has much text: it pays to read some of them first."""
_STEP: Final = 32
"""Every so many spellings one is read then, to look between two of them."""


class Spellings:
    """Sorted spellings, each found by its bytes.

    Args:
        text: the bytes of all spellings, end to end, in the order of their bytes.
        starts: where each begins, and where the last one ends: shape (spellings + 1,).
    """

    def __init__(self, text: memoryview, starts: NDArray[Any]) -> None:
        self._text, self._starts = text, starts.data
        self._asked = 0
        self._marks: list[bytes] = []
        """Every ``_STEP``-th spelling, once many were looked for."""

    def __getitem__(self, number: int) -> bytes:
        """A spelling by its number, from 0."""
        return bytes(self._text[self._starts[number] : self._starts[number + 1]])

    def find(self, wanted: bytes) -> int:
        """The number of a spelling, or -1 if it is not there."""
        number = self._first_from(wanted)
        return number if number < len(self._starts) - 1 and self[number] == wanted else -1

    def beginning(self, prefix: bytes) -> Iterator[int]:
        """The numbers of the spellings that begin so, in order."""
        for number in range(self._first_from(prefix), len(self._starts) - 1):
            if not self[number].startswith(prefix):
                break
            yield number

    def _first_from(self, wanted: bytes) -> int:
        """The number of the first spelling that is not before one; that of all if there is none."""
        text, starts = self._text, self._starts
        low, high = 0, len(starts) - 1
        if self._marks:
            low = max(0, _STEP * (bisect_right(self._marks, wanted) - 1))
            high = min(high, low + _STEP)
        else:
            self._asked += 1
            if self._asked == _MANY:
                self._marks = [self[at] for at in range(0, high, _STEP)]
        while low < high:
            middle = (low + high) >> 1
            if bytes(text[starts[middle] : starts[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low
