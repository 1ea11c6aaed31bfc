"""The gate's sums of many lines at once, as arrays: the same numbers as line by line, in a fifth of the time.

What stands between two blanks is found and hashed for all lines together: the hash of a stretch of text is the
difference of two prefix sums of a polynomial modulo 2^64 (Karp and Rabin 1987, by prefix sums), shifted back by the
inverse of its base's power. What the gate knows of a chunk lies in a table under that hash, a slot each; whatever
is not found there is looked up by its letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.engine.gate import LONGEST_CHUNK, SHIFT, UNKNOWN, ZERO, Gate, Slots, form_of, hash_of, shift_for

_BITS: Final = 16
"""Slots of the table, as a power of two: 1.3 MB."""
_BATCH: Final = 1 << 16
"""Code points that are added up together, give or take a line: what is done with them is to stay in the processor's
cache."""
_BASE: Final = 0x9E3779B97F4A7C15
"""Of the polynomial; odd, so that its powers have inverses."""
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
"""An odd number that carries the low bits of a hash into the high ones: SplitMix's (Steele, Lea and Flood 2014)."""
_WORD: Final = 1 << 64
_FIRST_HIGH: Final = 0x85
"""The first code point that is a blank and stands behind the one of ASCII."""
_IS_BLANK: Final = np.array([chr(code).isspace() for code in range(0x3002)])
"""Of each code point; behind the last there is none."""

Ints = NDArray[np.int64]


class GateArrays:
    """Adds up lines for a gate, which is not to change. Threads are not to share one: it remembers what it has met."""

    def __init__(self, gate: Gate) -> None:
        (newsroom, newsroom_pairs), (others, other_pairs) = gate.weights
        self._words, self._pairs = _Weights(newsroom, others), _Weights(newsroom_pairs, other_pairs)
        self._shift = shift_for(newsroom_pairs)
        forms, pairs = gate.unknown
        self._unknown, self._unknown_pairs = forms, np.array(sorted(pairs), np.int64)
        self._powers = self._inverses = np.zeros(0, np.uint64)
        self._keys = np.zeros(1 << _BITS, np.uint64)
        self._numbers = np.zeros(1 << _BITS, np.int32)
        self._steps = np.zeros(1 << _BITS, np.int64)

    def sums(self, lines: Sequence[str]) -> Iterator[tuple[int, int]]:
        """How many chunks each line has, and the sum of what the gate knows of them and of neighbours, in steps.

        Args:
            lines: of at most `respin.engine.gate.LONGEST_LINE` code points.
        """
        first = size = 0
        for index, line in enumerate(lines):
            if size > _BATCH:
                yield from self._sums(lines[first:index])
                first, size = index, 0
            size += len(line)
        yield from self._sums(lines[first:])

    def _sums(self, lines: Sequence[str]) -> Iterator[tuple[int, int]]:
        text = "\n".join(["", *lines, ""])
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        blank = _blanks(codes)
        edges = np.flatnonzero(blank[1:] != blank[:-1])
        before, last = edges[::2], edges[1::2]  # of each chunk: the blank before it, and its last code point
        numbers, steps = self._look_up(text, codes, before, last)
        sizes = np.fromiter(map(len, lines), np.int64, len(lines))
        bounds = np.searchsorted(before, np.concatenate(([0], (sizes + 1).cumsum())))
        if len(before) > 1:
            steps[:-1] += self._of_pairs(numbers, bounds)
        totals = np.zeros(len(steps) + 1, np.int64)
        np.cumsum(steps, out=totals[1:])
        return zip(np.diff(bounds).tolist(), np.diff(totals[bounds]).tolist(), strict=True)

    def _of_pairs(self, numbers: NDArray[np.int32], bounds: Ints) -> Ints:
        """What each chunk and the next are worth, in steps; nothing where these stand in different lines."""
        differences = numbers[:-1] - numbers[1:]
        worth = self._pairs.steps(differences)
        if len(self._unknown_pairs):
            worth[np.isin(differences, self._unknown_pairs)] += UNKNOWN
        last = bounds[1:-1] - 1
        worth[last[(last >= 0) & (last < len(worth))]] = 0
        return worth

    def _look_up(
        self, text: str, codes: NDArray[np.uint32], before: Ints, last: Ints
    ) -> tuple[NDArray[np.int32], Ints]:
        """The number and the steps of each chunk."""
        sums = self._prefix_sums(codes)
        keys = sums.take(last)
        keys -= sums.take(before)
        keys *= self._inverses.take(before)
        keys += (last - before).astype(np.uint64)  # else what ends in the code point 0 would have the same one
        keys ^= keys >> np.uint64(32)
        keys *= _MIX
        slots = (keys >> np.uint64(64 - _BITS)).astype(np.int64)
        numbers, steps = self._numbers.take(slots), self._steps.take(slots)
        missing = np.flatnonzero(self._keys.take(slots) != keys)
        if len(missing):
            new, first, places = np.unique(keys[missing], return_index=True, return_inverse=True)
            at = missing[first]
            chunks = [
                text[start + 1 : end + 1] for start, end in zip(before[at].tolist(), last[at].tolist(), strict=True)
            ]
            new_numbers, new_steps = self._of_chunks(chunks)
            numbers[missing], steps[missing] = new_numbers[places], new_steps[places]
            kept = np.flatnonzero(last[at] - before[at] <= LONGEST_CHUNK)
            slots = slots[at[kept]]
            self._keys[slots], self._numbers[slots], self._steps[slots] = new[kept], new_numbers[kept], new_steps[kept]
        return numbers, steps

    def _of_chunks(self, chunks: Sequence[str]) -> tuple[NDArray[np.int32], Ints]:
        """The number and the steps of chunks that are looked up by their letters."""
        forms = list(map(form_of, chunks))
        hashes = np.fromiter(map(hash_of, forms), np.int64, len(forms))
        steps = self._words.steps(hashes)
        if self._unknown:
            steps[[form in self._unknown for form in forms]] += UNKNOWN
        return (hashes >> self._shift).astype(np.int32), steps

    def _prefix_sums(self, codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
        if len(self._powers) < len(codes):
            size = 1 << len(codes).bit_length()
            self._powers, self._inverses = (_powers(base, size) for base in (_BASE, pow(_BASE, -1, _WORD)))
        sums = np.multiply(codes, self._powers[: len(codes)], dtype=np.uint64)
        return np.cumsum(sums, out=sums)


class _Weights:
    """A weight in each slot for each of both families."""

    def __init__(self, newsroom: Slots, others: Slots) -> None:
        self._newsroom, self._others = np.frombuffer(newsroom, np.uint8), np.frombuffer(others, np.uint8)
        self._mask = len(newsroom) - 1

    def steps(self, numbers: NDArray[np.signedinteger[Any]]) -> Ints:
        """What stands in the slots that numbers fall into, of both families in one number."""
        slots = numbers & self._mask
        newsroom, others = self._newsroom.take(slots).astype(np.int64), self._others.take(slots).astype(np.int64)
        return newsroom - ZERO + ((others - ZERO) << SHIFT)


def _blanks(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether each code point is white space."""
    blank = codes <= ord(" ")
    for rare in (np.flatnonzero(codes < ord(" ")), np.flatnonzero(codes >= _FIRST_HIGH)):
        blank[rare] = _IS_BLANK.take(codes[rare], mode="clip")
    return blank


def _powers(base: int, size: int) -> NDArray[np.uint64]:
    powers = np.full(size, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)
