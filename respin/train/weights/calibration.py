"""From the decoder's probabilities to confidences: calibration and the reliability table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from respin.engine.evidence import log_odds, logistic
from respin.train.weights.bench import Verdict


def calibrate(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Slope and intercept that map log odds of the decoder's probability to calibrated log odds.

    Logistic regression on one feature (Platt 1999), fitted by Newton's method with shorter steps where a whole one
    leads too far (Lin, Lin & Weng 2007). The targets lie a little off 0 and 1, so that verdicts which a threshold parts
    without a mistake do not make it infinitely steep.
    """
    if not verdicts:
        return 1.0, 0.0
    right = sum(v.right for v in verdicts)
    targets = 1 / (len(verdicts) - right + 2), (right + 1) / (right + 2)
    points = [(min(8.0, max(-8.0, log_odds(v.probability))), targets[v.right]) for v in verdicts]
    slope, shift = 0.0, math.log((right + 1) / (len(verdicts) - right + 1))
    loss = _cross_entropy(points, slope, shift)
    for _ in range(50):
        g0 = g1 = 0.0
        h00 = h01 = h11 = 1e-6
        for x, y in points:
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
        while abs(d0) + abs(d1) > 1e-9 and (less := _cross_entropy(points, slope + d0, shift + d1)) > loss:
            d0, d1 = d0 / 2, d1 / 2
        if abs(d0) + abs(d1) <= 1e-9:
            break
        slope, shift, loss = slope + d0, shift + d1, less
    return slope, shift


def _cross_entropy(points: Sequence[tuple[float, float]], slope: float, shift: float) -> float:
    """Of targets in [0, 1] at log odds, nats."""
    scores = [(slope * x + shift, y) for x, y in points]
    return sum(max(z, 0.0) + math.log1p(math.exp(-abs(z))) - y * z for z, y in scores)


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
