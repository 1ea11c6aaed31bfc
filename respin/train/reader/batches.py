"""Examples in batches: spun afresh round by round, in several processes, shuffled and dealt out by length.

All that is drawn by lot hangs on the settings' seed and on the number of a round or document, so that a training
that goes on sees what it would have seen, with any number of processes.
"""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import count, islice
from multiprocessing import get_context
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.train.reader.examples import ExampleMaker, Examples, joined
from respin.train.reader.settings import ReaderSettings
from respin.train.reader.texts import training_documents

_JOB: Final = 64
"""Documents that a process spins at a time."""

Ints = NDArray[np.int64]
Numbered = tuple[int, list[str]]
"""A document behind its number."""


class Batch(NamedTuple):
    """Windows side by side, padded at their ends, and the spans and ways in them, end to end."""

    pieces: Ints
    flags: Ints
    """Shape (windows, longest window)."""
    lengths: Ints
    """Pieces of each window."""
    row: Ints
    first: Ints
    last: Ints
    """Of each span its window, and the pieces of that with which it begins and ends."""
    right: Ints
    keep: Ints
    """Of each span the way that is right, and that which keeps it: both among all ways."""
    span: Ints
    """Of each way the span."""
    costs: NDArray[np.float32]
    """What the channel says of each way."""
    way_first: Ints
    way_last: Ints
    """Of each way the first and the last of its pieces among all wordings."""
    wordings: Ints
    """The pieces of all ways."""
    way: Ints
    """Of each of these the way."""


class Batches:
    """Batches of some examples. Where what begins among them is found once, not for each batch."""

    def __init__(self, examples: Examples) -> None:
        self.examples = examples
        self._pieces, self._spans = _starts(examples.window_pieces), _starts(examples.window_spans)
        self._ways, self._wordings = _starts(examples.span_ways), _starts(examples.way_pieces)

    def of(self, windows: Ints) -> Batch:
        """Some windows as a batch, in this order."""
        examples = self.examples
        lengths = examples.window_pieces[windows]
        source = _ranges(self._pieces[windows], lengths)
        pieces = np.zeros((len(windows), int(lengths.max())), np.int64)
        flags = np.zeros_like(pieces)
        inside = np.arange(pieces.shape[1]) < lengths[:, None]
        pieces[inside], flags[inside] = examples.pieces[source], examples.flags[source]

        counts = examples.window_spans[windows]
        spans = _ranges(self._spans[windows], counts)
        sizes = examples.span_ways[spans]
        ways = _ranges(self._ways[spans], sizes)
        starts = _starts(sizes)
        way_lengths = examples.way_pieces[ways]
        way_first = _starts(way_lengths)
        return Batch(
            pieces,
            flags,
            lengths,
            np.repeat(np.arange(len(windows)), counts),
            examples.first[spans],
            examples.last[spans],
            starts + examples.right[spans],
            starts + sizes - 1,
            np.repeat(np.arange(len(spans)), sizes),
            examples.costs[ways],
            way_first,
            way_first + way_lengths - 1,
            examples.wordings[_ranges(self._wordings[ways], way_lengths)].astype(np.int64),
            np.repeat(np.arange(len(ways)), way_lengths),
        )


def dealt(examples: Examples, pieces: int, seed: int) -> list[Ints]:
    """The windows in batches of at most so many pieces, padding included, and at least one window each.

    A batch holds windows of about one length, of all those that there are; batches come in any order.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(examples.windows)
    order = order[np.argsort(examples.window_pieces[order], kind="stable")]
    batches = []
    start = 0
    sizes = examples.window_pieces[order]
    while start < len(order):
        end = start + 1
        # Sorted: the last window that comes in is the longest.
        while end < len(order) and (end + 1 - start) * sizes[end] <= pieces:
            end += 1
        batches.append(order[start:end])
        start = end
    return [batches[place] for place in random.permutation(len(batches))]


def rounds(
    texts: Sequence[str], settings: ReaderSettings, vocabulary: Sequence[str], processes: int = 1, first: int = 0
) -> Generator[tuple[int, Examples], None, None]:
    """The examples of each round behind its number, from the ``first`` one on, without end.

    While a round is used the next one is spun, if there is more than one process.

    Raises:
        InputError, TrainingError: a text can't be read or is too short.
    """
    size = settings.training.round
    numbered = enumerate(training_documents(texts, settings.spinning))
    documents = islice(numbered, first * size, None)
    if processes < 2:
        maker = ExampleMaker(settings, vocabulary)
        for number in count(first):
            yield number, maker.examples(islice(documents, size))
    with ProcessPoolExecutor(processes, get_context("spawn"), _start_process, (settings, vocabulary)) as pool:
        ahead = _submit(pool, islice(documents, size))
        try:
            for number in count(first):
                now, ahead = ahead, _submit(pool, islice(documents, size))
                yield number, joined([future.result() for future in now])
        finally:
            pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, documents: Iterator[Numbered]) -> list[Future[Examples]]:
    jobs = []
    while job := list(islice(documents, _JOB)):
        jobs.append(pool.submit(_examples, job))
    return jobs


_maker: ExampleMaker | None = None
"""Of this process."""


def _start_process(settings: ReaderSettings, vocabulary: Sequence[str]) -> None:
    global _maker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    _maker = ExampleMaker(settings, vocabulary)


def _examples(documents: Iterable[Numbered]) -> Examples:
    assert _maker is not None
    return _maker.examples(documents)


def _starts(sizes: Ints) -> Ints:
    """Where each of some parts begins that stand end to end."""
    return np.cumsum(sizes) - sizes


def _ranges(starts: Ints, sizes: Ints) -> Ints:
    """The numbers of some ranges, one range after the other."""
    return np.repeat(starts - _starts(sizes), sizes) + np.arange(int(sizes.sum()))
