"""Spellings in a mapped file: their bytes end to end, sorted, so that one is found without reading the others."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from numpy.typing import NDArray

_MANY: Final = 1 << 11
"""Spellings that are looked for one by one. Whoever wants more has much text: it pays to read them all once."""


class Spellings:
    """Sorted spellings, each found by its bytes.

    Args:
        text: the bytes of all spellings, end to end, in the order of their bytes.
        starts: where each begins, and where the last one ends: shape (spellings + 1,).
    """

    def __init__(self, text: memoryview, starts: NDArray[Any]) -> None:
        self._text, self._starts = text, starts.data
        self._asked = 0
        self._numbers: dict[bytes, int] = {}
        """Of all spellings, once many were looked for."""

    def find(self, wanted: bytes) -> int:
        """The number of a spelling, or -1 if it is not there."""
        if self._numbers:
            return self._numbers.get(wanted, -1)
        self._asked += 1
        if self._asked == _MANY:
            bounds = pairwise(self._starts.tolist())
            self._numbers = {bytes(self._text[start:end]): number for number, (start, end) in enumerate(bounds)}
        text, starts = self._text, self._starts
        low, high = 0, len(starts) - 1
        while low < high:
            middle = (low + high) >> 1
            if bytes(text[starts[middle] : starts[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        if low < len(starts) - 1 and bytes(text[starts[low] : starts[low + 1]]) == wanted:
            return low
        return -1
