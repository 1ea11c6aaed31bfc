"""Fit what a topic says of each word: which original a text of this topic had, and which not.

A log-linear model over the readings of a span that the decoder is in doubt about. A reading's
score is the decoder's own log posterior plus, for each word of it, the product of that word's
vector and the vector of the text. Text that is spun here tells which reading is right. With the
text's side fixed the loss is convex; the vectors are kept near those of the contexts, so that words
that were seen little stay sensible. Fitted by Adam (Kingma & Ba 2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.engine.article_memory import Names
from respin.engine.decoder import Decoder
from respin.engine.ngram_states import total_by
from respin.engine.repairer import Repairer
from respin.engine.topic import DocumentTopic, TopicModel
from respin.text.tokens import tokenize
from respin.train.spin import Spinner
from respin.train.weights.score import Gold, read_annotated

_CERTAIN: Final = 0.985
"""A span with a reading above this posterior teaches nothing."""
_KEPT_FLOOR: Final = 1e-4
_START: Final = 3.0
"""The vectors start as so many times those of the contexts."""
_PULL: Final = 0.5
"""How strongly they are held there."""
_BATCH: Final = 4096
_ROUNDS: Final = 10
_RATE: Final = 0.02
_COOLING: Final = 0.75


@dataclass
class TopicExamples:
    """Spans in doubt, each with its readings; keeping it is the last one. Lists end to end, for there are millions."""

    words: list[int] = field(default_factory=list)
    """Topic rows of the words of all readings, one after the other; -1 where a word has none."""
    word_counts: list[int] = field(default_factory=list)
    """Of each reading."""
    logs: list[float] = field(default_factory=list)
    """The decoder's log posterior of each reading."""
    reading_counts: list[int] = field(default_factory=list)
    """Of each span."""
    right: list[int] = field(default_factory=list)
    """Which reading of each span is right."""
    text: list[int] = field(default_factory=list)
    """The line of each span, counted through."""
    topics: list[NDArray[np.float32]] = field(default_factory=list)
    """The topic of each line."""


def collect(
    repairer: Repairer,
    topics: TopicModel,
    spinner: Spinner,
    documents: Iterable[list[str]],
    report: Callable[[str], None],
) -> TopicExamples:
    """Spin clean documents and note what the decoder is in doubt about.

    ``repairer`` must not use topics itself.
    """
    examples = TopicExamples()
    decoder = Decoder(repairer.model, repairer.weights, doubts=True)
    for number, document in enumerate(documents):
        annotated = [read_annotated(line) for line in spinner.document(document, number)]
        names, topic = Names(), DocumentTopic(topics)
        lattices = []
        states = []
        for text, _ in annotated:
            lattice = repairer.builder.build(text, names)
            names.learn(lattice.name_pairs)
            topic.read(lattice.keep)
            lattices.append(lattice)
            states.append(topic.vector * np.float32(topics.context_unit))
        for (text, golds), lattice, decoding, state in zip(
            annotated, lattices, decoder.search(lattices).choices([True] * len(lattices)), states, strict=True
        ):
            if not golds:
                continue
            for doubt in decoding.doubts:
                start, end = lattice.offsets(doubt.edges[0].start, doubt.edges[0].end)
                kept = max(_KEPT_FLOOR, 1 - sum(doubt.posteriors))
                if max(kept, *doubt.posteriors) > _CERTAIN:
                    continue
                heads = [edge.head or "" for edge in doubt.edges]
                right = _right_reading(golds, start, end, heads)
                if right is None:
                    continue
                readings = [*heads, text[start:end]]
                rows = [topics.rows_of(map(repairer.builder.words.id, tokenize(r))) for r in readings]
                for own, posterior in zip(rows, [*doubt.posteriors, kept], strict=True):
                    examples.words += own
                    examples.word_counts.append(len(own))
                    examples.logs.append(math.log(posterior))
                examples.reading_counts.append(len(readings))
                examples.right.append(right)
                examples.text.append(len(examples.topics))
            examples.topics.append(state)
        if number % 2000 == 1999:
            report(f"{number + 1:,} documents spun, {len(examples.right):,} spans in doubt")
    return examples


def _right_reading(golds: list[Gold], start: int, end: int, heads: list[str]) -> int | None:
    """Which reading of a span is right, the last one being to keep it; ``None`` if none is, or only part of it."""
    for gold in golds:
        if (gold.start, gold.end) == (start, end):
            wanted = gold.originals[0].lower()
            return next((index for index, head in enumerate(heads) if head.lower() == wanted), None)
        if gold.start < end and start < gold.end:
            return None
    return len(heads)


def fit_heads(
    examples: TopicExamples, contexts: NDArray[np.float32], report: Callable[[str], None], seed: int = 0
) -> NDArray[np.float32]:
    """A vector for each topic row. Every twelfth batch is held back, and its loss reported.

    Args:
        examples: of at least one span.
        contexts: vectors of the rows on the side of the text.
        report: told the losses, in nats a span.
        seed: of the order of the batches.
    """
    fitter = _Fitter(examples, contexts)
    random = np.random.default_rng(seed)
    held = fitter.batches[::12] if len(fitter.batches) > 12 else []
    tuned = [batch for batch in fitter.batches if batch not in held]
    report(f"{fitter.spans:,} spans; loss before {fitter.loss(held or tuned):.4f} nats a span")
    rate = _RATE
    for number in range(_ROUNDS):
        for index in random.permutation(len(tuned)).tolist():
            fitter.step(tuned[index], rate, len(tuned))
        rate *= _COOLING
        report(f"round {number + 1} of {_ROUNDS}: {fitter.loss(held or tuned):.4f}")
    return fitter.heads[:-1]


class _Forward(NamedTuple):
    """A batch under the parameters: spans, their readings, and the words of these."""

    shares: NDArray[np.float64]
    """Posterior of each reading."""
    right: NDArray[np.int64]
    """The right reading of each span."""
    words: NDArray[np.int64]
    reading: NDArray[np.int64]
    """Of each word."""
    topics: NDArray[np.float32]
    """Of each reading."""
    is_kept: NDArray[np.float64]
    logs: NDArray[np.float32]


class _Fitter:
    """Parameters, their moments, and the examples as arrays."""

    def __init__(self, examples: TopicExamples, contexts: NDArray[np.float32]) -> None:
        blank = np.zeros((1, contexts.shape[1]), np.float32)
        # The last row is that of words that have none.
        self._start = np.concatenate((_START * contexts, blank))
        self.heads = self._start.copy()
        self._first = np.zeros_like(self.heads)
        self._second = np.zeros_like(self.heads)
        self._trust, self._keep, self._steps = 1.0, 0.0, 0
        self._words = np.array(examples.words)
        self._word_ends = np.cumsum(examples.word_counts)
        self._logs = np.array(examples.logs, np.float32)
        self._ends = np.cumsum(examples.reading_counts)
        self._counts = np.array(examples.reading_counts)
        self._right = self._ends - self._counts + np.array(examples.right)
        self._text = np.array(examples.text)
        self._topics = np.array(examples.topics, np.float32)
        self.spans = len(self._ends)
        self.batches = [(low, min(low + _BATCH, self.spans)) for low in range(0, self.spans, _BATCH)]

    def _forward(self, batch: tuple[int, int]) -> _Forward:
        low, high = batch
        first, last = self._ends[low] - self._counts[low], self._ends[high - 1]
        span = np.repeat(np.arange(high - low), self._counts[low:high])
        word_first = self._word_ends[first - 1] if first else 0
        words = self._words[word_first : self._word_ends[last - 1]]
        counts = np.diff(self._word_ends[first:last], prepend=word_first)
        reading = np.repeat(np.arange(last - first), counts)
        topics = self._topics[self._text[low:high]][span]
        products = np.einsum("ij,ij->i", self.heads[words], topics[reading])
        scores = total_by(reading, products, last - first)
        is_kept = np.zeros(last - first)
        is_kept[self._ends[low:high] - 1 - first] = 1
        scores += self._trust * self._logs[first:last] + self._keep * is_kept
        starts = self._ends[low:high] - self._counts[low:high] - first
        shares = np.exp(scores - np.maximum.reduceat(scores, starts)[span])
        shares /= np.add.reduceat(shares, starts)[span]
        right = self._right[low:high] - first
        return _Forward(shares, right, words, reading, topics, is_kept, self._logs[first:last])

    def loss(self, batches: Iterable[tuple[int, int]]) -> float:
        """Mean of -ln P of the right readings."""
        losses = [self._loss(batch) for batch in batches]
        return float(np.concatenate(losses).mean())

    def _loss(self, batch: tuple[int, int]) -> NDArray[np.float64]:
        ahead = self._forward(batch)
        likelihood: NDArray[np.float64] = ahead.shares[ahead.right] + 1e-9
        return -np.log(likelihood)

    def step(self, batch: tuple[int, int], rate: float, batches: int) -> None:
        """Go down the gradient of one batch."""
        shares, right, words, reading, topics, is_kept, logs = self._forward(batch)
        error = shares
        error[right] -= 1
        slope = np.zeros_like(self.heads)
        np.add.at(slope, words, (error[:, None] * topics)[reading].astype(np.float32))
        slope += _PULL / batches * (self.heads - self._start)
        slope[-1] = 0
        spans = len(right)
        # How far the decoder is trusted, and a leaning to keep, are fitted beside, and dropped.
        self._trust -= 0.02 * float(error @ logs) / spans
        self._keep -= 0.05 * float(error @ is_kept) / spans
        self._steps += 1
        self._first += 0.1 * (slope - self._first)
        self._second += 0.01 * (slope * slope - self._second)
        mean = self._first / (1 - 0.9**self._steps)
        spread = self._second / (1 - 0.99**self._steps)
        self.heads -= rate * mean / (np.sqrt(spread) + 1e-3)


def in_documents(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    """Consecutive lines as documents of so many."""
    document: list[str] = []
    for line in lines:
        document.append(line.rstrip("\n"))
        if len(document) == size:
            yield document
            document = []
    if document:
        yield document
