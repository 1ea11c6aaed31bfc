"""From the decoder's probabilities to confidences: calibration, the reliability table, operating points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from respin.engine.evidence import log_odds, logistic
from respin.engine.weights import OperatingPoint, Weights
from respin.train.weights.bench import Accuracy, Bench, Verdict

THRESHOLDS: Final = tuple(step / 40 for step in range(8, 39))
"""Confidences that are tried as thresholds."""


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
        confidence = _calibrated(verdict.probability, slope, shift)
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


def cross_calibrated(halves: tuple[Sequence[Verdict], Sequence[Verdict]]) -> list[Verdict]:
    """The verdicts of both halves, each with the probability that a calibration on the other half gives it."""
    found = []
    for verdicts, others in (halves, halves[::-1]):
        slope, shift = calibrate(others)
        found += [Verdict(_calibrated(v.probability, slope, shift), v.right) for v in verdicts]
    return found


def _calibrated(probability: float, slope: float, shift: float) -> float:
    return logistic(slope * min(8.0, max(-8.0, log_odds(probability))) + shift)


def operating_point(
    bench: Bench, weights: Weights, verdicts: Sequence[Verdict] = ()
) -> tuple[OperatingPoint, list[tuple[float, Accuracy]]]:
    """Calibration and thresholds for the judges of the bench, and the measured curve.

    With calibrated confidences the threshold for the best F measure is known from the best F itself: F / (1 + beta^2)
    (Ye et al., Optimizing F-measures: a tale of two approaches, 2012). So the default is f0.5 / 1.25, and aggressive is
    F1 / 2, where precision and recall count the same; both hang less on single edits than the best place of the curve.
    Conservative is the least threshold with the highest precision that keeps two thirds of the recall.

    Args:
        bench: gives the thresholds.
        weights: fitted.
        verdicts: to calibrate on; by default those of the bench.
    """
    slope, shift = calibrate(verdicts or bench.verdicts(weights))
    point = replace(getattr(weights, bench.mode), sharpness=round(slope, 4), shift=round(shift, 4))
    calibrated = replace(weights, **{bench.mode: point})
    curve = list(zip(THRESHOLDS, bench.curve(calibrated, THRESHOLDS), strict=True))
    default = round(max(figures.f05 for _, figures in curve) / 1.25, 3)
    most = max(figures.recall for _, figures in curve)
    eligible = [row for row in curve if row[1].recall >= most * 2 / 3]
    conservative = max(eligible, key=lambda row: row[1].precision)[0]
    aggressive = round(max(_f1(figures) for _, figures in curve) / 2, 3)
    thresholds = {"conservative": max(default, conservative), "aggressive": min(default, aggressive)}
    return replace(point, threshold=default, **thresholds), curve


def _f1(figures: Accuracy) -> float:
    total = figures.precision + figures.recall
    return 2 * figures.precision * figures.recall / total if total and not math.isnan(total) else 0.0
