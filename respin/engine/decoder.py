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

from collections.abc import Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from respin.engine.choices import Choice, Doubt
from respin.engine.lattice import Lattice
from respin.engine.ngram_states import Doubles, total_by
from respin.engine.search_graph import Graph, GraphBuilder
from respin.engine.sums import Sums
from respin.engine.weights import Weights

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

_MAX_TOKENS: Final = 1 << 13
"""Most tokens that are decoded together. It bounds memory and has no influence on the results."""


class Decoding(NamedTuple):
    """The best spun reading of a line, and how far the line speaks for having been spun.

    ``evidence`` is ln P(line | spun) - ln P(line | never spun), in nats; where a reader was heard, with its word.
    """

    choices: tuple[Choice, ...]
    evidence: float
    doubts: tuple[Doubt, ...] = ()
    """Only where they were asked for."""


class Scoring(NamedTuple):
    """How much the parts of a reading's score count; what a reader says of it is added as it is."""

    model: float
    """Factor of the language model's log probability, > 0."""
    channel: float = 1.0
    """Factor of the lattice's costs, >= 0."""


class Decoder:
    """Decodes lattices in batches, so that the model is asked once for many lines.

    With ``doubts`` its decodings say of every span how it may be read, for a second opinion. ``oddness`` is what
    each word of a line speaks against its having been spun, nats: so much a lattice that has a reading for
    nearly every word gains on text that is only unusual.
    """

    def __init__(self, model: Model, weights: Weights, *, doubts: bool = False, oddness: float = 0.0) -> None:
        self.model = model
        self.weights = weights
        self._doubts, self._oddness = doubts, oddness
        self._graphs = GraphBuilder(model, weights)

    def search(self, lattices: Sequence[Lattice]) -> Search:
        """The evidence of any number of lines; asked again, the search says what was spun in which.

        The batch makes no difference to the results.
        """
        parts = [part for some in self._parts(lattices) for part in self._search(some)]
        return Search(parts, self.weights, self._doubts)

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

    def _search(self, lattices: Sequence[Lattice]) -> Iterator[_Part]:
        searched = [index for index, lattice in enumerate(lattices) if lattice.spans]
        graph = self._graphs.build([lattices[index] for index in searched]) if searched else None
        if searched and graph is None:
            half = len(lattices) // 2
            yield from self._search(lattices[:half])
            yield from self._search(lattices[half:])
        else:
            yield _Part(lattices, searched, graph, Scoring(self.weights.model), self._oddness)


class Search:
    """Lines under search: their evidence, then what was spun in those that are wanted."""

    def __init__(self, parts: Sequence[_Part], weights: Weights, doubts: bool) -> None:
        self._parts, self._weights, self._doubts = parts, weights, doubts
        self.evidence = [value for part in parts for value in part.evidence]
        """Of each lattice: ln P(line | spun) - ln P(line | never spun), nats."""

    def stretches(self) -> Iterator[list[tuple[int, int, float]]]:
        """Of each lattice the stretches that were searched: first token, tokens, and what readings gain there, nats.

        A stretch at the end of a line counts the line's end as a token.
        """
        for part in self._parts:
            yield from part.stretches()

    def weighed(self, weights: Weights) -> Search:
        """The same search, with other weights for a decoder with a reader."""
        search = copy(self)
        search._weights = weights
        return search

    def choices(self, wanted: Sequence[bool], odds: Sequence[Doubles | None] | None = None) -> list[Decoding]:
        """One decoding for each lattice, in order; of those that are not ``wanted`` without choices.

        Args:
            wanted: of each lattice.
            odds: what a reader says of each reading of a lattice's spans, in their order, nats: shape
                (readings,); ``None`` for a lattice that it was not asked about. With ``odds`` the readings
                are weighed anew, by the weights for a decoder with a reader.
        """
        decodings: list[Decoding] = []
        scoring = Scoring(self._weights.reader_model, self._weights.reader_channel) if odds is not None else None
        for part in self._parts:
            first, end = len(decodings), len(decodings) + len(part.lattices)
            heard = odds[first:end] if odds is not None else None
            decodings += part.decodings(wanted[first:end], scoring, heard, self._doubts)
        return decodings


class _Part:
    """Lines that share a search graph."""

    def __init__(
        self,
        lattices: Sequence[Lattice],
        searched: Sequence[int],
        graph: Graph | None,
        scoring: Scoring,
        oddness: float,
    ) -> None:
        self.lattices, self._searched, self._graph, self._oddness = lattices, searched, graph, oddness
        self._scoring = scoring
        # A head that survived speaks against the line, what readings gain over keeping all speaks for it.
        self.evidence = [self._against(lattice) for lattice in lattices]
        if graph is not None:
            self._sums = Sums(graph, _score(graph, scoring))
            for index, gain in self._gains(self._sums, scoring):
                self.evidence[index] += gain

    def _against(self, lattice: Lattice, channel: float = 1.0) -> float:
        """What is said of a line before its readings are weighed, nats."""
        odd = self._oddness * lattice.written if self._oddness else 0.0
        return channel * sum(lattice.charges.values()) - odd

    def stretches(self) -> list[list[tuple[int, int, float]]]:
        """See `Search.stretches`."""
        found: list[list[tuple[int, int, float]]] = [[] for _ in self.lattices]
        if self._graph is not None:
            segments, gains = self._graph.segments, _gains(self._sums, self._scoring)
            columns = (segments.line.tolist(), segments.first.tolist(), segments.length.tolist(), gains.tolist())
            for line, *stretch in zip(*columns, strict=True):
                found[self._searched[line]].append((stretch[0], stretch[1], stretch[2]))
        return found

    def _gains(self, sums: Sums, scoring: Scoring) -> Iterator[tuple[int, float]]:
        gains = total_by(sums.graph.segments.line, _gains(sums, scoring), len(self._searched))
        yield from zip(self._searched, gains.tolist(), strict=True)

    def decodings(
        self,
        wanted: Sequence[bool],
        scoring: Scoring | None,
        odds: Sequence[Doubles | None] | None,
        ask_doubts: bool,
    ) -> list[Decoding]:
        evidence = list(self.evidence)
        choices: dict[int, list[Choice]] = {}
        doubts: dict[int, list[Doubt]] = {}
        chosen = np.array([wanted[index] for index in self._searched], np.bool_)
        if self._graph is not None and chosen.any():
            part = self._sums.part(chosen[self._graph.segments.line])
            if scoring is not None and odds is not None:
                part = Sums(part.graph, _score(part.graph, scoring, self._odds(odds)))
                for index, gain in self._gains(part, scoring):
                    if wanted[index]:
                        evidence[index] = self._against(self.lattices[index], scoring.channel) + gain
            for line, choice in part.choices():
                choices.setdefault(self._searched[line], []).append(choice)
            if ask_doubts:
                for line, doubt in part.doubts():
                    doubts.setdefault(self._searched[line], []).append(doubt)
        return [
            Decoding(tuple(choices.get(index, ())), value, tuple(doubts.get(index, ())))
            for index, value in enumerate(evidence)
        ]

    def _odds(self, odds: Sequence[Doubles | None]) -> Doubles:
        """The odds of all candidates of the graph: shape (candidates,)."""
        joined = []
        for index in self._searched:
            heard = odds[index]
            count = sum(len(span.readings.all) for span in self.lattices[index].spans)
            joined.append(np.zeros(count) if heard is None else heard)
        return np.concatenate(joined)


def _gains(sums: Sums, scoring: Scoring) -> Doubles:
    """What the readings of each segment gain over keeping all of it: shape (segments,)."""
    graph = sums.graph
    kept = scoring.model * graph.kept_language + scoring.channel * graph.kept_channel
    return np.where(sums.total > -np.inf, sums.total - kept, 0.0)


def _score(graph: Graph, scoring: Scoring, odds: Doubles | None = None) -> Doubles:
    """Log score of each arc: shape (arcs,); ``odds`` are added to those of each candidate."""
    score = scoring.model * graph.language + scoring.channel * graph.channel
    if odds is not None:
        edits = graph.candidate >= 0
        score[edits] += odds[graph.candidate[edits]]
    return score
