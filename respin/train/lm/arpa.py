"""Write a model in the ARPA format, the plain text that all n-gram toolkits read."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

import numpy as np

from respin.train.lm.kneser_ney import Estimate, Order

_SLICE: Final = 1 << 18
_LOG10: Final = float(np.log(10))


def _write_order(order: Order, estimate: Estimate, file: IO[str]) -> None:
    words = np.array(estimate.vocabulary, object)
    mask = np.uint64((1 << estimate.bits) - 1)
    file.write(f"\n\\{order.n}-grams:\n")
    for first in range(0, len(order), _SLICE):
        part = slice(first, first + _SLICE)
        keys = order.keys[part]
        shifts = [np.uint64(estimate.bits * place) for place in range(order.n - 1, -1, -1)]
        columns = [words[((keys >> shift) & mask).astype(np.int64)].tolist() for shift in shifts]
        ngrams = map(" ".join, zip(*columns, strict=True))
        probs = (order.probs[part] / _LOG10).tolist()
        if len(order.backoffs):
            backoffs = (order.backoffs[part] / _LOG10).tolist()
            lines = [f"{p:.7g}\t{g}\t{b:.7g}\n" for p, g, b in zip(probs, ngrams, backoffs, strict=True)]
        else:
            lines = [f"{p:.7g}\t{g}\n" for p, g in zip(probs, ngrams, strict=True)]
        file.write("".join(lines))


def write_arpa(estimate: Estimate, path: Path) -> None:
    """Write the model to an ARPA file: log10 probabilities and back-off weights, unquantised."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.write("\\data\\\n")
        for order in estimate.orders:
            file.write(f"ngram {order.n}={len(order)}\n")
        for order in estimate.orders:
            _write_order(order, estimate, file)
        file.write("\n\\end\\\n")
