"""Spellings in a mapped file: their bytes end to end, sorted, so that one is found without reading the others."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def find_spelling(text: memoryview, starts: memoryview | NDArray[Any], wanted: bytes) -> int:
    """The number of a spelling, or -1 if it is not there.

    Args:
        text: the bytes of all spellings, end to end, in the order of their bytes.
        starts: where each begins, and where the last one ends: shape (spellings + 1,).
        wanted: the spelling.
    """
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
