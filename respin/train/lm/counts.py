"""Count the n-grams of encoded text within bounded memory.

An n-gram is packed into one unsigned 64-bit key, its first word in the highest bits, so that
sorting keys groups n-grams by context, shifting a key right gives its prefix (the context) and
masking its suffix (the n-gram of the shorter context). Keys are counted in sorted shards on
disk, which are then merged range by range.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.errors import TrainingError

Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]

_SHARD_TOKENS: Final = 1 << 24
_MERGE_ENTRIES: Final = 1 << 24


def bits_for(vocabulary_size: int, order: int) -> int:
    """Bits of one word in a key. Raises `TrainingError` if ``order`` words need more than 64."""
    bits = max(vocabulary_size - 1, 1).bit_length()
    if bits * order > 64:
        raise TrainingError(
            f"order {order} allows {1 << (64 // order):,} words at most, the vocabulary has {vocabulary_size:,}"
        )
    return bits


def sum_duplicates(keys: Keys, counts: Counts | None = None) -> tuple[Keys, Counts]:
    """Sort ``keys`` and add up the counts (1 each if None) of equal ones."""
    if len(keys) == 0:
        return keys, np.zeros(0, np.int64)
    if counts is None:
        keys = np.sort(keys)
    else:
        by_key = np.argsort(keys, kind="stable")
        keys, counts = keys[by_key], counts[by_key]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    if counts is None:
        totals = np.diff(np.append(starts, len(keys)))
    else:
        totals = np.add.reduceat(counts, starts)
    return keys[starts], totals.astype(np.int64)


def pack(stream: NDArray[np.integer], order: int, bits: int, bos: int, *, opening: bool = False) -> Keys:
    """Keys of the n-grams of ``stream``, whose lines each begin with ``bos``, in order of place.

    No n-gram reaches back over the start of its line, and none ends in ``bos``. With
    ``opening`` only the n-grams that begin with ``bos``.
    """
    if len(stream) < order:
        return np.zeros(0, np.uint64)
    words = stream.astype(np.uint64)
    count = len(words) - order + 1
    keys = words[:count].copy()
    valid = words[:count] == bos if opening else np.ones(count, np.bool_)
    for place in range(1, order):
        part = words[place : place + count]
        keys <<= np.uint64(bits)
        keys |= part
        valid &= part != bos
    if order == 1 and not opening:
        valid &= words != bos
    found: Keys = keys[valid]
    return found


@dataclass(frozen=True)
class RawCounts:
    """What estimation needs: the n-grams of the highest order, and of each lower order those that open a line.

    ``keys`` are sorted and distinct; ``counts`` say how often each occurs. ``opening[n]`` holds the
    same for the n-grams of order n < ``order`` that begin with ``bos``.
    """

    order: int
    bits: int
    bos: int
    keys: Keys
    counts: NDArray[np.uint32]
    opening: dict[int, tuple[Keys, Counts]]


class Counter:
    """Adds up n-grams of one order from pieces of encoded text.

    `add` takes pieces of any length made of whole lines, `finish` gives the counts. In memory
    are at most some 16 million n-grams at a time, and the final distinct ones (12 bytes each).
    """

    def __init__(self, order: int, bits: int, bos: int, folder: Path, shard_tokens: int = _SHARD_TOKENS) -> None:
        self.order, self.bits, self.bos = order, bits, bos
        self._folder, self._shard_tokens = folder, shard_tokens
        self._pending: list[Keys] = []
        self._pending_size = 0
        self._shards: list[tuple[Path, Path]] = []
        self._opening: dict[int, list[tuple[Keys, Counts]]] = {n: [] for n in range(2, order)}

    def add(self, stream: NDArray[np.integer]) -> None:
        """Count the n-grams of ``stream``: word numbers of whole lines, each line beginning with ``bos``."""
        keys = pack(stream, self.order, self.bits, self.bos)
        self._pending.append(keys)
        self._pending_size += len(keys)
        for n, found in self._opening.items():
            found.append(sum_duplicates(pack(stream, n, self.bits, self.bos, opening=True)))
        if self._pending_size >= self._shard_tokens:
            self._flush()

    def _flush(self) -> None:
        keys, counts = sum_duplicates(np.concatenate(self._pending))
        self._pending, self._pending_size = [], 0
        shard = self._folder / f"{len(self._shards)}.keys", self._folder / f"{len(self._shards)}.counts"
        keys.tofile(shard[0])
        counts.astype(np.uint32).tofile(shard[1])
        self._shards.append(shard)
        for n, found in self._opening.items():
            self._opening[n] = [_merge(found)]

    def finish(self) -> RawCounts:
        """The counts of all that was added; shards on disk are removed."""
        if self._pending:
            self._flush()
        keys, counts = self._merge_shards()
        for pair in self._shards:
            for path in pair:
                path.unlink()
        opening = {n: _merge(found) for n, found in self._opening.items()}
        return RawCounts(self.order, self.bits, self.bos, keys, counts, opening)

    def _merge_shards(self) -> tuple[Keys, NDArray[np.uint32]]:
        shards = [
            (np.fromfile(k, np.uint64) if k.stat().st_size < 1 << 16 else np.memmap(k, np.uint64, "r"), c)
            for k, c in self._shards
        ]
        total = sum(len(keys) for keys, _ in shards)
        if not total:
            return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
        largest = max((keys for keys, _ in shards), key=len)
        pieces = -(-total // _MERGE_ENTRIES)
        limits = [largest[len(largest) * i // pieces] for i in range(1, pieces)]
        cuts = [np.concatenate(([0], np.searchsorted(keys, limits), [len(keys)])) for keys, _ in shards]
        merged: list[tuple[Keys, NDArray[np.uint32]]] = []
        for piece in range(pieces):
            part_keys, part_counts = [], []
            for (keys, count_path), cut in zip(shards, cuts, strict=True):
                first, last = int(cut[piece]), int(cut[piece + 1])
                part_keys.append(np.asarray(keys[first:last]))
                part_counts.append(np.fromfile(count_path, np.uint32, last - first, offset=4 * first).astype(np.int64))
            keys, counts = sum_duplicates(np.concatenate(part_keys), np.concatenate(part_counts))
            merged.append((keys, counts.astype(np.uint32)))
        return np.concatenate([k for k, _ in merged]), np.concatenate([c for _, c in merged])


def _merge(found: list[tuple[Keys, Counts]]) -> tuple[Keys, Counts]:
    if not found:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    return sum_duplicates(np.concatenate([k for k, _ in found]), np.concatenate([c for _, c in found]))
