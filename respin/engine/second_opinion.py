"""A second opinion on doubtful repairs: a neural language model re-reads them in context.

The decoder hands on what it is not sure of: *windows*, stretches of a line in which several readings
have a noticeable posterior. The neural model scores the text under each reading, with what stands
before as context and a few words after; the two opinions are combined log-linearly. What is certain
is not asked, and the decision whether the line was spun at all stays with the n-gram decoder.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from respin.engine.choices import Choice, Doubt
from respin.engine.decoder import Decoding
from respin.engine.lattice import Edge, Lattice
from respin.engine.readings import Reading
from respin.text.article import article_for
from respin.text.case import transfer_case

if TYPE_CHECKING:
    from respin.engine.weights import Weights

MAX_READINGS: Final = 8
"""Most readings of a window that are asked about."""
_LEAST_SHARE: Final = 0.03
"""Least posterior of a reading that is asked about, as a share of the likeliest one's: others hardly ever win."""
MIN_SPUN: Final = 0.05
"""Least probability that a line was spun for its doubts to be asked about."""
_RIGHT_WORDS: Final = 12
"""Words behind a window that are scored with each of its readings: most of what a question costs."""
_CONTEXT: Final = 2800
_CONTEXT_KEPT: Final = 600


Question = tuple[str, Sequence[str]]
"""A prefix and the readings that may continue it, as exact text (a leading space belongs to the reading)."""


class CausalModel(Protocol):
    """What a second opinion needs. Tests put a stub in its place that scores by a rule."""

    def score(self, prefix: str, readings: Sequence[str]) -> list[float]:
        """ln P(reading | prefix) in nats, a number for each reading."""
        ...

    def score_many(self, questions: Sequence[Question]) -> list[list[float]]:
        """The scores of several questions, computed together where they share text."""
        ...


@dataclass(frozen=True, slots=True)
class WindowReading:
    """One way to read a window: edges in place of the best path's, and its n-gram posterior in [0, 1]."""

    edges: tuple[Edge, ...]
    posterior: float


@dataclass(frozen=True, slots=True)
class DoubtfulWindow:
    """A doubtful stretch of tokens, and its readings, likeliest first."""

    start: int
    end: int
    readings: tuple[WindowReading, ...]


def windows(decoding: Decoding, certain: float) -> list[DoubtfulWindow]:
    """The doubtful windows of a line: spans whose best reading is below ``certain``, overlapping ones joined."""
    doubts = sorted((d for d in decoding.doubts if d.best < certain), key=lambda d: (d.edges[0].start, d.edges[0].end))
    groups: list[list[Doubt]] = []
    end = -1
    for doubt in doubts:
        start, stop = doubt.edges[0].start, doubt.edges[0].end
        if groups and start < end:
            groups[-1].append(doubt)
            end = max(end, stop)
        else:
            groups.append([doubt])
            end = stop
    found = [_window(group, decoding.choices) for group in groups]
    return [window for window in found if len(window.readings) > 1]  # the rest is all but certain


def _window(group: Sequence[Doubt], choices: Sequence[Choice]) -> DoubtfulWindow:
    start = min(doubt.edges[0].start for doubt in group)
    end = max(doubt.edges[0].end for doubt in group)
    inside = [choice for choice in choices if choice.edge.start < end and choice.edge.end > start]
    start = min([start, *(choice.edge.start for choice in inside)])
    end = max([end, *(choice.edge.end for choice in inside)])
    path = tuple(choice.edge for choice in inside)
    readings: dict[tuple[Edge, ...], float] = {}
    if path:
        readings[path] = math.prod(choice.posterior for choice in inside)
    for doubt in group:
        for edge, posterior in zip(doubt.edges, doubt.posteriors, strict=True):
            # This edge, and of the best path what it leaves standing.
            rest = tuple(e for e in path if e.end <= edge.start or e.start >= edge.end)
            reading = tuple(sorted((*rest, edge), key=lambda e: e.start))
            readings[reading] = max(readings.get(reading, 0.0), posterior)
    kept = max(1e-4, 1.0 - sum(readings.values()))
    readings.setdefault((), kept)
    ranked = sorted(readings.items(), key=lambda item: -item[1])[:MAX_READINGS]
    ranked = [item for item in ranked if item[1] >= _LEAST_SHARE * ranked[0][1]]
    if all(edges for edges, _ in ranked):
        del ranked[MAX_READINGS - 1 :]
        ranked.append(((), kept))  # leaving everything as it stands is always asked about
    return DoubtfulWindow(start, end, tuple(WindowReading(edges, posterior) for edges, posterior in ranked))


class SecondOpinion:
    """Revises decodings with a neural model; one for each document, as it carries the text so far."""

    def __init__(self, model: CausalModel, weights: Weights) -> None:
        self._model = model
        self._weights = weights
        self._context = ""

    def revise(self, lattice: Lattice, decoding: Decoding, spun: float) -> Decoding:
        """The decoding with doubtful windows read anew.

        Args:
            lattice: of the line.
            decoding: what the decoder made of it.
            spun: probability in [0, 1] that the line was spun.
        """
        found = windows(decoding, self._weights.certain) if spun >= MIN_SPUN else []
        choices = list(decoding.choices)
        # From left to right: what was made of one window is what stands before the next.
        for window in found:
            text = _likeliest(lattice, choices, spun)
            prefix, right = self._context + text.before(window.start), text.after(window.end)
            readings = [text.reading(window, r.edges) + right for r in window.readings]
            (scores,) = self._model.score_many([(prefix, readings)])
            choices = _settle(choices, window, self._combine(window, scores))
        choices.sort(key=lambda choice: choice.edge.start)
        final = _likeliest(lattice, choices, spun)
        self._context = trim_context(self._context + final.whole().rstrip() + "\n")
        return Decoding(tuple(choices), decoding.evidence, decoding.doubts)

    def _combine(self, window: DoubtfulWindow, scores: Sequence[float]) -> list[float]:
        """Posteriors of the readings with both opinions heard."""
        weights = self._weights
        logs = [
            weights.first_opinion * math.log(max(r.posterior, 1e-6))
            + weights.second_opinion * score
            + (weights.second_edit if r.edges else 0.0)
            for r, score in zip(window.readings, scores, strict=True)
        ]
        top = max(logs)
        odds = [math.exp(log - top) for log in logs]
        total = sum(odds)
        return [o / total for o in odds]


def _settle(choices: list[Choice], window: DoubtfulWindow, posteriors: Sequence[float]) -> list[Choice]:
    """The choices with those of a window replaced by its likeliest edited reading."""
    outside = [c for c in choices if c.edge.end <= window.start or c.edge.start >= window.end]
    ranked = sorted(zip(window.readings, posteriors, strict=True), key=lambda pair: -pair[1])
    best = next((reading for reading, _ in ranked if reading.edges), None)
    if best is None:
        return outside
    for edge in best.edges:
        # What speaks for this edge is every reading that holds it.
        share = min(1.0, sum(p for r, p in ranked if edge in r.edges))
        rivals: dict[Reading | None, float] = {}
        for reading, p in ranked:
            if edge not in reading.edges:
                same = next((e for e in reading.edges if (e.start, e.end) == (edge.start, edge.end)), None)
                other = same.reading if same else None
                rivals[other] = rivals.get(other, 0.0) + p
        rivals.setdefault(None, max(0.0, 1.0 - share - sum(rivals.values())))
        outside.append(Choice(edge, share, tuple(sorted(rivals.items(), key=lambda rival: -rival[1]))))
    return outside


def trim_context(context: str, *, limit: int = _CONTEXT, keep: int = _CONTEXT_KEPT) -> str:
    """The end of the context once it is too long; cut rarely and far, so that the model's state is reused.

    Args:
        limit: the most characters that are left as they are.
        keep: of a longer context about the last so many, from the start of a word.

    >>> trim_context("One. Two. Three.", limit=12, keep=9)
    'Three.'
    """
    if len(context) <= limit:
        return context
    cut = context.find(" ", len(context) - keep)
    return context[cut + 1 :] if cut >= 0 else context[-keep:]


def _likeliest(lattice: Lattice, choices: Sequence[Choice], spun: float) -> _Text:
    """The line with the choices that are likelier than all else; as it stands if it was hardly spun."""
    return _Text(lattice, [choice for choice in choices if choice.posterior >= 0.5] if spun >= 0.5 else ())


class _Text:
    """A line under its best reading, with token positions to cut it at."""

    def __init__(self, lattice: Lattice, choices: Sequence[Choice]) -> None:
        self._lattice = lattice
        self._edges = {choice.edge.start: choice.edge for choice in choices}

    def _span(self, start: int, end: int, edges: dict[int, Edge]) -> str:
        """Text of the tokens ``start`` to ``end`` with edges made, from the end of the token before."""
        tokens, line = self._lattice.tokens, self._lattice.line
        parts = []
        index = start
        while index < end:
            token = tokens[index]
            gap = line[tokens[index - 1].end if index else 0 : token.start]
            edge = edges.get(index)
            if edge is None or edge.end > end:
                if token.form in ("a", "an") and (after := edges.get(index + 1)) is not None:
                    parts.append(gap + transfer_case(article_for(after.head), token.text))
                else:
                    parts.append(gap + token.text)
                index += 1
            else:
                # Not as the repair fits case: f0.5 on the dev articles is .9657 so, and .9622 with its headlines.
                parts.append(gap + transfer_case(edge.head, line[token.start : tokens[edge.end - 1].end]))
                index = edge.end
        return "".join(parts)

    def whole(self) -> str:
        return self._span(0, len(self._lattice.tokens), self._edges)

    def before(self, start: int) -> str:
        return self._span(0, start, self._edges)

    def after(self, end: int) -> str:
        """A few words of right context, to the end of a token."""
        tokens = self._lattice.tokens
        stop, words = end, 0
        while stop < len(tokens) and words < _RIGHT_WORDS:
            edge = self._edges.get(stop)
            stop = edge.end if edge is not None else stop + 1
            words += 1
        return self._span(end, stop, self._edges)

    def reading(self, window: DoubtfulWindow, edges: Sequence[Edge]) -> str:
        return self._span(window.start, window.end, {edge.start: edge for edge in edges})
