"""Weights of words and pairs of words, by regression on hashed features (Weinberger et al. 2009).

AdaGrad (Duchi et al. 2011) in batches. Of what speaks for a spinner too little costs more than too much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORD_BITS: Final = 18
PAIR_BITS: Final = 21
"""Slots of words and of pairs: 2 to these powers."""
UNIT: Final = 1 / 16
"""A step of a weight, nats."""

_BATCH: Final = 4096
_EPOCHS: Final = 6
_RATE: Final = 0.3
_DECAY: Final = 0.01
_MOST: Final = 25.0
"""Evidence beyond which it is all one, nats."""
_MOST_ERROR: Final = 6.0
_MISSED: Final = 6.0
"""How much more it costs to find too little evidence than too much."""
_DOUBT: Final = 10.0
"""A weight that speaks against a spinner counts half where it was met in so many lines or stretches, less in fewer."""

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Error = Callable[[Floats, Floats], Floats]
"""The slope of the loss, of what lines come to and what they should: both of shape (lines,)."""


def short_of_evidence(found: Floats, wanted: Floats) -> Floats:
    """The slope of a bounded squared error."""
    error = np.clip(found - np.clip(wanted, -_MOST, _MOST), -_MOST_ERROR, _MOST_ERROR)
    return np.where((error < 0) & (wanted > 1.0), _MISSED * error, error)


def of_logistic(found: Floats, wanted: Floats) -> Floats:
    """The slope of logistic loss; ``wanted`` is 1 or 0."""
    return 1.0 / (1.0 + np.exp(-np.clip(found, -30.0, 30.0))) - wanted


def fit(
    forms: NDArray[np.uint32],
    sizes: Ids,
    wanted: Floats,
    scales: Floats,
    error: Error,
    seed: int,
    progress: Callable[[str], None],
    *,
    has_bias: bool = False,
) -> tuple[bytes, bytes, float]:
    """The weights of words and of pairs, as the gate's file has them, and the bias in nats.

    Args:
        forms: hashes of the forms of all lines, one line after the other.
        sizes: number of forms of each line: shape (lines,).
        wanted: what each line should come to: shape (lines,), as the two below.
        scales: what the sum over each line is multiplied with.
    """
    row = np.repeat(np.arange(len(sizes)), sizes)
    words = (forms & np.uint32((1 << WORD_BITS) - 1)).astype(np.int64)
    high = (forms >> np.uint32(32 - PAIR_BITS)).astype(np.int64)
    together = row[:-1] == row[1:]
    pairs = ((high[:-1] - high[1:]) & ((1 << PAIR_BITS) - 1))[together] + (1 << WORD_BITS)
    features, rows = np.concatenate([words, pairs]), np.concatenate([row, row[:-1][together]])
    order = np.argsort(rows, kind="stable")
    features, starts = features[order], np.searchsorted(rows[order], np.arange(len(sizes) + 1))
    count = (1 << WORD_BITS) + (1 << PAIR_BITS)
    weights, squares, bias, bias_square = np.zeros(count), np.full(count, 1e-8), 0.0, 1e-8
    random = np.random.default_rng(seed)
    for epoch in range(_EPOCHS):
        rate = _RATE * (1 - epoch / _EPOCHS) + 0.02
        lines, loss = random.permutation(len(sizes)), 0.0
        for first in range(0, len(lines), _BATCH):
            batch = lines[first : first + _BATCH]
            lengths = starts[batch + 1] - starts[batch]
            number = np.repeat(np.arange(len(batch)), lengths)
            at = np.arange(len(number)) + np.repeat(starts[batch] - np.cumsum(lengths) + lengths, lengths)
            scale = scales[batch]
            found = np.bincount(number, weights[features[at]], len(batch)) * scale + bias
            slope = error(found, wanted[batch])
            loss += float(np.abs(slope).sum())
            seen, place = np.unique(features[at], return_inverse=True)
            gradient = np.bincount(place, (slope * scale)[number], len(seen)) / 8 + _DECAY * weights[seen]
            squares[seen] += gradient**2
            weights[seen] -= rate * gradient / np.sqrt(squares[seen])
            if has_bias:
                mean = float(slope.mean())
                bias_square += mean**2
                bias -= 0.3 * rate * mean / bias_square**0.5
        progress(f"epoch {epoch + 1}: mean slope {loss / max(1, len(lines)):.4f}")
    met = np.bincount(features, minlength=count)
    weights = np.where(weights < 0.0, weights * met / (met + _DOUBT), weights)
    steps = (np.clip(np.rint(weights / UNIT), -127, 127) + 128).astype(np.uint8)
    return steps[: 1 << WORD_BITS].tobytes(), steps[1 << WORD_BITS :].tobytes(), bias
