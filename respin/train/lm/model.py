"""Train an n-gram model: text to counts to estimates to a pruned, quantised file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.errors import TrainingError
from respin.lm.ngram_model import BOS
from respin.train.corpus import Measure, TextProgress, read_lines, unmeasured
from respin.train.lm.arpa import write_arpa
from respin.train.lm.counts import Counter, RawCounts, bits_for
from respin.train.lm.encode import LINE_END, WordEncoder
from respin.train.lm.kneser_ney import Estimate, estimate
from respin.train.lm.model_file import file_size, widths_of, write_model
from respin.train.lm.prune import importance, prune, threshold_for
from respin.train.lm.vocabulary import choose_words, with_starts, word_numbers

Report = Callable[[str], None]
_PIECE: Final = 1 << 22

_DEFAULT_WORDS: Final = 65_536


@dataclass(frozen=True)
class ModelSettings:
    """How to train.

    ``order`` is 2 to 4; ``max_words`` the size of the vocabulary, 65,536 at most for order 4;
    ``min_count`` how often a word must occur to be in it; ``max_size`` the bytes of the file.
    """

    order: int = 4
    max_words: int = _DEFAULT_WORDS
    min_count: int = 3
    max_size: int = 40_000_000
    field: str = "text"


@dataclass
class Encoded:
    """Training texts as word numbers on disk, with how often each number occurs."""

    files: list[Path] = field(default_factory=list)
    spellings: list[str] = field(default_factory=list)
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def silent(message: str) -> None:
    del message


def encode_texts(
    texts: Sequence[str],
    folder: Path,
    settings: ModelSettings,
    progress: Report = silent,
    measure: Measure = unmeasured,
) -> Encoded:
    """Encode each text (a path, or ``-`` for standard input) into a file in ``folder``."""
    encoder = WordEncoder()
    reading = TextProgress(texts, measure)
    encoded = Encoded()
    for number, text in enumerate(texts):
        path = folder / f"{number}.words"
        counts = encoder.encode_file(read_lines(text, field=settings.field, reading=reading), path)
        progress(f"{text}: {int(counts[1:].sum()):,} words")
        counts = np.pad(counts, (0, max(len(encoded.counts) - len(counts), 0)))
        encoded.files.append(path)
        counts[: len(encoded.counts)] += encoded.counts
        encoded.counts = counts
    encoded.spellings = encoder.spellings
    encoded.counts = np.pad(encoded.counts, (0, len(encoded.spellings) - len(encoded.counts)))
    return encoded


def stream_pieces(path: Path) -> Iterator[NDArray[np.uint32]]:
    """The stream of a file in pieces of whole lines."""
    rest = np.zeros(0, np.uint32)
    with path.open("rb") as file:
        while len(piece := np.fromfile(file, np.uint32, _PIECE)):
            piece = np.concatenate((rest, piece))
            ends = np.flatnonzero(piece == LINE_END)
            cut = int(ends[-1]) + 1 if len(ends) else 0
            if cut:
                yield piece[:cut]
            rest = piece[cut:]


def count_ngrams(
    encoded: Encoded, vocabulary: list[str], order: int, folder: Path, measure: Measure = unmeasured
) -> RawCounts:
    """The n-grams of all encoded texts, in terms of ``vocabulary``; shards go to ``folder``."""
    total = sum(path.stat().st_size for path in encoded.files)
    done = 0
    numbers = word_numbers(encoded.spellings, vocabulary)
    bos = vocabulary.index(BOS)
    counter = Counter(order, bits_for(len(vocabulary), order), bos, folder)
    for path in encoded.files:
        for piece in stream_pieces(path):
            counter.add(with_starts(piece, numbers, bos))
            done += piece.nbytes
            measure(done, total)
    return counter.finish()


def estimate_texts(
    texts: Sequence[str], settings: ModelSettings, progress: Report = silent, measure: Measure = unmeasured
) -> Estimate:
    """The unpruned model of the texts. Raises `TrainingError` if they hold no words, InputError if unreadable."""
    with tempfile.TemporaryDirectory(prefix="respin-train-") as name:
        folder = Path(name)
        encoded = encode_texts(texts, folder, settings, progress, measure)
        vocabulary = choose_words(encoded.spellings, encoded.counts, settings.max_words, settings.min_count)
        progress(f"vocabulary: {len(vocabulary):,} of {len(encoded.spellings):,} spellings")
        raw = count_ngrams(encoded, vocabulary, settings.order, folder, measure)
    if not len(raw.keys):
        raise TrainingError("no words to train on")
    progress(f"counted {int(raw.counts.sum()):,} {settings.order}-grams, {len(raw.keys):,} distinct")
    return estimate(raw, vocabulary)


def shrink(full: Estimate, max_size: int, progress: Report = silent) -> Estimate:
    """Prune a model so that its file has at most ``max_size`` bytes. Raises `TrainingError` if none is so small."""
    top = len(full.orders)
    costs = [widths_of(n, top).slot / 8 for n in range(2, top + 1)]
    scores = importance(full, costs)
    threshold = threshold_for(scores, lambda ngrams: file_size(full.vocabulary, ngrams), max_size)
    if threshold == float("inf"):
        raise TrainingError(f"a vocabulary of {len(full.vocabulary):,} words does not fit in {max_size:,} bytes")
    pruned = prune(full, scores, threshold)
    for before, after in zip(full.orders, pruned.orders, strict=True):
        progress(f"{after.n}-grams: kept {len(after):,} of {len(before):,}")
    return pruned


def train(
    texts: Sequence[str],
    output: Path,
    settings: ModelSettings,
    *,
    arpa: Path | None = None,
    progress: Report = silent,
    measure: Measure = unmeasured,
) -> int:
    """Train a model on ``texts``, write it to ``output`` and return its size in bytes.

    With ``arpa`` also the same pruned model, unquantised, in the ARPA format. The same texts in
    the same order give the same bytes. Raises `TrainingError`, `respin.train.corpus.InputError`,
    `respin.train.lm.counts.TrainingError`.
    """
    full = estimate_texts(texts, settings, progress, measure)
    about: dict[str, Any] = {
        "discounts": {str(order.n): [round(d, 6) for d in order.discounts] for order in full.orders},
        "texts": [Path(text).name for text in texts],
        "words": int(full.orders[0].occurrences.sum()),
    }
    pruned = shrink(full, settings.max_size, progress)
    if arpa is not None:
        write_arpa(pruned, arpa)
        progress(f"wrote {arpa}")
    size = write_model(pruned, output, about)
    progress(f"wrote {output}: {size:,} bytes")
    return size
