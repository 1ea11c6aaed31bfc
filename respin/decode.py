"""Read a lattice: which words were spun, and was this line spun at all?

A noisy channel, decoded. Two hypotheses compete for a line: it was spun (then an original
``o`` scores P(o) · P(spun | o), summed over all readings), or it was never spun (then it
scores P(line) as it stands). Within the spun hypothesis the forward-backward algorithm
(Baum & Petrie 1966; here over the word lattice with the n-gram state) gives each edge's
posterior probability; times the probability that the line was spun it is the confidence.

Only the stretches around candidate edges are searched: elsewhere all readings agree, and
the model's scores cancel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from respin.lattice import Edge, Lattice
from respin.weights import Weights

if TYPE_CHECKING:
    from respin.model import Model

_BITS: Final = 20
"""Bits of a word id inside a packed n-gram state: three words fit into 60 bits."""
_WORD_MASK: Final = (1 << _BITS) - 1
_NEVER: Final = -1e30

Arc = tuple[int, int, int, int, "Edge | None"]
"""From node, to node, first query, number of queries, and the edge (``None``: a token is kept)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An edge that the decoder chose, with its rivals.

    ``posterior`` in [0, 1] is the probability of the edge given that the line was spun;
    ``rivals`` are other readings of the very same span (``None``: keep it) with theirs.
    """

    edge: Edge
    posterior: float
    rivals: tuple[tuple[str | None, float], ...]


@dataclass(frozen=True, slots=True)
class Decoding:
    """The best spun reading of a line, and how far the line speaks for having been spun.

    ``evidence`` is ln P(line | spun) - ln P(line | never spun), in nats.
    """

    choices: tuple[Choice, ...]
    evidence: float


@dataclass(slots=True)
class _Segment:
    """A stretch of tokens with candidate edges, and the search graph over it."""

    start: int
    end: int
    arcs: list[Arc] = field(default_factory=list)
    nodes: int = 1
    final: list[int] = field(default_factory=list)
    first_keep: int = 0
    """Index of the first query of the reading that keeps every token."""


class Decoder:
    """Decodes lattices in batches, so that the model is asked once for many lines."""

    def __init__(self, model: Model, weights: Weights) -> None:
        self.model = model
        self.weights = weights
        self._order = model.order
        self._mask = (1 << (_BITS * (model.order - 1))) - 1

    def decode(self, lattices: Sequence[Lattice]) -> list[Decoding]:
        """One decoding for each lattice, in order. The batch makes no difference to the results."""
        contexts: list[int] = []
        words: list[int] = []
        work = []
        for lattice in lattices:
            segments = [_Segment(start, end) for start, end in self._stretches(lattice)]
            for segment in segments:
                self._expand(lattice, segment, contexts, words)
            work.append((lattice, segments))
        scores = self._score(contexts, words)
        return [self._decode_line(lattice, segments, scores) for lattice, segments in work]

    def _stretches(self, lattice: Lattice) -> list[tuple[int, int]]:
        """Disjoint token ranges outside which all readings agree, each with its right context."""
        reach = self._order - 1
        count = len(lattice.tokens) + 1  # the end of the line is a word, too
        stretches: list[tuple[int, int]] = []
        for start in sorted(lattice.edges):
            end = max((edge.end for edge in lattice.edges[start]), default=0)
            if not end:
                continue
            if stretches and start < stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(stretches[-1][1], min(count, end + reach)))
            else:
                stretches.append((start, min(count, end + reach)))
        return stretches

    def _expand(self, lattice: Lattice, segment: _Segment, contexts: list[int], words: list[int]) -> None:
        """Build the graph of (position, n-gram state) nodes and list the model queries of its arcs."""
        keep = lattice.keep
        count = len(keep)
        mask = self._mask
        history = 0
        for index in range(segment.start - self._order + 1, segment.start):
            history = (history << _BITS) | (keep[index] if index >= 0 else self.model.bos)
        # The reading that keeps every token, for the line's evidence.
        segment.first_keep = len(words)
        state = history
        for index in range(segment.start, segment.end):
            word = keep[index] if index < count else self.model.eos
            contexts.append(state)
            words.append(word)
            state = ((state << _BITS) | word) & mask
        layers: dict[int, dict[int, int]] = {segment.start: {history: 0}}
        arcs = segment.arcs
        nodes = 1
        for position in range(segment.start, segment.end):
            layer = layers.pop(position, None)
            if layer is None:
                continue
            edges = lattice.edges.get(position, ())
            kept_word = keep[position] if position < count else self.model.eos
            onward = layers.setdefault(position + 1, {})
            for state, node in layer.items():
                contexts.append(state)
                words.append(kept_word)
                after = ((state << _BITS) | kept_word) & mask
                target = onward.get(after)
                if target is None:
                    target = onward[after] = nodes
                    nodes += 1
                arcs.append((node, target, len(words) - 1, 1, None))
                for edge in edges:
                    first = len(words)
                    after = state
                    for word in edge.words:
                        contexts.append(after)
                        words.append(word)
                        after = ((after << _BITS) | word) & mask
                    beyond = layers.setdefault(edge.end, {})
                    target = beyond.get(after)
                    if target is None:
                        target = beyond[after] = nodes
                        nodes += 1
                    arcs.append((node, target, first, len(edge.words), edge))
        segment.nodes = nodes
        segment.final = list(layers.get(segment.end, {}).values())

    def _score(self, contexts: list[int], words: list[int]) -> NDArray[np.float64]:
        """ln P of each query, times the model's weight, as running sums: [0, s0, s0+s1, ...]."""
        packed = np.array(contexts, dtype=np.int64)
        shifts = np.arange(self._order - 2, -1, -1, dtype=np.int64) * _BITS
        unpacked = ((packed[:, None] >> shifts) & _WORD_MASK).astype(np.int32)
        scores = self.model.score(unpacked, np.array(words, dtype=np.int32))
        sums = np.zeros(len(words) + 1)
        np.cumsum(scores * self.weights.model, dtype=np.float64, out=sums[1:])
        return sums

    def _decode_line(self, lattice: Lattice, segments: list[_Segment], sums: NDArray[np.float64]) -> Decoding:
        evidence = 0.0
        inside = [False] * (len(lattice.tokens) + 1)
        choices: list[Choice] = []
        for segment in segments:
            for index in range(segment.start, segment.end):
                inside[index] = True
            kept = float(sums[segment.first_keep + segment.end - segment.start] - sums[segment.first_keep])
            kept += sum(lattice.base_cost[segment.start : segment.end])
            total = self._read(lattice, segment, sums, choices)
            evidence += total - kept
        evidence += sum(cost for cost, is_in in zip(lattice.keep_cost, inside, strict=False) if not is_in)
        return Decoding(tuple(choices), evidence)

    def _read(self, lattice: Lattice, segment: _Segment, sums: NDArray[np.float64], choices: list[Choice]) -> float:
        """Forward, backward and Viterbi over one segment; returns the log sum over its readings."""
        arcs = segment.arcs
        log_arc = self._arc_scores(lattice, segment, sums)
        forward = [_NEVER] * segment.nodes
        forward[0] = 0.0
        best = [_NEVER] * segment.nodes
        best[0] = 0.0
        best_arc = [-1] * segment.nodes
        for index, (source, target, _, _, _) in enumerate(arcs):
            score = log_arc[index]
            through = forward[source] + score
            held = forward[target]
            if held == _NEVER:
                forward[target] = through
            elif through > held:
                forward[target] = through + math.log1p(math.exp(held - through))
            else:
                forward[target] = held + math.log1p(math.exp(through - held))
            if best[source] + score > best[target]:
                best[target] = best[source] + score
                best_arc[target] = index
        total = _NEVER
        for node in segment.final:
            total = _log_add(total, forward[node])
        backward = [_NEVER] * segment.nodes
        for node in segment.final:
            backward[node] = 0.0
        for index in range(len(arcs) - 1, -1, -1):
            source, target, _, _, _ = arcs[index]
            backward[source] = _log_add(backward[source], log_arc[index] + backward[target])
        # Posterior of each (start, end, reading): the same head can be reached from several states.
        posteriors: dict[tuple[int, int], dict[str | None, float]] = {}
        for index, (source, target, _, _, edge) in enumerate(arcs):
            if edge is not None:
                share = forward[source] + log_arc[index] + backward[target] - total
                if share > -14.0:
                    readings = posteriors.setdefault((edge.start, edge.end), {})
                    readings[edge.head] = readings.get(edge.head, 0.0) + math.exp(share)
        node = max(segment.final, key=lambda n: best[n])
        chosen: list[Edge] = []
        while node:
            source, _, _, _, edge = arcs[best_arc[node]]
            if edge is not None:
                chosen.append(edge)
            node = source
        for edge in reversed(chosen):
            readings = posteriors.get((edge.start, edge.end), {})
            posterior = min(1.0, readings.get(edge.head, 0.0))
            kept = max(0.0, 1.0 - sum(readings.values()))
            rivals: list[tuple[str | None, float]] = [(h, p) for h, p in readings.items() if h != edge.head]
            rivals.append((None, kept))
            rivals.sort(key=lambda rival: -rival[1])
            choices.append(Choice(edge, posterior, tuple(rivals)))
        return total

    def _arc_scores(self, lattice: Lattice, segment: _Segment, sums: NDArray[np.float64]) -> list[float]:
        """Log score of each arc: the model's words, and the channel's cost of the edge."""
        first = np.array([arc[2] for arc in segment.arcs])
        length = np.array([arc[3] for arc in segment.arcs])
        scores: list[float] = (sums[first + length] - sums[first]).tolist()
        position = [0] * segment.nodes
        position[0] = segment.start
        keep_cost, base_cost, count = lattice.keep_cost, lattice.base_cost, len(lattice.tokens)
        for index, (source, target, _, _, edge) in enumerate(segment.arcs):
            at = position[source]
            if edge is None:
                position[target] = at + 1
                if at < count:
                    scores[index] += keep_cost[at] + base_cost[at]
            else:
                position[target] = edge.end
                scores[index] += edge.cost
        return scores


def _log_add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    return a if b <= _NEVER else a + math.log1p(math.exp(b - a))
