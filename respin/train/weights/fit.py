"""Fit the decoder's weights: coordinate ascent on f0.5, then calibration of the confidence.

Data are annotated documents: clean text that we spin ourselves, and real spun articles that
somebody annotated, where there are any. Documents, not lines, are dealt out to the tune and the
check part, so no document is seen in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from respin.dictionary.index import Dictionary
from respin.engine.evidence import log_odds, logistic
from respin.engine.repairer import Repairer
from respin.engine.weights import Weights
from respin.lm.ngram_model import Model
from respin.text.lines import Line
from respin.train.weights.score import Gold, Tally, judge

Document = Sequence[tuple[str, Sequence[Gold]]]
"""Lines of spun text with their spans; a document without any spans is clean."""

STEPS: Final[dict[str, tuple[float, ...]]] = {
    # Additive steps to try, in nats or plain units; each round tries them in both directions.
    "edit": (0.5, 0.2),
    "model": (0.1, 0.05),
    "channel": (0.3, 0.1),
    "kept_head": (0.2, 0.1),
    "evidence": (0.1,),
    "article": (1.0,),
    "line_prior": (1.0,),
    "document_prior": (0.1,),
    "threshold": (0.05,),
}

_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "model": (0.2, 2.0),
    "channel": (0.0, 3.0),
    "kept_head": (0.0, 3.0),
    "evidence": (0.05, 1.0),
    "document_prior": (0.05, 0.9),
    "threshold": (0.2, 0.95),
    "edit": (-5.0, 2.0),
    "article": (-8.0, 0.0),
    "line_prior": (-6.0, 3.0),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one set of weights makes of the data. ``damage`` is edits per 1,000 words of clean documents."""

    recall: float
    precision: float
    f05: float
    damage: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """An edit's uncalibrated probability, in [0, 1], and whether it is right."""

    probability: float
    right: bool


class Bench:
    """Annotated documents, ready to be repaired again and again under other weights."""

    def __init__(
        self, dictionary: Dictionary, model: Model, documents: Iterable[Document], groups: Sequence[str] = ()
    ) -> None:
        self._dictionary, self._model = dictionary, model
        self._documents = list(documents)
        self._groups = list(groups) or [""] * len(self._documents)

    def measure(self, weights: Weights) -> Figures:
        """Scores of spun documents, the mean over groups so that a large one does not drown the others."""
        spun: dict[str, Tally] = {}
        clean = Tally()
        repairer = Repairer(self._dictionary, self._model, weights)
        for group, document in zip(self._groups, self._documents, strict=True):
            tally = spun.setdefault(group, Tally()) if any(golds for _, golds in document) else clean
            for (text, golds), repair in zip(document, _repair(repairer, document), strict=True):
                tally.add(judge(text, golds, repair.edits)[0])
        tallies = list(spun.values()) or [Tally()]
        n = len(tallies)
        return Figures(
            sum(t.recall for t in tallies) / n,
            sum(t.precision for t in tallies) / n,
            sum(t.f05 for t in tallies) / n,
            clean.damage,
        )

    def verdicts(self, weights: Weights) -> list[Verdict]:
        """Every edit the decoder would make at any confidence, uncalibrated, with whether it is right."""
        repairer = Repairer(
            self._dictionary, self._model, replace(weights, sharpness=1.0, shift=0.0), min_confidence=0.0
        )
        found = []
        for document in self._documents:
            for (text, golds), repair in zip(document, _repair(repairer, document), strict=True):
                found += [Verdict(e.confidence, right) for e, right in judge(text, golds, repair.edits)[1]]
        return found


def _repair(repairer: Repairer, document: Document):  # type: ignore[no-untyped-def]
    return repairer.document().feed(Line(text) for text, _ in document)


def fit(
    bench: Bench,
    start: Weights,
    *,
    max_damage: float = 0.1,
    rounds: int = 3,
    report: Callable[[str], None] = lambda message: None,
) -> Weights:
    """Coordinate ascent on f0.5, damage to clean text above ``max_damage`` per 1,000 words charged.

    Args:
        bench: the tune part.
        start: where to begin.
        max_damage: edits per 1,000 words of clean text that cost nothing, >= 0.
        rounds: most passes over all weights; it ends early when a pass gains nothing.
        report: called with a line for each gain.
    """

    def value(weights: Weights) -> float:
        figures = bench.measure(weights)
        return figures.f05 - 0.05 * max(0.0, figures.damage - max_damage)

    best, best_value = start, value(start)
    for number in range(rounds):
        before = best_value
        for name, steps in STEPS.items():
            for step in steps:
                for direction in (step, -step):
                    while True:
                        low, high = _BOUNDS[name]
                        moved = round(min(high, max(low, getattr(best, name) + direction)), 4)
                        if moved == getattr(best, name):
                            break
                        trial = replace(best, **{name: moved})
                        trial_value = value(trial)
                        if trial_value <= best_value + 1e-5:
                            break
                        best, best_value = trial, trial_value
                        report(f"round {number + 1}: {name} = {moved:g}: {best_value:.4f}")
        if best_value - before < 1e-4:
            break
    return best


def calibrate(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Slope and intercept that map log odds of the decoder's probability to calibrated log odds.

    Logistic regression on one feature, fitted by Newton's method (Platt 1999).
    """
    xs = [min(8.0, max(-8.0, log_odds(v.probability))) for v in verdicts]
    ys = [float(v.right) for v in verdicts]
    slope, shift = 1.0, 0.0
    for _ in range(50):
        g0 = g1 = 0.0
        h00 = h01 = h11 = 1e-6
        for x, y in zip(xs, ys, strict=True):
            p = logistic(slope * x + shift)
            w = p * (1 - p)
            g0 += (y - p) * x
            g1 += y - p
            h00 += w * x * x
            h01 += w * x
            h11 += w
        det = h00 * h11 - h01 * h01
        d0, d1 = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
        slope, shift = slope + d0, shift + d1
        if abs(d0) + abs(d1) < 1e-9:
            break
    return slope, shift


@dataclass(frozen=True, slots=True)
class Bin:
    """A row of the reliability table: edits with a confidence in [low, high)."""

    low: float
    high: float
    edits: int
    confidence: float
    right: float


def reliability(verdicts: Sequence[Verdict], slope: float, shift: float, bins: int = 10) -> tuple[list[Bin], float]:
    """The reliability table and the expected calibration error (Guo et al. 2017), in [0, 1]."""
    rows: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for verdict in verdicts:
        confidence = logistic(slope * min(8.0, max(-8.0, log_odds(verdict.probability))) + shift)
        rows[min(bins - 1, int(confidence * bins))].append((confidence, verdict.right))
    table = []
    error = 0.0
    for index, row in enumerate(rows):
        if row:
            mean = sum(c for c, _ in row) / len(row)
            share = sum(r for _, r in row) / len(row)
            table.append(Bin(index / bins, (index + 1) / bins, len(row), mean, share))
            error += len(row) / len(verdicts) * abs(mean - share)
    return table, error


def operating_points(bench: Bench, weights: Weights) -> tuple[float, float, float, list[tuple[float, Figures]]]:
    """Thresholds for the best f0.5, for being conservative and aggressive, and the measured curve.

    Conservative is the least threshold of the curve with the highest precision that keeps two thirds of
    the recall; aggressive the one with the best F1, where precision and recall count the same.
    """
    curve = []
    for step in range(4, 20):
        threshold = step / 20
        curve.append((threshold, bench.measure(replace(weights, threshold=threshold))))
    default = max(curve, key=lambda point: point[1].f05)[0]
    most = max(figures.recall for _, figures in curve)
    eligible = [point for point in curve if point[1].recall >= most * 2 / 3]
    conservative = max(eligible, key=lambda point: point[1].precision)[0]
    aggressive = max(curve, key=lambda point: _f1(point[1]))[0]
    return default, max(default, conservative), min(default, aggressive), curve


def _f1(figures: Figures) -> float:
    total = figures.precision + figures.recall
    return 2 * figures.precision * figures.recall / total if total and not math.isnan(total) else 0.0
