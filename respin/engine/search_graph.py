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
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.engine.lattice import Lattice, LatticeSpan
from respin.engine.ngram_states import Doubles, Edges, Ints, States, order_by, total_by, word_bits
from respin.engine.weights import Weights

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

MAX_ARCS: Final = 1 << 18
"""Most arcs of a graph. It bounds memory; lines of prose have a few tens of arcs a word."""


class Segments(NamedTuple):
    """The stretches of some lines that are searched."""

    line: Ints
    """Which lattice each is part of."""
    first: Ints
    """Its first token, counted in its line."""
    length: Ints
    """Its tokens; the end of the line counts as one."""


class Graph(NamedTuple):
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
    language: Doubles
    """ln P of each arc's words under the model, nats."""
    channel: Doubles
    """What else each arc costs, nats: the channel, the rules, the topic, a head that was kept."""
    candidate: Ints
    """Which reading of all spans each arc is, counted through all lattices; negative if it keeps a token."""
    kept_language: Doubles
    """``language`` of the reading of each segment that keeps all tokens, summed."""
    kept_channel: Doubles
    """``channel`` of that reading, summed."""
    spans: Sequence[LatticeSpan]
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
            self.language[arcs],
            self.channel[arcs],
            self.candidate[arcs],
            self.kept_language,
            self.kept_channel,
            self.spans,
            self.span_line,
            self.span_candidates,
        )


class _Places:
    """Numbers for the positions in segments: level by level, the longest segments first."""

    def __init__(self, length: Ints) -> None:
        self.length = length
        """Of each segment."""
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


class _Text(NamedTuple):
    """The lines of a graph laid end to end, each between the marks of its start and its end."""

    words: Ints
    """The model's word ids: shape (words,)."""
    cost: Doubles
    """What keeping each costs a reading, nats: shape (words,)."""
    offset: Ints
    """Where the tokens of each line begin: shape (lines,)."""
    end: Ints
    """Where the end mark of each line ends: shape (lines,)."""

    @classmethod
    def of(cls, lattices: Sequence[Lattice], model: Model, unknown_cost: float) -> _Text:
        words: list[int] = []
        unknown: list[int] = []
        offsets, ends = [], []
        for lattice in lattices:
            words += [model.bos] * (model.order - 1)
            offsets.append(len(words))
            unknown += [len(words) + index for index, word in enumerate(lattice.words) if word.unknown]
            words += lattice.keep
            words.append(model.eos)
            ends.append(len(words))
        cost = np.zeros(len(words))
        for lattice, at in zip(lattices, offsets, strict=True):
            for index, charge in lattice.charges.items():
                cost[at + index] = charge
        cost[np.array(unknown, np.int64)] += unknown_cost
        return cls(np.array(words, np.int64), cost, np.array(offsets), np.array(ends))


class _Spans(NamedTuple):
    """The spans of a graph's lines, in order, with the segments that they fall into."""

    line: Ints
    """Which lattice each is part of: shape (spans,)."""
    start: Ints
    """Its first word in the text: shape (spans,)."""
    end: Ints
    segment: Ints
    """Its segment: shape (spans,)."""
    segment_start: Ints
    """The first word of each segment in the text: shape (segments,)."""
    segment_length: Ints
    segment_line: Ints

    @classmethod
    def of(cls, spans: Sequence[LatticeSpan], counts: Sequence[int], text: _Text, reach: int) -> _Spans:
        """Spans that come within the model's ``reach`` of each other belong to one segment."""
        line = np.repeat(np.arange(len(counts)), counts)
        start = np.array([span.start for span in spans]) + text.offset[line]
        end = np.array([span.end for span in spans]) + text.offset[line]
        furthest = np.maximum.accumulate(np.minimum(end + reach, text.end[line]))
        begins = np.ones(len(spans), np.bool_)
        begins[1:] = start[1:] >= furthest[:-1]
        first = start[begins]
        length = furthest[np.append(np.flatnonzero(begins)[1:] - 1, -1)] - first
        return cls(line, start, end, np.cumsum(begins) - 1, first, length, line[begins])


class GraphBuilder:
    """Builds graphs, and has the model score all words of a graph at once."""

    def __init__(self, model: Model, weights: Weights) -> None:
        self._model, self._unknown = model, weights.unknown
        self._reach = model.order - 1
        self.max_places = 1 << (63 - word_bits(model) * self._reach)
        """Most places of a graph: their numbers share 63 bits with the words of a state."""

    def build(self, lattices: Sequence[Lattice]) -> Graph | None:
        """The graph of some lattices, ``None`` if it would be too large: fewer will do.

        What else is in the batch has no influence on the scores of a line. A lattice that is too
        large alone is thinned out.
        """
        text = _Text.of(lattices, self._model, self._unknown)
        all_spans = [span for lattice in lattices for span in lattice.spans]
        spans = _Spans.of(all_spans, [len(lattice.spans) for lattice in lattices], text, self._reach)
        places = _Places(spans.segment_length)
        edges, cost, candidate = self._edges(lattices, all_spans, spans, text, places)

        arcs = total_by(spans.segment_line[places.segment], edges.arcs(self._reach, len(places.length)), len(lattices))
        crowded = np.flatnonzero(arcs > MAX_ARCS).tolist()
        if crowded:
            for index in crowded:
                lattices[index].thin()
            return self.build(lattices)
        if arcs.sum() > MAX_ARCS and len(lattices) > 1:
            return None

        states = self._states(edges, spans, text, places)
        language = states.score()
        channel = cost[states.edge]
        kept = self._kept(states, spans, text, places)
        number = np.arange(len(places.length))
        last = places.number(number, places.length)
        place = states.place
        return Graph(
            Segments(spans.segment_line, spans.segment_start - text.offset[spans.segment_line], spans.segment_length),
            np.searchsorted(place, places.start),
            np.searchsorted(place, places.inner),
            places.segment[place],
            (np.searchsorted(place, last), np.searchsorted(place, last + 1)),
            states.source,
            states.target,
            language,
            channel,
            candidate[states.edge],
            total_by(kept[0], language[kept[1]], len(number)),
            total_by(kept[0], channel[kept[1]], len(number)),
            all_spans,
            spans.line,
            np.append(0, np.cumsum([len(span.readings.all) for span in all_spans])),
        )

    def _edges(
        self, lattices: Sequence[Lattice], all_spans: Sequence[LatticeSpan], spans: _Spans, text: _Text, places: _Places
    ) -> tuple[Edges, Doubles, Ints]:
        """The edges by where they start, those that keep a token first; each one's cost and candidate.

        A candidate is a reading, counted through all spans; negative for an edge that keeps a token.
        """
        keep_segment, keep_level = ragged(places.length)
        keep_at = spans.segment_start[keep_segment] + keep_level
        readings = [span.readings for span in all_spans]
        edge_span = np.repeat(np.arange(len(readings)), [len(r.all) for r in readings])
        segment_start = spans.segment_start[spans.segment]
        source = np.concatenate(
            (
                places.number(keep_segment, keep_level),
                places.number(spans.segment, spans.start - segment_start)[edge_span],
            )
        )
        order = order_by(source)
        target = np.concatenate(
            (
                places.number(keep_segment, keep_level + 1),
                places.number(spans.segment, spans.end - segment_start)[edge_span],
            )
        )
        lengths = _joined([r.lengths for r in readings], np.int32)
        words = _joined([r.words for r in readings], np.int32)
        cost = _joined([r.costs for r in readings], np.float64)
        cost = cost + np.array([span.rule for span in all_spans])[edge_span]
        cost += _topic_scores(lattices, spans, text, edge_span, words, np.append(0, lengths.cumsum()))
        keeps = len(keep_at)
        size = np.concatenate((np.ones(keeps, np.int64), lengths))
        edges = Edges(
            source[order],
            target[order],
            size[order],
            (np.cumsum(size) - size)[order],
            np.concatenate((text.words[keep_at], words)),
            int(places.start[-1]),
        )
        return edges, np.concatenate((text.cost[keep_at], cost))[order], order - keeps

    def _states(self, edges: Edges, spans: _Spans, text: _Text, places: _Places) -> States:
        """The n-gram states; a segment opens with the words before it."""
        start = spans.segment_start
        opening = places.number(np.arange(len(start)), np.zeros(len(start), np.int64))
        before = [text.words[start - back] for back in range(1, self._reach + 1)]
        return States(edges, opening, before, self._model)

    def _kept(self, states: States, spans: _Spans, text: _Text, places: _Places) -> tuple[Ints, Ints]:
        """The arcs of the reading that keeps every token, each with its segment."""
        segment, level = ragged(places.length)
        at = spans.segment_start[segment] + level
        before = [text.words[at - back] for back in range(1, self._reach + 1)]
        # Of the edges at a place, that which keeps it comes first.
        return segment, states.first_arc[states.nodes(places.number(segment, level), before)]


def _topic_scores(
    lattices: Sequence[Lattice], spans: _Spans, text: _Text, span: Ints, words: NDArray[np.int32], first: Ints
) -> Doubles:
    """What the topics of their lines say of some readings, nats: shape (readings,).

    Args:
        span: of each reading.
        words: of all readings.
        first: the first word of each reading, and how many there are.
    """
    topics = lattices[0].topics
    if topics is None:
        return np.zeros(len(span))
    of_lines = [lattice.topic for lattice in lattices]
    last = np.searchsorted(spans.line[span], np.arange(len(lattices)), side="right")
    # All are whole numbers: no order of adding up gives another sum.
    read = np.add.reduceat(topics.products(words, of_lines, first[last].tolist()), first[:-1])
    kept = np.append(0.0, topics.products(text.words, of_lines, text.end.tolist()).cumsum())
    steps = np.array([lattice.topic_step for lattice in lattices])
    scores: Doubles = steps[spans.line[span]] * (read - (kept[spans.end] - kept[spans.start])[span])
    return scores


def _joined(pieces: list[bytes], kind: type) -> NDArray[Any]:
    return np.frombuffer(b"".join(pieces), kind)
