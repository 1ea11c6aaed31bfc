"""The forward-backward algorithm and the best way through a search graph (Baum & Petrie 1966; Viterbi 1967)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.engine.choices import Choice, Doubt
from respin.engine.lattice import Edge
from respin.engine.ngram_states import Doubles, Ints, order_by, total_by
from respin.engine.readings import Reading
from respin.engine.search_graph import Graph, ragged

_NOTICEABLE: Final = 0.003
"""Posterior from which on a reading is handed on to a second opinion."""
_NEGLIGIBLE: Final = -14.0
"""Log posterior below which an arc does not count."""


class Sums:
    """Sums and maxima over the readings of the segments of a graph, in the log domain.

    Args:
        graph: where the readings are ways.
        score: of each arc, nats: shape (arcs,).
        forward: where it is known already, the log sum over the ways to each node: shape (nodes,).
    """

    def __init__(self, graph: Graph, score: Doubles, forward: Doubles | None = None) -> None:
        self.graph, self._arc_score = graph, score
        # Arcs by target, those of one target in the order of their sources.
        self._order = order_by(graph.target)
        self._source, self._target = graph.source[self._order], graph.target[self._order]
        self._score = score[self._order]
        self._first_in = _firsts(graph.target, int(graph.levels[-1]))
        self._forward = self._ways_to_nodes(np.logaddexp) if forward is None else forward
        first, end = graph.final
        final, number = ragged(end - first)
        self.total = np.full(len(first), -np.inf)
        """Log sum over all readings of each segment."""
        np.logaddexp.at(self.total, final, self._forward[first[final] + number])

    def _ways_to_nodes(self, add: np.ufunc) -> Doubles:
        """The ways to each node, added up: shape (nodes,)."""
        levels = self.graph.levels
        sums = np.zeros(levels[-1])
        _add_up(sums, (levels[1:-1], levels[2:]), self._first_in, self._source, self._score, add)
        return sums

    def part(self, wanted: NDArray[np.bool_]) -> Sums:
        """The sums of some of the segments."""
        if wanted.all():
            return self
        has = wanted[self.graph.segment]
        return Sums(self.graph.part(wanted), self._arc_score[has[self.graph.source]], self._forward[has])

    def choices(self) -> Iterator[tuple[int, Choice]]:
        """The edges of the best readings, from left to right, each with its line."""
        graph = self.graph
        path = self._best_candidates()
        places = np.searchsorted(graph.span_candidates, path, side="right") - 1
        firsts, lines = graph.span_candidates[places].tolist(), graph.span_line[places].tolist()
        posteriors = self._posteriors.tolist()
        for candidate, place, first, line in zip(path.tolist(), places.tolist(), firsts, lines, strict=True):
            start, end, readings, _ = graph.spans[place]
            chosen = readings.all[candidate - first]
            share = posteriors[candidate]
            count = len(readings.all)
            rivals: list[tuple[Reading | None, float]]
            if count == 1:
                rivals = [(None, max(0.0, 1.0 - share))]
            else:
                shares = posteriors[first : first + count]
                rivals = [
                    (other, p) for other, p in zip(readings.all, shares, strict=True) if p and other is not chosen
                ]
                rivals.append((None, max(0.0, 1.0 - sum(shares))))
                rivals.sort(key=_second, reverse=True)
            yield line, Choice(Edge(start, end, chosen), min(1.0, share), tuple(rivals))

    def doubts(self) -> Iterator[tuple[int, Doubt]]:
        """The ways to read each span that some reading may change, each with its line."""
        graph = self.graph
        posteriors = iter(self._posteriors.tolist())
        for (start, end, readings, _), line in zip(graph.spans, graph.span_line.tolist(), strict=True):
            shares = [(reading, next(posteriors)) for reading in readings.all]
            ways = [(reading, share) for reading, share in shares if share >= _NOTICEABLE]
            if ways:
                edges = tuple(Edge(start, end, reading) for reading, _ in ways)
                yield line, Doubt(edges, tuple(min(1.0, share) for _, share in ways))

    def _best_candidates(self) -> Ints:
        """The candidates on the best way through each segment, from left to right."""
        graph = self.graph
        best = self._ways_to_nodes(np.maximum)
        # The first of the arcs that reach a node with its best score.
        hits = np.flatnonzero(best[self._source] + self._score == best[self._target])[::-1]
        best_arc = np.zeros(len(best), np.int64)
        best_arc[self._target[hits]] = self._order[hits]
        came_from = graph.source[best_arc].tolist()
        path: list[int] = []
        inner = int(graph.levels[1])
        for first, end in zip(*(bounds.tolist() for bounds in graph.final), strict=True):
            if first < end:
                node = first + int(best[first:end].argmax())
                while node >= inner:
                    path.append(node)
                    node = came_from[node]
        candidates = graph.candidate[best_arc[np.array(path, np.int64)]]
        return np.sort(candidates[candidates >= 0])

    @cached_property
    def _posteriors(self) -> Doubles:
        """Of each candidate, in [0, 1], rounding aside."""
        graph = self.graph
        backward = np.zeros(graph.levels[-1])
        first_out = _firsts(graph.source, len(backward))
        levels = graph.levels[-2::-1], graph.inner[::-1]
        _add_up(backward, levels, first_out, graph.target, self._arc_score, np.logaddexp)
        shares = self._forward[graph.source] + self._arc_score + backward[graph.target]
        shares -= self.total[graph.segment[graph.source]]
        counted = (graph.candidate >= 0) & (shares > _NEGLIGIBLE)
        return total_by(graph.candidate[counted], np.exp(shares[counted]), int(graph.span_candidates[-1]))


_second: Final = itemgetter(1)


def _firsts(nodes: Ints, count: int) -> Ints:
    """With arcs in the order of one of their nodes: the first arc of each of ``count`` nodes, and the number of all."""
    return np.append(0, np.cumsum(np.bincount(nodes, minlength=count)))


def _add_up(
    sums: Doubles, levels: tuple[Ints, Ints], first_arc: Ints, there: Ints, score: Doubles, add: np.ufunc
) -> None:
    """Set the sums of the nodes of some levels, one level after the other, from those at the other ends of their arcs.

    Args:
        sums: of all nodes.
        levels: the first node of each, and its end: shape (levels,) each.
        first_arc: of each node; arcs are in the order of their nodes.
        there: the node at the other end of each arc.
        score: of each arc.
        add: how ways are added up.
    """
    ways = np.empty(len(score))
    arcs = (first_arc[nodes].tolist() for nodes in levels)
    for low, high, first, last in zip(*(nodes.tolist() for nodes in levels), *arcs, strict=True):
        if low < high:
            new = ways[first:last]
            sums.take(there[first:last], None, new, "clip")
            new += score[first:last]
            add.reduceat(ways[:last], first_arc[low:high], 0, None, sums[low:high])
