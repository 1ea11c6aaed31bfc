"""Prune a model to a size by relative entropy (Stolcke 1998).

For each n-gram: how far the model's distribution moves, in nats a word of running text, if this
n-gram alone is dropped and its context's back-off weight is set anew. The n-grams that move it least are
dropped. Count cut-offs drop n-grams for being rare, even where the shorter context is far off, and keep
frequent ones that it predicts as well; at equal size they lose.

How often a context occurs is taken from the text, not from the model: the lower orders of a
Kneser-Ney model do not say it (Chelba, Brants, Neveitt and Xu 2010).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.train.lm.kneser_ney import Estimate, Order, context_slices, find, group_starts

_TINY: Final = 1e-12


def divergences(order: Order, lower: Order, bits: int, words: float) -> NDArray[np.float32]:
    """For each n-gram of ``order`` the relative entropy that dropping it adds, in nats a word.

    ``words`` is the length of the training text. Never negative.
    """
    result = np.empty(len(order), np.float32)
    for part in context_slices(order.keys, bits):
        prefixes = order.keys[part] >> np.uint64(bits)
        starts = group_starts(prefixes)
        frequency = np.add.reduceat(order.occurrences[part], starts, dtype=np.float64) / words
        weight = lower.backoffs[find(lower.keys, prefixes[starts])].astype(np.float64)
        log_prob = order.probs[part].astype(np.float64)
        log_lower = lower.probs[order.suffixes[part]].astype(np.float64)
        prob, prob_lower = np.exp(log_prob), np.exp(log_lower)
        rest_lower = np.maximum(1 - np.add.reduceat(prob_lower, starts), _TINY)
        rest = np.exp(weight) * rest_lower
        of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(prefixes))))
        new_weight = np.log((rest[of] + prob) / (rest_lower[of] + prob_lower))
        loss = prob * (log_prob - log_lower - new_weight) - rest[of] * (new_weight - weight[of])
        result[part] = frequency[of] * loss
    return np.maximum(result, 0)


def importance(estimate: Estimate, costs: Sequence[float]) -> list[NDArray[np.float32]]:
    """For each order from 2 the divergence a byte of each n-gram or, if larger, of the n-grams that need it.

    ``costs`` are the bytes that an n-gram of each order from 2 takes in the file.

    An n-gram needs its context, whose back-off weight it makes sense of, and its suffix, by
    which the model file tells it from n-grams that it does not hold.
    """
    orders = estimate.orders
    words = float(orders[0].occurrences.sum())
    found = [
        divergences(orders[n], orders[n - 1], estimate.bits, words) / np.float32(costs[n - 1])
        for n in range(1, len(orders))
    ]
    for n in range(len(orders) - 1, 1, -1):
        upper, below = found[n - 1], found[n - 2]
        for part in context_slices(orders[n].keys, estimate.bits):
            np.maximum.at(below, orders[n].suffixes[part], upper[part])
            prefixes = orders[n].keys[part] >> np.uint64(estimate.bits)
            starts = group_starts(prefixes)
            contexts = find(orders[n - 1].keys, prefixes[starts])
            below[contexts] = np.maximum(below[contexts], np.maximum.reduceat(upper[part], starts))
    return found


def threshold_for(
    scores: Sequence[NDArray[np.float32]], size_of: Callable[[Sequence[int]], int], max_size: int
) -> float:
    """The least threshold at which ``size_of`` (numbers of n-grams kept, by order from 2) is at most ``max_size``.

    0 if everything fits; infinite if nothing does.
    """

    def size_at(threshold: float) -> int:
        return size_of([int(np.count_nonzero(score >= threshold)) for score in scores])

    if size_at(0) <= max_size:
        return 0.0
    low, high = -60.0, float(np.log(max(float(score.max(initial=0)) for score in scores))) + 1
    if size_at(float(np.exp(high))) > max_size:
        return float("inf")
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if size_at(float(np.exp(middle))) <= max_size else (middle, high)
    return float(np.exp(high))


def prune(estimate: Estimate, scores: Sequence[NDArray[np.float32]], threshold: float) -> Estimate:
    """The model without the n-grams whose `importance` is below ``threshold``; weights set anew."""
    first = estimate.orders[0]
    kept = [Order(1, first.keys, first.occurrences, first.suffixes, first.probs, first.backoffs, first.discounts)]
    places = np.arange(len(first), dtype=np.uint32)
    for order, score in zip(estimate.orders[1:], scores, strict=True):
        keep = score >= threshold
        new = Order(
            order.n,
            order.keys[keep],
            order.occurrences[keep],
            places[order.suffixes[keep]],
            order.probs[keep],
            discounts=order.discounts,
        )
        places = np.cumsum(keep, dtype=np.uint32) - np.uint32(1)
        _set_backoffs(new, kept[-1], estimate.bits)
        kept.append(new)
    return Estimate(kept, estimate.bits, estimate.bos, estimate.vocabulary)


def _set_backoffs(order: Order, lower: Order, bits: int) -> None:
    """Set the back-off weights of ``lower`` so that each distribution sums to 1."""
    lower.backoffs = np.zeros(len(lower), np.float32)
    for part in context_slices(order.keys, bits):
        prefixes = order.keys[part] >> np.uint64(bits)
        starts = group_starts(prefixes)
        rest = 1 - np.add.reduceat(np.exp(order.probs[part].astype(np.float64)), starts)
        rest_lower = 1 - np.add.reduceat(np.exp(lower.probs[order.suffixes[part]].astype(np.float64)), starts)
        weights = np.log(np.maximum(rest, _TINY)) - np.log(np.maximum(rest_lower, _TINY))
        lower.backoffs[find(lower.keys, prefixes[starts])] = weights
