"""Write a model in the file format of `respin.lm.ngram_model`: quantise, build the tables, lay out the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.lm.container import write_container
from respin.lm.ngram_model import KIND
from respin.lm.ngram_table import Hashes, place_hash
from respin.train.lm.kneser_ney import Estimate, Order
from respin.train.lm.static_function import build, table_size

_HISTOGRAM: Final = 1 << 15
_HEADER_ROOM: Final = 5120
"""Bytes of the header, what is said about the model included, and of the alignment of the sections."""
_LLOYD_ROUNDS: Final = 200


class Widths(NamedTuple):
    """Bits of a slot, 16, 24 or 32 together: quantised ln P, back-off weight, fingerprint."""

    prob: int
    backoff: int
    fingerprint: int

    @property
    def value(self) -> int:
        """Bits below the fingerprint."""
        return self.prob + self.backoff

    @property
    def slot(self) -> int:
        """Bits of the slot."""
        return self.prob + self.backoff + self.fingerprint


# A false find of a longer n-gram needs true finds of its context and of its last words, so the
# bigrams have the longest fingerprints: they are looked up for every pair.
_BIGRAMS: Final = Widths(8, 8, 16)
_MIDDLE: Final = Widths(7, 5, 12)
_HIGHEST: Final = Widths(6, 0, 10)


def widths_of(n: int, order: int) -> Widths:
    """Bits of the slots of order ``n`` in a model of ``order``."""
    if n == 2:
        return _BIGRAMS
    return _HIGHEST if n == order else _MIDDLE


def file_size(vocabulary: Sequence[str], ngrams: Sequence[int]) -> int:
    """Bytes of a model file, never too few, with so many n-grams of each order from 2."""
    words = sum(len(word.encode("utf-8", "surrogateescape")) for word in vocabulary)
    size = _HEADER_ROOM + words + 12 * (len(vocabulary) + 1)
    for n, count in enumerate(ngrams, 2):
        widths = widths_of(n, len(ngrams) + 1)
        size += table_size(count) * widths.slot // 8 + 4 * ((1 << widths.prob) + (1 << widths.backoff))
    return size


def quantise(values: NDArray[np.float32], size: int) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """A code book of ``size`` values and the code of each value, by the method of Lloyd (1982).

    Minimises the mean square error; codes ascend with the values.
    """
    if not len(values):
        return np.zeros(size, np.float32), np.zeros(0, np.uint32)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.full(size, low, np.float32), np.zeros(len(values), np.uint32)
    mass, edges = np.histogram(values.astype(np.float64), _HISTOGRAM, (low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    total, moment = np.cumsum(mass), np.cumsum(mass * middles)
    # Start between equal steps and equal shares: the cube root of the density is near the optimum.
    share = np.cumsum(np.cbrt(mass))
    book = np.interp((np.arange(size) + 0.5) / size * share[-1], share, middles)
    for _ in range(_LLOYD_ROUNDS):
        cuts = np.searchsorted(middles, (book[1:] + book[:-1]) / 2)
        weight = np.diff(np.concatenate(([0], total[np.maximum(cuts - 1, 0)] * (cuts > 0), [total[-1]])))
        sums = np.diff(np.concatenate(([0], moment[np.maximum(cuts - 1, 0)] * (cuts > 0), [moment[-1]])))
        book = np.where(weight > 0, sums / np.maximum(weight, 1), book)
    book = np.sort(book)
    codes = np.searchsorted((book[1:] + book[:-1]) / 2, values).astype(np.uint32)
    return book.astype(np.float32), codes


def ngram_hashes(order: Order, bits: int) -> Hashes:
    """The sums of place hashes of the n-grams of an order."""
    mask = np.uint64((1 << bits) - 1)
    sums = np.zeros(len(order), np.uint64)
    for place in range(order.n):
        sums += place_hash((order.keys >> np.uint64(bits * place)) & mask, place)
    return sums


def _add_table(order: Order, widths: Widths, bits: int, sections: dict[str, NDArray[Any]]) -> dict[str, int]:
    n = order.n
    sections[f"probs{n}"], values = quantise(order.probs, 1 << widths.prob)
    if len(order.backoffs):
        # Code 0 is exactly 0: most n-grams are no context.
        is_context = order.backoffs != 0
        book, codes = quantise(order.backoffs[is_context], (1 << widths.backoff) - 1)
        sections[f"backoffs{n}"] = np.concatenate((np.zeros(1, np.float32), book))
        all_codes = np.zeros(len(order), np.uint32)
        all_codes[is_context] = codes + 1
        values |= all_codes << np.uint32(widths.prob)
    layout, table = build(ngram_hashes(order, bits), values, widths.value, widths.fingerprint)
    sections[f"slots{n}"] = table.astype(np.uint32 if widths.slot == 32 else np.uint16)
    if widths.slot == 24:
        sections[f"high_slots{n}"] = (table >> np.uint32(16)).astype(np.uint8)
    return {
        "ngrams": len(order),
        "prob_bits": widths.prob,
        "value_bits": widths.value,
        "slot_bits": widths.slot,
        **layout._asdict(),
    }


def write_model(estimate: Estimate, path: Path, about: dict[str, Any]) -> int:
    """Write a model file and return its size in bytes.

    ``about`` goes into the header as it is (JSON). The same model gives the same bytes.
    """
    encoded = [word.encode("utf-8", "surrogateescape") for word in estimate.vocabulary]
    first = estimate.orders[0]
    sections: dict[str, NDArray[Any]] = {
        "words": np.frombuffer(b"".join(encoded), np.uint8),
        "word_starts": np.concatenate(([0], np.cumsum([len(word) for word in encoded]))).astype(np.uint32),
        "probs1": first.probs,
        "backoffs1": first.backoffs,
    }
    top = len(estimate.orders)
    tables = {
        str(order.n): _add_table(order, widths_of(order.n, top), estimate.bits, sections)
        for order in estimate.orders[1:]
    }
    return write_container(path, KIND, {"order": top, "tables": tables, "about": about}, sections)
