"""The search graph over the lattices of many lines, as arrays.

Only the stretches around candidate edges are searched: elsewhere all readings agree, and the
model's scores cancel. Such a stretch is a *segment*; it reaches as far behind its last edge as
the model remembers. The graph of a segment has a node for each pair of a position and an n-gram
state (the last words that a reading has there), and an arc for each edge out of each node.

A node's state is made of the last few edges only. So the nodes of all positions of all segments
are found together, without walking through them: all states of one word, then of two, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.engine.lattice import Lattice, Readings, Span
from respin.engine.ngram_states import Edges, Floats, Ints, States, total_by, word_bits
from respin.engine.topic import DIMENSIONS
from respin.engine.weights import Weights

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

MAX_ARCS: Final = 1 << 18
"""Most arcs of a graph. It bounds memory; lines of prose have a few tens of arcs a word."""


@dataclass(slots=True)
class Segments:
    """The stretches of some lines that are searched."""

    line: Ints
    """Which lattice each is part of."""
    first: Ints
    """Its first token, counted in its line."""
    length: Ints
    """Its tokens; the end of the line counts as one."""


@dataclass(slots=True)
class Graph:
    """Nodes, level by level, and the arcs between them, in the order of their sources.

    Level n is n tokens into each segment. On a level the nodes of a segment stand together, and
    those of segments that end there stand last.
    """

    segments: Segments
    levels: Ints
    """The first node of each level, and the number of all nodes."""
    inner: Ints
    """On each level, the end of the nodes from which it goes on."""
    segment: Ints
    """Of each node."""
    final: tuple[Ints, Ints]
    """First and end of the nodes at the end of each segment."""
    source: Ints
    target: Ints
    score: Floats
    """Log score of each arc: its words under the model, and the channel's cost."""
    candidate: Ints
    """Which reading of all spans each arc is, counted through all lattices; negative if it keeps a token."""
    kept: Floats
    """Log score of the reading of each segment that keeps all tokens."""
    spans: Sequence[Span]
    """Of all lattices."""
    span_line: Ints
    """Which lattice each span is part of."""
    span_candidates: Ints
    """The first candidate of each span, and the number of all candidates."""

    def part(self, wanted: NDArray[np.bool_]) -> Graph:
        """The graph of some of the segments; segments keep their numbers."""
        has = wanted[self.segment]
        before = np.append(0, np.cumsum(has))
        arcs = has[self.source]
        return Graph(
            self.segments,
            before[self.levels],
            before[self.inner],
            self.segment[has],
            (before[self.final[0]], before[self.final[1]]),
            before[self.source[arcs]],
            before[self.target[arcs]],
            self.score[arcs],
            self.candidate[arcs],
            self.kept,
            self.spans,
            self.span_line,
            self.span_candidates,
        )


class _Places:
    """Numbers for the positions in segments: level by level, the longest segments first."""

    def __init__(self, length: Ints) -> None:
        self._by_length = np.argsort(-length, kind="stable")
        self._rank = np.empty_like(self._by_length)
        self._rank[self._by_length] = np.arange(len(length))
        self._active = len(length) - np.searchsorted(length[self._by_length[::-1]], np.arange(int(length.max()) + 2))
        """How many segments reach each level."""
        self.start = np.append(0, np.cumsum(self._active[:-1]))
        """The first place of each level, and the number of all places."""

    def number(self, segment: Ints, level: Ints) -> Ints:
        return self.start[level] + self._rank[segment]

    @property
    def inner(self) -> Ints:
        """On each level, the end of the places from which it goes on."""
        return self.start[:-1] + self._active[1:]

    @property
    def segment(self) -> Ints:
        """Of each place."""
        _, rank = ragged(self._active[:-1])
        return self._by_length[rank]


def ragged(counts: Ints) -> tuple[Ints, Ints]:
    """For groups of these sizes, laid end to end: each member's group, and its number in that."""
    group = np.repeat(np.arange(len(counts)), counts)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(counts) - counts, counts)


class GraphBuilder:
    """Builds graphs, and has the model score all words of a graph at once."""

    def __init__(self, model: Model, weights: Weights) -> None:
        self._model, self._weight, self._unknown = model, weights.model, weights.unknown
        self._reach = model.order - 1
        self.max_places = 1 << (63 - word_bits(model) * self._reach)
        """Most places of a graph: their numbers share 63 bits with the words of a state."""

    def build(self, lattices: Sequence[Lattice]) -> Graph | None:
        """The graph of some lattices, ``None`` if it would be too large: fewer will do.

        What else is in the batch has no influence on the scores of a line. A lattice that is too
        large alone is thinned out.
        """
        reach = self._reach
        # The words of all lines, each with its start and end marks.
        words: list[int] = []
        unknown: list[int] = []
        offsets, counts, lengths = [], [], []
        for lattice in lattices:
            words += [self._model.bos] * reach
            offsets.append(len(words))
            unknown += [len(words) + index for index, word in enumerate(lattice.words) if word.unknown]
            words += lattice.keep
            words.append(self._model.eos)
            counts.append(len(lattice.spans))
            lengths.append(len(lattice.keep) + 1)
        kept_words = np.array(words, np.int64)
        offset = np.array(offsets)
        spans = [span for lattice in lattices for span in lattice.spans]
        span_line = np.repeat(np.arange(len(lattices)), counts)
        span_start = np.array([span.start for span in spans]) + offset[span_line]
        span_end = np.array([span.end for span in spans]) + offset[span_line]
        line_end = offset + np.array(lengths)

        # Segments: spans that come within reach of each other belong together.
        end = np.minimum(span_end + reach, line_end[span_line])
        furthest = np.maximum.accumulate(end)
        begins = np.ones(len(spans), np.bool_)
        begins[1:] = span_start[1:] >= furthest[:-1]
        span_segment = np.cumsum(begins) - 1
        start = span_start[begins]
        length = furthest[np.append(np.flatnonzero(begins)[1:] - 1, -1)] - start
        line = span_line[begins]
        segments = Segments(line, start - offset[line], length)
        places = _Places(length)

        # Edges: those that keep a token first, then those of the spans; sorted by where they start.
        keep_segment, keep_level = ragged(length)
        keep_at = start[keep_segment] + keep_level
        costs = np.zeros(len(words))
        for lattice, at in zip(lattices, offsets, strict=True):
            for index, charge in lattice.charges.items():
                costs[at + index] = charge
        costs[np.array(unknown, np.int64)] += self._unknown
        keep_cost = costs[keep_at]
        readings = [span.readings for span in spans]
        sizes = np.array([len(r.all) for r in readings])
        edge_span = np.repeat(np.arange(len(spans)), sizes)
        rules = np.array([span.rule for span in spans])
        level = span_start - start[span_segment]
        from_place = places.number(span_segment, level)[edge_span]
        to_place = places.number(span_segment, span_end - start[span_segment])[edge_span]
        keeps = len(keep_at)
        source = np.concatenate((places.number(keep_segment, keep_level), from_place))
        order = np.argsort(source, kind="stable")
        source = source[order]
        target = np.concatenate((places.number(keep_segment, keep_level + 1), to_place))[order]
        span_cost = _joined([r.costs for r in readings], np.float64) + rules[edge_span]
        if any(lattice.topic is not None for lattice in lattices):
            span_cost += _topic_scores(lattices, readings, span_line[edge_span])
        cost = np.concatenate((keep_cost, span_cost))
        cost = cost[order]
        edge_words = np.concatenate((kept_words[keep_at], _joined([r.words for r in readings], np.int32)))
        size = np.concatenate((np.ones(keeps, np.int64), _joined([r.lengths for r in readings], np.int32)))
        first_word = (np.cumsum(size) - size)[order]
        size = size[order]

        edges = Edges(source, target, size, first_word, edge_words, int(places.start[-1]))
        arcs = total_by(line[places.segment], edges.arcs(reach, len(start)), len(lattices))
        crowded = np.flatnonzero(arcs > MAX_ARCS).tolist()
        if crowded:
            for index in crowded:
                lattices[index].thin()
            return self.build(lattices)
        if arcs.sum() > MAX_ARCS and len(lattices) > 1:
            return None

        opening = places.number(np.arange(len(start)), np.zeros(len(start), np.int64))
        states = States(edges, opening, [kept_words[start - back] for back in range(1, reach + 1)], self._model)
        score = states.score(self._weight, cost)

        # The reading that keeps every token; of the edges at a place, that which keeps it comes first.
        before = [kept_words[keep_at - back] for back in range(1, reach + 1)]
        keep_arc = states.first_arc[states.nodes(places.number(keep_segment, keep_level), before)]
        kept = total_by(keep_segment, score[keep_arc], len(start))

        place = states.place
        last = places.number(np.arange(len(start)), length)
        return Graph(
            segments,
            np.searchsorted(place, places.start),
            np.searchsorted(place, places.inner),
            places.segment[place],
            (np.searchsorted(place, last), np.searchsorted(place, last + 1)),
            states.source,
            states.target,
            score,
            (order - keeps)[states.edge],
            kept,
            spans,
            span_line,
            np.append(0, np.cumsum(sizes)),
        )


def _topic_scores(lattices: Sequence[Lattice], readings: list[Readings], line: Ints) -> Floats:
    """What the topic of its line says of each reading, nats."""
    none = np.zeros(DIMENSIONS, np.float32)
    topics = np.array([none if lattice.topic is None else lattice.topic for lattice in lattices])
    steps = np.array([lattice.topic_step for lattice in lattices])
    vectors = _joined([r.topics for r in readings], np.float32).reshape(-1, DIMENSIONS)
    # Sums of whole numbers, so exact: no order of adding up gives another result.
    products: Floats = np.einsum("ij,ij->i", vectors, topics[line]).astype(np.float64)
    products *= steps[line]
    return products


def _joined(pieces: list[bytes], kind: type) -> NDArray[Any]:
    return np.frombuffer(b"".join(pieces), kind)
