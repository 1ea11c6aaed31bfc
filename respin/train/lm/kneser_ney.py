"""Interpolated modified Kneser-Ney estimation (Kneser and Ney 1995; Chen and Goodman 1999).

Every order but the highest is estimated from continuation counts: not how often an n-gram occurs,
but after how many different words. N-grams that begin a line have no word before them and keep
their counts. Three discounts an order, for counts of 1, 2 and 3 or more, come from the counts of
counts. What the discounts free is given to the next shorter context, down to the uniform
distribution, so that no word has probability 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.train.lm.counts import Counts, Keys, RawCounts

_SLICE: Final = 1 << 22
_FALLBACK: Final = (0.5, 1.0, 1.5)
NEVER: Final = -99 * np.log(10)
"""ln P of the start of a line, which is never predicted; by custom 1e-99."""


@dataclass
class Order:
    """The n-grams of one order, sorted by key, with what the model knows of each.

    ``probs`` are ln P(last word | the others), ``backoffs`` the ln of the weight that an n-gram as a
    context gives to the shorter context (0 where it is no context; empty for the highest order).
    ``occurrences`` are the n-grams' own counts in the text. ``suffixes`` are the places of the
    n-grams without their first word among the next lower order.
    """

    n: int
    keys: Keys
    occurrences: NDArray[np.integer]
    suffixes: NDArray[np.uint32]
    probs: NDArray[np.float32]
    backoffs: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    discounts: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __len__(self) -> int:
        return len(self.keys)


@dataclass
class Estimate:
    """A full back-off model: orders 1 (each word of the vocabulary) to N, and how its keys are packed."""

    orders: list[Order]
    bits: int
    bos: int
    vocabulary: list[str]

    def prefixes(self, order: Order) -> Keys:
        """Keys of the contexts of the n-grams of ``order`` (not distinct)."""
        return order.keys >> np.uint64(self.bits)

    def score(self, contexts: NDArray[np.integer], words: NDArray[np.integer]) -> NDArray[np.float64]:
        """ln P(word | context), unquantised; arguments as in `respin.lm.ngram_model.Model.score`, without -1."""
        result: NDArray[np.float64] = self.orders[0].probs[words].astype(np.float64)
        keys, context_keys = words.astype(np.uint64), np.zeros(len(words), np.uint64)
        for order, lower in zip(self.orders[1:], self.orders, strict=False):
            column = contexts[:, -lower.n].astype(np.uint64)
            context_keys |= column << np.uint64(self.bits * (lower.n - 1))
            keys |= column << np.uint64(self.bits * lower.n)
            places, held = look_up(lower.keys, context_keys)
            result += np.where(held, lower.backoffs[places], 0)
            places, held = look_up(order.keys, keys)
            result = np.where(held, order.probs[places], result)
        return result


def look_up(keys: Keys, wanted: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Places of ``wanted`` in the sorted ``keys``, and which of them are there at all."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return places, keys[places] == wanted


def discounts(counts: NDArray[np.integer]) -> tuple[float, float, float]:
    """The three discounts by counts of counts (Chen and Goodman 1999, equation 26).

    0.5, 1 and 1.5 where a text is too small or too odd for them to lie between 0 and the count.
    """
    n = [0.0, *(float(np.count_nonzero(counts == i)) for i in (1, 2, 3, 4))]
    if min(n[1:]) == 0:
        return _FALLBACK
    y = n[1] / (n[1] + 2 * n[2])
    found = 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]
    if not all(0 < d < i for i, d in enumerate(found, 1)):
        return _FALLBACK
    return found


def _suffix_counts(
    keys: Keys, occurrences: NDArray[np.integer], mask: np.uint64
) -> tuple[Keys, NDArray[np.uint32], NDArray[np.uint32]]:
    """Distinct suffixes of n-grams; by how many different words, and how often, each is preceded."""
    pieces = -(-len(keys) // (4 * _SLICE))
    sample = np.sort(keys[:: max(len(keys) // 100_000, 1)] & mask)
    limits = [0, *(int(sample[len(sample) * i // pieces]) for i in range(1, pieces)), int(mask) + 1]
    found = []
    for low, high in pairwise(limits):
        suffixes, part_occurrences = [], []
        for first in range(0, len(keys), _SLICE):
            suffix = keys[first : first + _SLICE] & mask
            inside = (suffix >= np.uint64(low)) & (suffix <= np.uint64(high - 1))
            suffixes.append(suffix[inside])
            part_occurrences.append(occurrences[first : first + _SLICE][inside])
        suffix = np.concatenate(suffixes)
        if not len(suffix):
            continue
        by_suffix = np.argsort(suffix, kind="stable")
        suffix = suffix[by_suffix]
        starts = group_starts(suffix)
        types = np.diff(np.append(starts, len(suffix)))
        tokens = np.add.reduceat(np.concatenate(part_occurrences)[by_suffix], starts, dtype=np.int64)
        found.append((suffix[starts], types.astype(np.uint32), tokens.astype(np.uint32)))
    return (
        np.concatenate([part[0] for part in found]),
        np.concatenate([part[1] for part in found]),
        np.concatenate([part[2] for part in found]),
    )


def _add_opening(
    keys: Keys, types: NDArray[np.uint32], tokens: NDArray[np.uint32], opening: tuple[Keys, Counts]
) -> tuple[Keys, NDArray[np.uint32], NDArray[np.uint32]]:
    """With the n-grams that begin a line, for which occurrences stand in for preceding words."""
    places = np.searchsorted(keys, opening[0])
    own = opening[1].astype(np.uint32)
    return np.insert(keys, places, opening[0]), np.insert(types, places, own), np.insert(tokens, places, own)


def find(keys: Keys, wanted: Keys) -> NDArray[np.uint32]:
    """Places of ``wanted`` in the sorted ``keys``, which hold them all."""
    places = np.empty(len(wanted), np.uint32)
    for first in range(0, len(wanted), _SLICE):
        places[first : first + _SLICE] = np.searchsorted(keys, wanted[first : first + _SLICE])
    return places


def group_starts(prefixes: Keys) -> NDArray[np.int64]:
    """Where each run of equal prefixes begins."""
    return np.flatnonzero(np.concatenate(([True], prefixes[1:] != prefixes[:-1])))


def context_slices(keys: Keys, bits: int, size: int = _SLICE) -> Iterator[slice]:
    """Cut sorted keys into slices of about ``size`` n-grams, none of which parts the n-grams of a context."""
    first = 0
    while first < len(keys):
        last = min(first + size, len(keys))
        limit = ((int(keys[last - 1]) >> bits) + 1) << bits
        last = len(keys) if limit >> 64 else int(np.searchsorted(keys, np.uint64(limit)))
        yield slice(first, last)
        first = last


def _interpolate(order: Order, lower: Order, counts: NDArray[np.integer], bits: int) -> None:
    """Set the probabilities of ``order`` and the back-off weights of ``lower``."""
    order.discounts = discounts(counts)
    by_count = np.array([0.0, *order.discounts])
    lower.backoffs = np.zeros(len(lower), np.float32)
    for part in context_slices(order.keys, bits):
        own = counts[part]
        discount = by_count[np.minimum(own, 3)]
        prefixes = order.keys[part] >> np.uint64(bits)
        starts = group_starts(prefixes)
        totals = np.add.reduceat(own, starts, dtype=np.float64)
        freed = np.add.reduceat(discount, starts) / totals
        lower.backoffs[find(lower.keys, prefixes[starts])] = np.log(freed)
        group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(own))))
        shared = freed[group] * np.exp(lower.probs[order.suffixes[part]].astype(np.float64))
        order.probs[part] = np.log((own - discount) / totals[group] + shared)


def estimate(raw: RawCounts, vocabulary: list[str]) -> Estimate:
    """The interpolated modified Kneser-Ney model of counted n-grams, nothing pruned.

    ``vocabulary`` gives the words by id. Raises ValueError if nothing was counted.
    """
    if not len(raw.keys):
        raise ValueError("no words to train on")
    bits = raw.bits
    counts: list[NDArray[np.integer]] = [raw.counts]
    occurrences: list[NDArray[np.integer]] = [raw.counts]
    keys = [raw.keys]
    for n in range(raw.order - 1, 0, -1):
        lower_keys, types, tokens = _suffix_counts(keys[0], occurrences[0], np.uint64((1 << bits * n) - 1))
        if n > 1:
            lower_keys, types, tokens = _add_opening(lower_keys, types, tokens, raw.opening[n])
        keys.insert(0, lower_keys)
        counts.insert(0, types)
        occurrences.insert(0, tokens)
    orders = [_unigrams(keys[0], counts[0], occurrences[0], vocabulary, raw.bos)]
    for n in range(2, raw.order + 1):
        lower = orders[-1]
        mask = np.uint64((1 << bits * (n - 1)) - 1)
        suffixes = np.empty(len(keys[n - 1]), np.uint32)
        for first in range(0, len(suffixes), _SLICE):
            part = slice(first, first + _SLICE)
            suffixes[part] = find(lower.keys, keys[n - 1][part] & mask)
        order = Order(n, keys[n - 1], occurrences[n - 1], suffixes, np.empty(len(suffixes), np.float32))
        _interpolate(order, lower, counts[n - 1], bits)
        counts[n - 1] = np.zeros(0, np.uint32)
        orders.append(order)
    return Estimate(orders, bits, raw.bos, vocabulary)


def _unigrams(
    keys: Keys, counts: NDArray[np.integer], occurrences: NDArray[np.integer], vocabulary: list[str], bos: int
) -> Order:
    """P of each word of the vocabulary, seen or not, from its continuation counts and the uniform distribution."""
    size = len(vocabulary)
    found = discounts(counts)
    discount = np.array([0.0, *found])[np.minimum(counts, 3)]
    total = float(counts.sum())
    probs = np.full(size, discount.sum() / total / (size - 1))
    probs[keys.astype(np.int64)] += (counts - discount) / total
    with np.errstate(divide="ignore"):
        logs = np.log(probs)
    logs[bos] = NEVER
    all_occurrences = np.zeros(size, np.int64)
    all_occurrences[keys.astype(np.int64)] = occurrences
    places = np.arange(size, dtype=np.uint32)
    return Order(1, places.astype(np.uint64), all_occurrences, places, logs.astype(np.float32), discounts=found)
