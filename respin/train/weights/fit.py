"""Fit the decoder's weights: coordinate ascent on f0.5, then calibration of the confidence.

Data are annotated documents: clean text that we spin ourselves, and real spun articles that
somebody annotated, where there are any. Documents, not lines, are dealt out to the tune and the
check part, so no document is seen in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.edits import Edit
from respin.engine.evidence import log_odds, logistic
from respin.engine.lattice import Lattice
from respin.engine.reader import SHIPPED, Reader
from respin.engine.repairer import Repairer
from respin.engine.weights import OperatingPoint, Weights
from respin.text.lines import Line
from respin.train.corpus import Measure, unmeasured
from respin.train.weights.score import Gold, Tally, judge

_THRESHOLDS: Final = tuple(step / 40 for step in range(8, 39))
"""Confidences that are tried as thresholds."""

Document = Sequence[tuple[str, Sequence[Gold]]]
"""Lines of spun text with their spans; a document without any spans is clean."""

Mode = Literal["fast", "default"]
"""Which judges are asked: the n-gram decoder alone, or the reader after it."""

STEPS: Final[dict[Mode, dict[str, tuple[float, ...]]]] = {
    # Additive steps to try, in nats or plain units; each round tries them in both directions.
    "fast": {
        "edit": (0.5, 0.2),
        "model": (0.1, 0.05),
        "channel": (0.3, 0.1),
        "kept_head": (0.2, 0.1),
        "evidence": (0.1,),
        "article": (1.0,),
        "line_prior": (1.0,),
        "document_prior": (0.1,),
    },
    "default": {
        "reader": (0.1,),
        "reader_model": (0.1,),
        "reader_channel": (0.2,),
        "reader_edit": (0.3,),
        "reader_evidence": (0.1,),
        "reader_line_prior": (1.0,),
    },
}

_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "model": (0.2, 2.0),
    "channel": (0.0, 3.0),
    "kept_head": (0.0, 3.0),
    "evidence": (0.05, 1.0),
    "document_prior": (0.05, 0.9),
    "edit": (-5.0, 2.0),
    "article": (-8.0, 0.0),
    "line_prior": (-6.0, 3.0),
    "reader": (0.0, 3.0),
    "reader_model": (0.0, 2.0),
    "reader_channel": (0.0, 3.0),
    "reader_edit": (-4.0, 4.0),
    "reader_evidence": (0.05, 2.0),
    "reader_line_prior": (-6.0, 3.0),
}


@dataclass(frozen=True, slots=True)
class Accuracy:
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


class RememberedReader(Reader):
    """A reader that remembers what it said of a line: other weights change nothing of it."""

    def __init__(self, path: str | Path = SHIPPED) -> None:
        super().__init__(path)
        self._said: dict[tuple[str, tuple[str, ...]], NDArray[np.float64]] = {}

    def odds(self, lattice: Lattice) -> NDArray[np.float64]:
        """See `Reader.odds`."""
        key = lattice.line, tuple(reading.head for span in lattice.spans for reading in span.readings.all)
        if key not in self._said:
            self._said[key] = super().odds(lattice)
        return self._said[key]


class Bench:
    """Annotated documents, ready to be repaired again and again under other weights.

    Args:
        repairer: gives the dictionary and the language model.
        documents: annotated.
        groups: of which each is part; figures are means over them, so that a large one does not drown the others.
        mode: which judges are asked.
    """

    def __init__(
        self,
        repairer: Repairer,
        documents: Iterable[Document],
        groups: Sequence[str] = (),
        mode: Mode = "fast",
    ) -> None:
        self.mode: Mode = mode
        self._dictionary, self._model = repairer.dictionary, repairer.model
        self._documents = list(documents)
        self._groups = list(groups) or [""] * len(self._documents)
        self._reader = RememberedReader() if mode == "default" else None

    def _repairs(self, weights: Weights, min_confidence: float | None = None) -> Iterator[_Judged]:
        repairer = Repairer(self._dictionary, self._model, weights, reader=self._reader, min_confidence=min_confidence)
        for group, document in zip(self._groups, self._documents, strict=True):
            is_spun = any(golds for _, golds in document)
            repairs = repairer.document().feed(Line(text) for text, _ in document)
            for (text, golds), repair in zip(document, repairs, strict=True):
                yield _Judged(group, is_spun, text, golds, repair.edits)

    def measure(self, weights: Weights) -> Accuracy:
        """Scores at the threshold of the weights."""
        return self.curve(weights, [getattr(weights, self.mode).threshold])[0]

    def curve(self, weights: Weights, thresholds: Sequence[float]) -> list[Accuracy]:
        """Scores at several thresholds, from one repair."""
        spun: list[dict[str, Tally]] = [{} for _ in thresholds]
        clean = [Tally() for _ in thresholds]
        for line in self._repairs(weights, min(thresholds)):
            for number, threshold in enumerate(thresholds):
                made = [edit for edit in line.edits if edit.confidence >= threshold]
                tally = spun[number].setdefault(line.group, Tally()) if line.is_spun else clean[number]
                tally.add(judge(line.text, line.golds, made)[0])
        found = []
        for number in range(len(thresholds)):
            tallies = list(spun[number].values()) or [Tally()]
            n = len(tallies)
            found.append(
                Accuracy(
                    sum(t.recall for t in tallies) / n,
                    sum(t.precision for t in tallies) / n,
                    sum(t.f05 for t in tallies) / n,
                    clean[number].damage,
                )
            )
        return found

    def verdicts(self, weights: Weights) -> list[Verdict]:
        """Every edit that would be made at any confidence, uncalibrated, with whether it is right."""
        point = replace(getattr(weights, self.mode), sharpness=1.0, shift=0.0)
        uncalibrated = replace(weights, **{self.mode: point})
        found = []
        for line in self._repairs(uncalibrated, 0.0):
            found += [Verdict(e.confidence, right) for e, right in judge(line.text, line.golds, line.edits)[1]]
        return found


class _Judged(NamedTuple):
    """A line of a document and what was made of it."""

    group: str
    is_spun: bool
    text: str
    golds: Sequence[Gold]
    edits: Sequence[Edit]


def fit(
    bench: Bench,
    start: Weights,
    *,
    max_damage: float = 0.1,
    rounds: int = 3,
    report: Callable[[str], None] = lambda message: None,
    measure: Measure = unmeasured,
) -> Weights:
    """Coordinate ascent on f0.5, damage to clean text above ``max_damage`` per 1,000 words charged.

    Args:
        bench: the tune part.
        start: where to begin.
        max_damage: edits per 1,000 words of clean text that cost nothing, >= 0.
        rounds: most passes over all weights; it ends early when a pass gains nothing.
        report: called with a line for each gain.
        measure: told how many steps of a round are tried, and of how many.
    """

    def value(weights: Weights) -> float:
        # At the best threshold: the calibration, which the threshold refers to, is fitted afterwards.
        return max(f.f05 - 0.05 * max(0.0, f.damage - max_damage) for f in bench.curve(weights, _THRESHOLDS))

    best, best_value = start, value(start)
    total = sum(2 * len(steps) for steps in STEPS[bench.mode].values())
    for number in range(rounds):
        before = best_value
        tried = 0
        for name, steps in STEPS[bench.mode].items():
            for step in steps:
                for direction in (step, -step):
                    measure(tried, total)
                    tried += 1
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
    if not verdicts:
        return 1.0, 0.0
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
        if det <= 0.0:
            break  # all verdicts alike: nothing to learn a slope from
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


def operating_point(bench: Bench, weights: Weights) -> tuple[OperatingPoint, list[tuple[float, Accuracy]]]:
    """Calibration and thresholds for the judges of the bench, and the measured curve.

    The default threshold has the best f0.5. Conservative is the least threshold with the highest precision that
    keeps two thirds of the recall; aggressive the one with the best F1, where precision and recall count the same.
    """
    slope, shift = calibrate(bench.verdicts(weights))
    point = replace(getattr(weights, bench.mode), sharpness=round(slope, 4), shift=round(shift, 4))
    calibrated = replace(weights, **{bench.mode: point})
    curve = list(zip(_THRESHOLDS, bench.curve(calibrated, _THRESHOLDS), strict=True))
    default = max(curve, key=lambda row: row[1].f05)[0]
    most = max(figures.recall for _, figures in curve)
    eligible = [row for row in curve if row[1].recall >= most * 2 / 3]
    conservative = max(eligible, key=lambda row: row[1].precision)[0]
    aggressive = max(curve, key=lambda row: _f1(row[1]))[0]
    thresholds = {"conservative": max(default, conservative), "aggressive": min(default, aggressive)}
    return replace(point, threshold=default, **thresholds), curve


def _f1(figures: Accuracy) -> float:
    total = figures.precision + figures.recall
    return 2 * figures.precision * figures.recall / total if total and not math.isnan(total) else 0.0
