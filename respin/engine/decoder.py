"""Read lattices: which words were spun, and was this line spun at all?

A noisy channel, decoded. Two hypotheses compete for a line: it was spun (then an original
``o`` scores P(o) · P(spun | o), summed over all readings), or it was never spun (then it
scores P(line) as it stands). Within the spun hypothesis the forward-backward algorithm
(Baum & Petrie 1966; here over the word lattice with the n-gram state) gives each edge's
posterior probability; times the probability that the line was spun it is the confidence.

All lines of a batch are walked through together, level by level (see `respin.engine.search_graph`). The
evidence needs the forward sums only; what else there is to know is found only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.engine.lattice import Edge, Lattice
from respin.engine.ngram_states import Floats, Ints, total_by
from respin.engine.search_graph import Graph, GraphBuilder, ragged
from respin.engine.weights import Weights

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

_MAX_TOKENS: Final = 1 << 13
"""Most tokens that are decoded together. It bounds memory and has no influence on the results."""
_NOTICEABLE: Final = 0.003
"""Posterior from which on a reading is handed on to a second opinion."""
_NEGLIGIBLE: Final = -14.0
"""Log posterior below which an arc does not count."""


class Choice(NamedTuple):
    """An edge that the decoder chose, with its rivals.

    ``posterior`` in [0, 1] is the probability of the edge given that the line was spun;
    ``rivals`` are other readings of the very same span (``None``: keep it) with theirs, likeliest first.
    """

    edge: Edge
    posterior: float
    rivals: tuple[tuple[str | None, float], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A span that may be read in several ways, whether or not the best reading changes it.

    ``edges`` are its edges with a noticeable posterior, ``posteriors`` theirs, each in [0, 1] given that
    the line was spun. What is missing to 1 is the probability that the span is kept, or read otherwise.
    """

    edges: tuple[Edge, ...]
    posteriors: tuple[float, ...]

    @property
    def best(self) -> float:
        """Posterior of the likeliest way, keeping the span included."""
        return max(*self.posteriors, 1.0 - sum(self.posteriors))


@dataclass(frozen=True, slots=True)
class Decoding:
    """The best spun reading of a line, and how far the line speaks for having been spun.

    ``evidence`` is ln P(line | spun) - ln P(line | never spun), in nats.
    """

    choices: tuple[Choice, ...]
    evidence: float
    doubts: tuple[Doubt, ...] = ()
    """Only where they were asked for."""


class Decoder:
    """Decodes lattices in batches, so that the model is asked once for many lines.

    With ``doubts`` its decodings say of every span how it may be read, for a second opinion.
    """

    def __init__(self, model: Model, weights: Weights, *, doubts: bool = False) -> None:
        self.model = model
        self.weights = weights
        self._doubts = doubts
        self._graphs = GraphBuilder(model, weights)

    def decode(
        self, lattices: Sequence[Lattice], is_wanted: Callable[[int, float], bool] = lambda index, evidence: True
    ) -> list[Decoding]:
        """One decoding for each lattice, in order. The batch makes no difference to the results.

        Args:
            lattices: of any number of lines.
            is_wanted: asked for each lattice, in order, with its index and evidence: whether its
                choices are needed. A decoding without them has none.
        """
        decodings: list[Decoding] = []
        for part in self._parts(lattices):
            first = len(decodings)
            decodings += self._decode(part, lambda index, evidence: is_wanted(first + index, evidence))  # noqa: B023
        return decodings

    def _parts(self, lattices: Sequence[Lattice]) -> Iterator[Sequence[Lattice]]:
        # A segment has one place more than tokens, and two tokens at least.
        most = min(_MAX_TOKENS, self._graphs.max_places // 2)
        first = tokens = 0
        for index, lattice in enumerate(lattices):
            size = len(lattice.keep) + 1
            if index > first and tokens + size > most:
                yield lattices[first:index]
                first, tokens = index, 0
            tokens += size
        yield lattices[first:]

    def _decode(self, lattices: Sequence[Lattice], is_wanted: Callable[[int, float], bool]) -> list[Decoding]:
        searched = [index for index, lattice in enumerate(lattices) if lattice.spans]
        graph = self._graphs.build([lattices[index] for index in searched]) if searched else None
        if searched and graph is None:
            half = len(lattices) // 2
            return [
                *self._decode(lattices[:half], is_wanted),
                *self._decode(lattices[half:], lambda index, evidence: is_wanted(half + index, evidence)),
            ]
        # A head that survived speaks against the line, what readings gain over keeping all speaks for it.
        evidence = [sum(lattice.charges.values()) for lattice in lattices]
        if graph is not None:
            sums = Sums(graph)
            gains = total_by(graph.segments.line, sums.total - graph.kept, len(searched))
            for index, gain in zip(searched, gains.tolist(), strict=True):
                evidence[index] += gain
        wanted = [is_wanted(index, value) and bool(lattices[index].spans) for index, value in enumerate(evidence)]
        choices: dict[int, list[Choice]] = {}
        doubts: dict[int, list[Doubt]] = {}
        if graph is not None and any(wanted):
            part = sums.part(np.array(wanted)[np.array(searched)[graph.segments.line]])
            for line, choice in part.choices():
                choices.setdefault(searched[line], []).append(choice)
            if self._doubts:
                for line, doubt in part.doubts():
                    doubts.setdefault(searched[line], []).append(doubt)
        return [
            Decoding(tuple(choices.get(index, ())), value, tuple(doubts.get(index, ())))
            for index, value in enumerate(evidence)
        ]


class Sums:
    """Sums and maxima over the readings of the segments of a graph, in the log domain.

    ``forward``, where it is known already: the log sum over the ways to each node.
    """

    def __init__(self, graph: Graph, forward: Floats | None = None) -> None:
        self._graph = graph
        # Arcs by target, those of one target in the order of their sources.
        self._order = np.argsort(graph.target, kind="stable")
        self._source, self._target = graph.source[self._order], graph.target[self._order]
        self._score = graph.score[self._order]
        self._first_in = _firsts(graph.target, int(graph.levels[-1]))
        if forward is None:
            forward = np.zeros(graph.levels[-1])
            for nodes in _ranges(graph.levels[1:-1], graph.levels[2:]):
                _add_up(forward, nodes, self._first_in, self._source, self._score, np.logaddexp)
        self._forward = forward
        first, end = graph.final
        final, number = ragged(end - first)
        self.total = np.full(len(first), -np.inf)
        """Log sum over all readings of each segment."""
        np.logaddexp.at(self.total, final, forward[first[final] + number])

    def part(self, wanted: NDArray[np.bool_]) -> Sums:
        """The sums of some of the segments."""
        if wanted.all():
            return self
        return Sums(self._graph.part(wanted), self._forward[wanted[self._graph.segment]])

    def choices(self) -> Iterator[tuple[int, Choice]]:
        """The edges of the best readings, from left to right, each with its line."""
        graph = self._graph
        path = self._best_candidates()
        places = np.searchsorted(graph.span_candidates, path, side="right") - 1
        firsts, lines = graph.span_candidates[places].tolist(), graph.span_line[places].tolist()
        posteriors = self._posteriors.tolist()
        for candidate, place, first, line in zip(path.tolist(), places.tolist(), firsts, lines, strict=True):
            start, end, readings, rule = graph.spans[place]
            head, words, cost, profile, reason, _ = readings.all[candidate - first]
            share = posteriors[candidate]
            count = len(readings.all)
            rivals: list[tuple[str | None, float]]
            if count == 1:
                rivals = [(None, max(0.0, 1.0 - share))]
            else:
                shares = posteriors[first : first + count]
                rivals = [
                    (other, p) for (other, *_), p in zip(readings.all, shares, strict=True) if p and other != head
                ]
                rivals.append((None, max(0.0, 1.0 - sum(shares))))
                rivals.sort(key=_second, reverse=True)
            edge = Edge(start, end, head, words, cost + rule, profile, reason)
            yield line, Choice(edge, min(1.0, share), tuple(rivals))

    def doubts(self) -> Iterator[tuple[int, Doubt]]:
        """The ways to read each span that some reading may change, each with its line."""
        graph = self._graph
        posteriors = iter(self._posteriors.tolist())
        for (start, end, readings, rule), line in zip(graph.spans, graph.span_line.tolist(), strict=True):
            shares = [(reading, next(posteriors)) for reading in readings.all]
            ways = [(reading, share) for reading, share in shares if share >= _NOTICEABLE]
            if ways:
                edges = tuple(Edge(start, end, r.head, r.words, r.cost + rule, r.profile, r.reason) for r, _ in ways)
                yield line, Doubt(edges, tuple(min(1.0, share) for _, share in ways))

    def _best_candidates(self) -> Ints:
        """The candidates on the best way through each segment, from left to right."""
        graph = self._graph
        best = np.zeros(graph.levels[-1])
        for nodes in _ranges(graph.levels[1:-1], graph.levels[2:]):
            _add_up(best, nodes, self._first_in, self._source, self._score, np.maximum)
        # The first of the arcs that reach a node with its best score.
        hits = np.flatnonzero(best[self._source] + self._score == best[self._target])[::-1]
        best_arc = np.zeros(len(best), np.int64)
        best_arc[self._target[hits]] = self._order[hits]
        came_from, candidate = graph.source[best_arc].tolist(), graph.candidate[best_arc].tolist()
        path = []
        inner = int(graph.levels[1])
        for first, end in zip(*(bounds.tolist() for bounds in graph.final), strict=True):
            if first < end:
                node = first + int(best[first:end].argmax())
                while node >= inner:
                    path.append(candidate[node])
                    node = came_from[node]
        return np.sort(np.array([number for number in path if number >= 0], np.int64))

    @cached_property
    def _posteriors(self) -> Floats:
        """Of each candidate, in [0, 1], rounding aside."""
        graph = self._graph
        backward = np.zeros(graph.levels[-1])
        first_out = _firsts(graph.source, len(backward))
        for nodes in reversed(list(_ranges(graph.levels[:-1], graph.inner))):
            _add_up(backward, nodes, first_out, graph.target, graph.score, np.logaddexp)
        shares = self._forward[graph.source] + graph.score + backward[graph.target]
        shares -= self.total[graph.segment[graph.source]]
        counted = (graph.candidate >= 0) & (shares > _NEGLIGIBLE)
        return total_by(graph.candidate[counted], np.exp(shares[counted]), int(graph.span_candidates[-1]))


_second: Final = itemgetter(1)


def _firsts(nodes: Ints, count: int) -> Ints:
    """With arcs in the order of one of their nodes: the first arc of each of ``count`` nodes, and the number of all."""
    return np.append(0, np.cumsum(np.bincount(nodes, minlength=count)))


def _ranges(first: Ints, end: Ints) -> Iterator[tuple[int, int]]:
    """Ranges that are not empty."""
    return ((low, high) for low, high in zip(first.tolist(), end.tolist(), strict=True) if low < high)


def _add_up(sums: Floats, nodes: tuple[int, int], first_arc: Ints, there: Ints, score: Floats, add: np.ufunc) -> None:
    """Set the sums of some nodes from those at the other ends of their arcs.

    Args:
        sums: of all nodes.
        nodes: first and end.
        first_arc: of each node; arcs are in the order of their nodes.
        there: the node at the other end of each arc.
        score: of each arc.
        add: how ways are added up.
    """
    low, high = nodes
    starts = first_arc[low : high + 1]
    first, last = starts[0], starts[-1]
    ways = sums[there[first:last]]
    ways += score[first:last]
    add.reduceat(ways, starts[:-1] - first, out=sums[low:high])
