"""Build the static functions that hold the n-grams of a model file.

A static function maps a fixed set of keys to values without storing the keys: each key has three
slots in a table, and the exclusive or of what they hold is its value (Bloomier filter, Chazelle et
al. 2004; for language models Talbot and Brants 2008). The slots are placed as in the binary fuse
filter (Graf and Lemire 2022), which needs 1.13 slots a key. A fingerprint inside the value tells
most keys outside the set.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.lm.ngram_table import Hashes, SlotPlacer

_ATTEMPTS: Final = 64
_MULTIPLIER: Final = 0xFF51AFD7ED558CCD


class SlotLayout(NamedTuple):
    """Where the keys of a static function have their slots."""

    multiplier: int
    segment_bits: int
    segments: int

    @property
    def slots(self) -> int:
        """Length of the table."""
        return (self.segments + 2) << self.segment_bits


def slots_for(keys: int) -> tuple[int, int]:
    """Segment bits and number of segments for so many keys, by the formulae of Graf and Lemire."""
    if keys < 2:
        return 2, 1
    segment_bits = min(max(math.floor(math.log(keys) / math.log(3.33) + 2.25), 2), 18)
    factor = max(1.125, 0.875 + 0.25 * math.log(1_000_000) / math.log(keys))
    segments = max(-(-math.ceil(keys * factor) // (1 << segment_bits)) - 2, 1)
    return segment_bits, segments


def table_size(keys: int) -> int:
    """Number of slots of a static function of so many keys."""
    segment_bits, segments = slots_for(keys)
    return SlotLayout(0, segment_bits, segments).slots


def _peel(slots: NDArray[np.int64], table: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]] | None:
    """The order in which keys can be given up: rounds of (keys, the slot that only each of them still has).

    ``slots`` has the shape (3, keys). None if some keys can not be told apart.
    """
    keys = slots.shape[1]
    degree = np.zeros(table, np.int32)
    owners = np.zeros(table, np.int64)  # exclusive or of the keys still at a slot
    numbers = np.arange(keys)
    for row in slots:
        degree += np.bincount(row, minlength=table).astype(np.int32)
        np.bitwise_xor.at(owners, row, numbers)
    rounds = []
    left = keys
    alone = np.flatnonzero(degree == 1)
    while len(alone):
        given_up, first = np.unique(owners[alone], return_index=True)
        rounds.append((given_up, alone[first]))
        left -= len(given_up)
        touched = slots[:, given_up].ravel()
        np.subtract.at(degree, touched, 1)
        np.bitwise_xor.at(owners, touched, np.tile(given_up, 3))
        alone = touched[degree[touched] == 1]
    return rounds if left == 0 else None


def build(
    sums: Hashes, values: NDArray[np.uint32], print_shift: int, print_bits: int
) -> tuple[SlotLayout, NDArray[np.uint32]]:
    """A static function of keys given as sums of place hashes (`respin.lm.ngram_model.place_hash`), all distinct.

    ``print_bits`` bits of fingerprint are put into the ``values`` from bit ``print_shift`` on, where they
    must have zeros. Raises ValueError if the keys are not distinct.
    """
    segment_bits, segments = slots_for(len(sums))
    # In the order of their slots, neighbours share the processor's cache.
    by_slot = np.argsort(SlotPlacer(_MULTIPLIER, segment_bits, segments).place(sums)[1], kind="stable")
    sums, values = sums[by_slot], values[by_slot]
    for seed in range(1, _ATTEMPTS + 1):
        layout = SlotLayout((2 * seed - 1) * _MULTIPLIER % (1 << 64), segment_bits, segments)
        mixed, *rows = SlotPlacer(*layout).place(sums)
        slots = np.stack(rows)
        rounds = _peel(slots, layout.slots)
        if rounds is not None:
            break
    else:
        raise ValueError("the keys of a static function must be distinct")
    prints = mixed.astype(np.uint32) & np.uint32((1 << print_bits) - 1)
    codes = values | prints << np.uint32(print_shift)
    table = np.zeros(layout.slots, np.uint32)
    for given_up, own_slot in reversed(rounds):
        first, second, third = slots[:, given_up]
        table[own_slot] = codes[given_up] ^ table[first] ^ table[second] ^ table[third]
    return layout, table
