"""Tables of n-grams of one order as static functions, asked for many n-grams at once.

An n-gram is asked for by the sum of its words' place hashes; three slots of the table, combined by
exclusive or, give what is known of it. See `respin.lm.ngram_model` for what a model makes of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Scores = NDArray[np.float32]
Hashes = NDArray[np.uint64]
Slots = NDArray[np.int64]
Codes = NDArray[Any]
"""Quantised values in 8, 16 or 32 bits."""

BLOCK: Final = 1 << 13
"""Most n-grams that are scored together: their intermediate results stay in the processor's cache."""
_PLANE: Final = np.uint32(16)

_MULTIPLIER: Final = 0x9E3779B97F4A7C15
PLACE: Final = tuple(np.uint64(pow(_MULTIPLIER, place + 1, 1 << 64)) for place in range(4))
"""Multipliers, one for each place in an n-gram; the last word has the first."""
_HALF: Final = np.uint64(32)
_SECOND_SHIFT: Final = np.uint64(18)


def place_hash(words: NDArray[Any], place: int) -> Hashes:
    """What a word adds to the hash of an n-gram; ``place`` 0 is the last word, 1 the one before.

    With m the multiplier, words w2 w1 w0 have the sum m w0 + m² w1 + m³ w2, which is m times
    the sum of w0 and of the hash of the context w2 w1.
    """
    return words.astype(np.uint64) * PLACE[place]


class SlotPlacer:
    """Which three slots of a table an n-gram has (binary fuse, Graf and Lemire 2022).

    The table has ``segments + 2`` segments of ``2 ** segment_bits`` slots; the slots of an n-gram
    lie in three segments that follow each other. ``multiplier`` is odd and below 2**64.
    """

    def __init__(self, multiplier: int, segment_bits: int, segments: int) -> None:
        self._multiplier = np.uint64(multiplier)
        self._range = np.uint64(segments << segment_bits)
        self._length, self._mask = np.uint64(1 << segment_bits), np.uint64((1 << segment_bits) - 1)

    def place(self, sums: Hashes, room: Hashes | None = None) -> tuple[Hashes, Slots, Slots, Slots]:
        """The mixed hashes of n-grams and their slots, given the sums of their place hashes.

        ``room``, if given, is overwritten and holds the results: shape (5, at least ``len(sums)``).
        """
        size = len(sums)
        mixed, first, second, third, offset = np.empty((5, size), np.uint64) if room is None else room[:, :size]
        np.right_shift(sums, _HALF, out=mixed)
        mixed ^= sums
        mixed *= self._multiplier
        np.right_shift(mixed, _HALF, out=first)
        mixed ^= first
        first *= self._range
        first >>= _HALF
        np.add(first, self._length, out=second)
        np.add(second, self._length, out=third)
        np.right_shift(mixed, _SECOND_SHIFT, out=offset)
        offset &= self._mask
        second ^= offset
        np.bitwise_and(mixed, self._mask, out=offset)
        third ^= offset
        return mixed, first.view(np.int64), second.view(np.int64), third.view(np.int64)


class Room:
    """Arrays for the intermediate results of scoring up to so many pairs.

    Scoring allocates nothing else of that size: fresh memory would cost more than the look-ups.
    """

    def __init__(self, pairs: int, order: int) -> None:
        self.pairs = pairs
        self.words = np.empty((order, pairs), np.uint64)
        self.sums = np.empty(2 * pairs, np.uint64)
        self.slots = np.empty((5, 2 * pairs), np.uint64)
        self.codes = {size: np.empty((2, 2 * pairs), f"u{size}") for size in (1, 2, 4)}
        self.found = np.empty(2 * pairs, np.bool_)
        self.indices = np.empty(pairs, np.int64)
        self.values = np.empty(pairs, np.float32)


class NgramTable:
    """The n-grams of one order: quantised ln P, back-off weight and fingerprint of each."""

    def __init__(self, entry: dict[str, int], sections: dict[str, NDArray[Any]], order: int) -> None:
        if (
            min(entry.values()) < 0
            or max(entry["segment_bits"], entry["slot_bits"], entry["segments"].bit_length()) > 32
        ):
            raise ValueError("a table")
        self.ngrams = entry["ngrams"]
        self._placer = SlotPlacer(entry["multiplier"], entry["segment_bits"], entry["segments"])
        self._slots: Codes = sections[f"slots{order}"]
        self._high_slots: Codes | None = sections.get(f"high_slots{order}")
        self._probs: Scores = sections[f"probs{order}"]
        self._backoffs: Scores | None = sections.get(f"backoffs{order}")
        self._slot_mask = np.uint32((1 << entry["slot_bits"]) - 1)
        kind = np.uint16 if entry["slot_bits"] == 16 else np.uint32
        self._prob_bits, self._prob_mask = kind(entry["prob_bits"]), kind((1 << entry["prob_bits"]) - 1)
        self._value_bits, self._values = kind(entry["value_bits"]), kind(1 << entry["value_bits"])

    def books(self, *, is_highest: bool) -> list[Scores]:
        """The values that codes stand for.

        Raises:
            ValueError: there are none, or no slots that hold codes.
        """
        slots = [self._slots] if self._high_slots is None else [self._slots, self._high_slots]
        if not all(len(part) and part.dtype.kind == "u" and part.itemsize in (1, 2, 4) for part in slots):
            raise ValueError("slots")
        if self._backoffs is not None:
            return [self._probs, self._backoffs]
        if not is_highest:
            raise ValueError("backoffs")
        return [self._probs]

    def find(self, sums: Hashes, room: Room) -> tuple[Codes, NDArray[np.bool_]]:
        """Values of n-grams, given the sums of their place hashes, and which are held; in ``room``."""
        size = len(sums)
        mixed, *slots = self._placer.place(sums, room.slots)
        values = _combine(self._slots, slots, room)
        if self._high_slots is not None:
            low = values
            values, high = room.codes[4][:, :size]
            np.copyto(values, low)
            np.copyto(high, _combine(self._high_slots, slots, room))
            high <<= _PLANE
            values |= high
        prints, found = room.codes[values.itemsize][1, :size], room.found[:size]
        np.copyto(prints, mixed, casting="unsafe")
        prints <<= self._value_bits
        values ^= prints
        if self._high_slots is not None:
            values &= self._slot_mask
        # Where the fingerprint agrees, only the value is left.
        np.less(values, self._values, out=found)
        return values, found

    def probs(self, values: Codes, room: Room) -> Scores:
        """ln P of the n-grams with these values, anything where they are not held; in ``room``."""
        if self._backoffs is not None:
            values = np.bitwise_and(values, self._prob_mask, out=room.codes[values.itemsize][1, : len(values)])
        return _decode(self._probs, values, room)

    def backoffs(self, values: Codes, room: Room) -> Scores:
        """ln of the back-off weights of the n-grams with these values, which are overwritten; in ``room``."""
        assert self._backoffs is not None
        values >>= self._prob_bits
        return _decode(self._backoffs, values, room)


def _combine(table: Codes, slots: Sequence[Slots], room: Room) -> Codes:
    """The exclusive or of three slots each; in ``room``."""
    found, next_one = room.codes[table.itemsize][:, : len(slots[0])]
    table.take(slots[0], None, found, "clip")
    for slot in slots[1:]:
        table.take(slot, None, next_one, "clip")
        found ^= next_one
    return np.asarray(found)


def _decode(book: Scores, codes: Codes, room: Room) -> Scores:
    indices, values = room.indices[: len(codes)], room.values[: len(codes)]
    np.copyto(indices, codes)
    book.take(indices, None, values, "clip")
    return values
