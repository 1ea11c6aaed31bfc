"""Vectors of words by the company they keep: what a topic is made of.

Two words are close if they stand in the same paragraphs more often than chance has it. Counted is
in how many paragraphs two words occur together; of the positive pointwise mutual information
(Bullinaria & Levy 2007) the largest eigenvectors are taken (Levy & Goldberg 2014), by subspace
iteration on a random start (Halko, Martinsson & Tropp 2011).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.lm.ngram_model import Model

SIZE: Final = 24_576
"""Words that have a vector. The square of it is held as 32-bit numbers: 2.4 GB."""
_TOO_COMMON: Final = 120
"""So many of the most frequent words say nothing of a topic."""
_MIN_TOGETHER: Final = 4
"""Fewest paragraphs in which two words stand together for that to count."""
_ROUNDS: Final = 5
_SPARE: Final = 16
_BLOCK: Final = 1024

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Contexts:
    """``vectors`` are the vectors of all rows, ``mean`` is that of an average word of text.

    The product of two vectors approximates the mutual information of the words, in nats.
    """

    vectors: Vectors
    mean: NDArray[np.float32]


def topic_rows(model: Model, occurrences: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row of each model word: the most frequent ones that are letters, but for the very commonest.

    Words that hardly occur in the text that is learnt from have none.
    """
    count = model.vocabulary_size
    alone = model.score(np.full((count, model.order - 1), -1, np.int32), np.arange(count, dtype=np.int32))
    rows = np.full(count, -1, np.int64)
    ranked = [
        word_id
        for word_id in np.argsort(-alone, kind="stable").tolist()
        if model.word(word_id).isalpha()  # no class is
    ]
    chosen = [word_id for word_id in ranked[_TOO_COMMON : _TOO_COMMON + SIZE] if occurrences[word_id] >= _MIN_TOGETHER]
    rows[chosen] = np.arange(len(chosen))
    return rows


class PairCounts:
    """In how many paragraphs words stand, each by itself and two together."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._together = np.zeros(size * size, np.float32)
        self.alone = np.zeros(size, np.int64)
        self.paragraphs = 0

    def add(self, rows: NDArray[np.int64], ends: NDArray[np.bool_]) -> None:
        """Count whole paragraphs: the row of each word, -1 for none, and where a paragraph ends."""
        paragraph: NDArray[np.int64] = np.cumsum(ends) - ends
        self.paragraphs += int(ends.sum())
        has = rows >= 0
        keys = np.unique(paragraph[has] * self._size + rows[has])
        paragraph, rows = keys // self._size, keys % self._size
        self.alone += np.bincount(rows, minlength=self._size)
        for step in range(1, len(rows)):
            same: NDArray[np.bool_] = paragraph[step:] == paragraph[:-step]
            if not same.any():
                break
            np.add.at(self._together, rows[:-step][same] * self._size + rows[step:][same], np.float32(1))

    def information(self) -> Vectors:
        """Positive pointwise mutual information of each two words, in nats. The counts are used up."""
        together = self._together.reshape(self._size, self._size)
        # Rows ascend within a paragraph: each pair was counted on one side of the diagonal only.
        for first in range(0, self._size, _BLOCK):
            for second in range(first, self._size, _BLOCK):
                above = together[first : first + _BLOCK, second : second + _BLOCK]
                below = together[second : second + _BLOCK, first : first + _BLOCK]
                both = above + below.T if first != second else np.triu(above, 1) + np.triu(above, 1).T
                above[:] = both
                below[:] = both.T
        expected = self.alone.astype(np.float32) / max(1, self.paragraphs)
        for row in range(self._size):
            counts = together[row]
            enough = counts >= _MIN_TOGETHER
            chance = expected[row] * self.alone[enough]
            counts[~enough] = 0
            counts[enough] = np.maximum(np.log((counts[enough] - 0.5) / chance), 0)
        return together


def principal_vectors(matrix: Vectors, dimensions: int, seed: int = 0) -> Vectors:
    """Vectors whose products approximate a symmetric matrix, from its largest eigenvalues above 0."""
    width = min(dimensions + _SPARE, len(matrix))
    basis = np.random.default_rng(seed).standard_normal((len(matrix), width), np.float32)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(matrix @ basis)[0]
    values, turns = np.linalg.eigh(basis.T @ (matrix @ basis))
    best = np.argsort(-values)[:dimensions]
    vectors = (basis @ turns[:, best]) * np.sqrt(np.maximum(values[best], 0))
    return np.pad(vectors, ((0, 0), (0, dimensions - vectors.shape[1]))).astype(np.float32)


def learn_contexts(
    rows: NDArray[np.int64], streams: Iterable[tuple[NDArray[np.int32], NDArray[np.bool_]]], dimensions: int
) -> Contexts:
    """Vectors of a model's words.

    Args:
        rows: of the words, from `topic_rows`.
        streams: model word ids of whole paragraphs, and where a paragraph ends.
        dimensions: length of the vectors.
    """
    counts = PairCounts(int(rows.max()) + 1)
    for ids, ends in streams:
        counts.add(rows[ids], ends)
    vectors = principal_vectors(counts.information(), dimensions)
    share = counts.alone / max(1, counts.alone.sum())
    return Contexts(vectors, (share @ vectors).astype(np.float32))
