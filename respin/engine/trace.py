"""Why a line was read as it was: every candidate with its scores, the line's evidence, the document's prior.

The repair itself is watched, not imitated: a document runs as always, with a decoder that notes what
it was given and what it gave back, and with no threshold, so that edits too doubtful to be made have
a confidence, too. Only the split of a candidate's score is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from respin.edits import Edit, Repair
from respin.engine.decoder import Choice, Decoder, Decoding
from respin.engine.evidence import DocumentPrior
from respin.engine.lattice import Edge, Lattice
from respin.engine.repairer import Repairer
from respin.text.lines import Line

_UNLIKELY: Final = 30.0
"""Nats below the best candidate from which a share is 0."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reading of a span, against leaving the span as it is; all scores in nats.

    ``original`` is ``None`` for leaving it. ``channel`` is what the dictionary and the rules say
    (ln P(spun | original), the costs of hyphens, capitals, articles, kept originals), ``model``
    what the language model gains, with the rest of the line in its best reading; ``score`` is
    their sum. ``share`` is the reading's probability, given that the line was spun.
    """

    original: str | None
    channel: float
    model: float
    share: float
    reason: str = ""
    profile: str = ""

    @property
    def score(self) -> float:
        """Everything that speaks for it."""
        return self.channel + self.model


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the line with candidates, likeliest first.

    ``edit`` is the edit that it came to, also one that is too doubtful to be made. Then the shares
    are the decoder's, over all readings of the line, and that of leaving the span counts the
    readings that cut the line into other spans. ``edit`` is ``None`` for a span that the best
    reading does not take; then the shares hold with the rest of the line in its best reading, and
    what it would take of an overlapping span left alone.
    """

    start: int
    end: int
    spun: str
    candidates: tuple[Candidate, ...]
    edit: Edit | None = None
    made: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a line of prose.

    ``evidence`` is ln P(line | spun) - ln P(line | never spun), ``prior`` the share of spun lines
    that its document let expect before it, ``spun`` the probability that follows from both.
    ``number`` is its line in the file, 1-based.
    """

    number: int
    text: str
    words: int
    evidence: float
    prior: float
    spun: float
    threshold: float
    spans: tuple[Span, ...]

    @property
    def edits(self) -> int:
        """Number of edits that are made."""
        return sum(span.made for span in self.spans)


class ExplainedDocument:
    """A document that notes the explanation of each line before it gives back the line's repair."""

    def __init__(self, repairer: Repairer, notes: list[Explanation]) -> None:
        self._watch = _Watch(repairer.model, repairer.weights)
        watched = copy(repairer)
        watched.decoder = self._watch
        watched.min_confidence = 0.0
        self._document = watched.document()
        self._repairer = repairer
        self._prior = DocumentPrior(repairer.weights)
        self._notes = notes

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """The repairs of the lines, in order, one line at a time."""
        for line in lines:
            self._watch.seen.clear()
            for repair in self._document.feed([line]):
                for lattice, decoding in self._watch.seen:
                    self._notes.append(self._explain(repair, lattice, decoding))
                made = tuple(edit for edit in repair.edits if edit.confidence >= self._repairer.min_confidence)
                yield replace(repair, edits=made)

    def _explain(self, repair: Repair, lattice: Lattice, decoding: Decoding) -> Explanation:
        weights = self._repairer.weights
        words = sum(token.form[0].isalnum() for token in lattice.tokens)
        # The probability of a line that says nothing itself is what the document lets expect.
        prior = replace(self._prior).line(-weights.line_prior / weights.evidence, 0)
        if words:
            self._prior.line(decoding.evidence, words)
        spans = _Scorer(self._repairer, lattice, decoding).spans(repair.edits)
        text = lattice.line.rstrip("\r\n")
        return Explanation(0, text, words, decoding.evidence, prior, repair.spun, self._repairer.min_confidence, spans)


class _Watch(Decoder):
    """A decoder that keeps what it was given and gave back."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.seen: list[tuple[Lattice, Decoding]] = []

    def decode(self, lattices: Sequence[Lattice], *args: Any) -> list[Decoding]:
        decodings = super().decode(lattices, *args)
        self.seen += zip(lattices, decodings, strict=True)
        return decodings


class _Scorer:
    """Scores each candidate of a line against leaving its span as it is, all else in its best reading."""

    def __init__(self, repairer: Repairer, lattice: Lattice, decoding: Decoding) -> None:
        self._repairer, self._model = repairer, repairer.model
        self._lattice, self._decoding = lattice, decoding

    def spans(self, edits: Sequence[Edit]) -> tuple[Span, ...]:
        """All spans that have candidates, in order; of those that begin together the shorter ones first."""
        chosen = {(choice.edge.start, choice.edge.end): choice for choice in self._decoding.choices}
        grouped: dict[tuple[int, int], list[Edge]] = {}
        for edges in self._lattice.edges.values():
            for edge in edges:
                grouped.setdefault((edge.start, edge.end), []).append(edge)
        by_start = {edit.start: edit for edit in edits if edit.reason != "article"}
        return tuple(self._span(*place, grouped[place], chosen.get(place), by_start) for place in sorted(grouped))

    def _span(self, start: int, end: int, edges: list[Edge], choice: Choice | None, edits: dict[int, Edit]) -> Span:
        tokens = self._lattice.tokens
        begin, close = tokens[start].start, tokens[end - 1].end
        scored = self._score(start, end, edges)
        shares = _shares(scored) if choice is None else _posteriors(choice)
        candidates = [
            replace(candidate, share=shares.get(candidate.original, 0.0)) for candidate in _best_of_each(scored)
        ]
        candidates.sort(key=lambda candidate: (-candidate.share, -candidate.score))
        edit = edits.get(begin) if choice is not None else None
        made = edit is not None and edit.confidence >= self._repairer.min_confidence
        return Span(begin, close, self._lattice.line[begin:close], tuple(candidates), edit, made)

    def _score(self, start: int, end: int, edges: list[Edge]) -> list[Candidate]:
        lattice, weights = self._lattice, self._repairer.weights
        kept = range(start, end)
        kept_cost = sum(lattice.keep_cost[i] + lattice.base_cost[i] for i in kept)
        around = self._model.order - 1
        before, after = self._around(start, end, around)
        readings = [tuple(lattice.keep[i] for i in kept), *(edge.words for edge in edges)]
        contexts: list[list[int]] = []
        words: list[int] = []
        for reading in readings:
            sequence = [*before, *reading, *after]
            for at in range(around, len(sequence)):
                contexts.append(sequence[at - around : at])
                words.append(sequence[at])
        logs = self._model.score(np.array(contexts, np.int32), np.array(words, np.int32)).astype(np.float64)
        sums: list[float] = []
        at = 0
        for reading in readings:
            sums.append(float(logs[at : at + len(reading) + len(after)].sum()))
            at += len(reading) + len(after)
        candidates = [Candidate(None, 0.0, 0.0, 0.0)]
        for edge, log in zip(edges, sums[1:], strict=True):
            gain = weights.model * (log - sums[0])
            candidates.append(Candidate(edge.head, edge.cost - kept_cost, gain, 0.0, edge.reason, edge.profile))
        return candidates

    def _around(self, start: int, end: int, count: int) -> tuple[list[int], list[int]]:
        """The model's words around a span: ``count`` of them before, up to ``count`` behind it."""
        lattice = self._lattice
        apart = [
            choice.edge for choice in self._decoding.choices if choice.edge.end <= start or choice.edge.start >= end
        ]
        by_start = {edge.start: edge for edge in apart}
        words: list[int] = [self._model.bos] * count
        split = 0
        at = 0
        while at < len(lattice.keep):
            if at == start:
                split = len(words)
                at = end
                continue
            edge = by_start.get(at)
            words += edge.words if edge is not None else (lattice.keep[at],)
            at = edge.end if edge is not None else at + 1
        words.append(self._model.eos)
        return words[split - count : split], words[split : split + count]


def _best_of_each(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """One candidate for each original: two dictionaries, or an exact and a fuzzy match, may both lead to it."""
    best: dict[str | None, Candidate] = {}
    for candidate in candidates:
        held = best.get(candidate.original)
        if held is None or candidate.score > held.score:
            best[candidate.original] = candidate
    yield from best.values()


def _posteriors(choice: Choice) -> dict[str | None, float]:
    return {choice.edge.head: choice.posterior, **dict(choice.rivals)}


def _shares(candidates: Sequence[Candidate]) -> dict[str | None, float]:
    """Probabilities from scores, the readings of one span being all there is."""
    top = max(candidate.score for candidate in candidates)
    odds: dict[str | None, float] = {}
    for candidate in candidates:
        if candidate.score > top - _UNLIKELY:
            odds[candidate.original] = odds.get(candidate.original, 0.0) + math.exp(candidate.score - top)
    total = sum(odds.values())
    return {original: value / total for original, value in odds.items()}
