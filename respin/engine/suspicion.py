"""Does a line look as if a thesaurus had been at work? A cheap question, so that hardly any clean line is read twice.

To read a line with the lattice of another family costs more than all the rest. So its words, and pairs of words
that follow each other, are first weighed: each adds its log odds of standing in such a line, learned by logistic
regression from text that was spun here, against clean and newsroom text (`respin.train.suspicion`). Sums are of
whole numbers, so batches make no difference.

File: a container of `respin.lm.container` with the sections ``words`` (a weight for each word of the language
model) and ``pairs`` (a weight for each of 2^n slots that pairs of words fall into), in steps of ``step`` nats.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.errors import ModelError
from respin.lm.container import Container, read_container

KIND: Final = Container(b"RESPINSU", 1, "table of suspicions")
SHIPPED: Final = Path(__file__).parent.parent / "data" / "news.respin-suspicions"

_FACTORS: Final = (np.uint32(2_654_435_761), np.uint32(2_246_822_519), np.uint32(3_266_489_917))


class Suspicion:
    """Weights of words and of pairs of words for one language model."""

    def __init__(self, header: dict[str, Any], sections: dict[str, NDArray[Any]]) -> None:
        self.words_checksum = int(header["words_checksum"])
        self._step, self._bias = float(header["step"]), int(header["bias"])
        self._words = sections["words"].astype(np.int8)  # as narrow as can be: it is to stay in the processor's cache
        self._pairs = sections["pairs"].astype(np.int8)
        bits = len(self._pairs).bit_length() - 1
        if not len(self._words) or len(self._pairs) != 1 << bits or not np.isfinite(self._step):
            raise ValueError("weights")
        self._shift = np.uint32(32 - bits)

    @classmethod
    def open(cls, path: str | Path = SHIPPED) -> Suspicion:
        """Read a file.

        Raises:
            ModelError: it can't be read, or is no intact table of a known version.
        """
        header, sections = read_container(path, KIND)
        try:
            return cls(header, sections)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise ModelError(f"{path}: corrupt table of suspicions: its header makes no sense") from None

    def of(self, lines: Sequence[Sequence[int]]) -> list[float]:
        """Log odds of each line that a thesaurus was at work in it, nats.

        Args:
            lines: the model's word ids of each.
        """
        sizes = [len(line) for line in lines]
        ids = np.fromiter(chain.from_iterable(lines), np.uint32, sum(sizes))
        if not len(ids):
            return [self._bias * self._step] * len(lines)
        bounds = list(accumulate(sizes, initial=0))
        weights = self._words.take(ids, mode="clip")
        pairs = self._pairs.take(slots(ids, self._shift))
        pairs[[end - 1 for end in bounds if 0 < end < len(ids)]] = 0  # no pair reaches from one line into the next
        sums = weights.cumsum(dtype=np.int64)
        sums[1:] += pairs.cumsum(dtype=np.int64)
        totals = [0, *sums.tolist()]
        step, bias = self._step, self._bias
        return [(totals[end] - totals[first] + bias) * step for first, end in pairwise(bounds)]


def slots(ids: NDArray[np.uint32], shift: np.uint32) -> NDArray[np.uint32]:
    """The slot of each pair of words that follow each other: shape (words - 1,)."""
    mixed: NDArray[np.uint32] = (ids[:-1] * _FACTORS[0]) ^ (ids[1:] * _FACTORS[1])
    mixed *= _FACTORS[2]
    return mixed >> shift


def shipped_suspicion(words_checksum: int) -> Suspicion | None:
    """The shipped table; ``None`` for a language model that has other words than the shipped one.

    Raises:
        ModelError: the file can't be read.
    """
    suspicion = Suspicion.open()
    return suspicion if suspicion.words_checksum == words_checksum else None
