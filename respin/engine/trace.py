"""Why a line was read as it was: every candidate with its scores, the line's evidence, the document's prior.

The repair itself is told, not imitated: the document fills the trace with what it made of each line, edits
that are too doubtful to be made included. Only the split of a candidate's score is computed here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from respin.edits import Edit, Reason, Repair, families_of
from respin.engine.article import Judgement
from respin.engine.choices import Choice
from respin.engine.lattice import Edge
from respin.engine.repairer import Repairer

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_UNREAD: Final = re.compile(r"<[^<>]*>|&\w+;|[\W_]")
"""What may stand between the letters of an edit that was written."""
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
    that its document let expect before it, ``probability`` in [0, 1] that it was spun, which follows from both.
    ``number`` is its line in the file, 1-based. ``profiles`` are the families whose dictionaries it was read with.
    """

    number: int
    text: str
    words: int
    evidence: float
    prior: float
    probability: float
    threshold: float
    profiles: tuple[str, ...]
    spans: tuple[Span, ...]

    @property
    def edits(self) -> int:
        """Number of edits that are made."""
        return sum(span.made for span in self.spans)


class Explanations:
    """A trace that keeps an explanation of each line of prose: ``repairer.document(Explanations(repairer))``."""

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self.notes: list[Explanation] = []
        """Of the lines so far, in order; the caller may take them away."""

    def note(self, judgement: Judgement) -> None:
        """Explain a line."""
        lattice = judgement.lattice
        self.notes.append(
            Explanation(
                0,
                lattice.line.rstrip("\r\n"),
                lattice.written,
                judgement.decoding.evidence,
                judgement.prior,
                judgement.probability,
                self._repairer.min_confidence,
                families_of(judgement.profiles),
                _Scorer(self._repairer, judgement).spans(),
            )
        )

    def numbered(self, repairs: Iterable[Repair]) -> Iterator[tuple[Repair, list[Explanation], int]]:
        """Each repair of the document, what there is to say of its line, and the number of the line after it.

        A line is told by its end, so a repair of part of a line, or of several, counts as what it is. An edit that
        the document takes back, by a directive or because of what stands between the words, is none that is made. The
        notes are taken away.
        """
        number = 1
        for repair in repairs:
            notes = [_obeying(replace(note, number=number), repair) for note in self.notes if note.words]
            self.notes.clear()
            number += len(_LINE_END.findall(repair.source))
            yield repair, notes, number


def _obeying(note: Explanation, repair: Repair) -> Explanation:
    """A note in which only those edits are made that are in the repair; both are in order."""
    left = iter([edit for edit in repair.edits if edit.reason is not Reason.ARTICLE])
    edit = next(left, None)
    spans: list[Span] = []
    for span in note.spans:
        if span.made and span.edit is not None:
            if edit is not None and _is_same(span.edit, edit):
                edit = next(left, None)
            else:
                span = replace(span, made=False)
        spans.append(span)
    return replace(note, spans=tuple(spans))


def _is_same(edit: Edit, written: Edit) -> bool:
    """Whether an edit of prose is the one that was written, perhaps without words that stay, and around tags."""
    return (edit.confidence, edit.reason, edit.profile) == (written.confidence, written.reason, written.profile) and (
        _UNREAD.sub("", written.spun) in _UNREAD.sub("", edit.spun)
    )


class _Scorer:
    """Scores each candidate of a line against leaving its span as it is, all else in its best reading."""

    def __init__(self, repairer: Repairer, judgement: Judgement) -> None:
        self._repairer, self._model = repairer, repairer.model
        self._lattice, self._judgement = judgement.lattice, judgement

    def spans(self) -> tuple[Span, ...]:
        """All spans that have candidates, in order; of those that begin together the shorter ones first."""
        chosen = {(way[0].edge.start, way[0].edge.end): way for way in self._judgement.considered}
        unchosen = (None, None, False)
        grouped: dict[tuple[int, int], list[Edge]] = {}
        for edge in self._lattice.edges:
            grouped.setdefault((edge.start, edge.end), []).append(edge)
        return tuple(self._span(*place, grouped[place], *chosen.get(place, unchosen)) for place in sorted(grouped))

    def _span(
        self, start: int, end: int, edges: list[Edge], choice: Choice | None, edit: Edit | None, made: bool
    ) -> Span:
        tokens = self._lattice.tokens
        begin, close = tokens[start].start, tokens[end - 1].end
        scored = self._score(start, end, edges)
        shares = _shares(scored) if choice is None else _posteriors(choice)
        candidates = [
            replace(candidate, share=shares.get(candidate.original, 0.0)) for candidate in _best_of_each(scored)
        ]
        candidates.sort(key=lambda candidate: (-candidate.share, -candidate.score))
        return Span(begin, close, self._lattice.line[begin:close], tuple(candidates), edit, made and edit is not None)

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
            found, cost = edge.reading, lattice.cost(edge)
            candidates.append(Candidate(edge.head, cost - kept_cost, gain, 0.0, str(found.reason), found.profile))
        return candidates

    def _around(self, start: int, end: int, count: int) -> tuple[list[int], list[int]]:
        """The model's words around a span: ``count`` of them before, up to ``count`` behind it."""
        lattice = self._lattice
        apart = [
            choice.edge
            for choice in self._judgement.decoding.choices
            if choice.edge.end <= start or choice.edge.start >= end
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
    found: dict[str | None, float] = {choice.edge.head: choice.posterior}
    for reading, posterior in choice.rivals:
        found[None if reading is None else reading.head] = posterior
    return found


def _shares(candidates: Sequence[Candidate]) -> dict[str | None, float]:
    """Probabilities from scores, the readings of one span being all there is."""
    top = max(candidate.score for candidate in candidates)
    odds: dict[str | None, float] = {}
    for candidate in candidates:
        if candidate.score > top - _UNLIKELY:
            odds[candidate.original] = odds.get(candidate.original, 0.0) + math.exp(candidate.score - top)
    total = sum(odds.values())
    return {original: value / total for original, value in odds.items()}
