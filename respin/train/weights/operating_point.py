"""How sure an edit must be: a calibration, and the thresholds on the confidences that it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from respin.engine.evidence import log_odds, logistic
from respin.engine.weights import OperatingPoint, Weights
from respin.train.weights.bench import Accuracy, Bench, Verdict
from respin.train.weights.calibration import calibrate
from respin.train.weights.gain import compare

THRESHOLDS: Final = tuple(step / 40 for step in range(8, 39))
"""Confidences that are tried as thresholds."""
_LEAST_SLOPE: Final = 0.01
"""Of a calibration: less would turn the order of the edits round, where a handful of verdicts seems to ask for it."""


def operating_point(
    tune: Bench,
    check: Bench,
    weights: Weights,
    verdicts: Sequence[Verdict],
    *,
    is_new: bool,
    loss: Callable[[Accuracy], float] = lambda figures: 0.0,
) -> tuple[OperatingPoint, dict[str, Any]]:
    """Calibration and thresholds for the judges of the benches, and a record of how each threshold came about.

    With calibrated confidences the threshold for the best F measure is known from the best F itself: F / (1 + beta^2)
    (Ye et al., Optimizing F-measures: a tale of two approaches, 2012). So the default is f0.5 / 1.25, and aggressive is
    F1 / 2, where precision and recall count the same; both hang less on single edits than the best place of the curve.
    Conservative is the least threshold with the highest precision that keeps two thirds of the recall. Each is found on
    the one part, and replaces that of the weights if these are new, or if the other part surely gains. One that stays
    makes the same edits as before, under the confidence that they have by the new calibration.

    Args:
        tune: the part that new thresholds are found on.
        check: the part that must gain by them.
        weights: fitted, with the operating point so far.
        verdicts: to calibrate on.
        is_new: whether the operating point so far is that of other weights.
        loss: what damage to clean text costs, in f0.5.
    """
    old: OperatingPoint = getattr(weights, tune.mode)
    slope, shift = calibrate(verdicts)
    slope, shift = max(_LEAST_SLOPE, round(slope, 4)), round(shift, 4)
    point: dict[str, Any] = {tune.mode: old._replace(sharpness=slope, shift=shift)}
    calibrated = weights._replace(**point)

    curve = tune.curve(calibrated, THRESHOLDS)
    most = max(figures.recall for figures in curve)
    eligible = [row for row in zip(THRESHOLDS, curve, strict=True) if row[1].recall >= most * 2 / 3]
    found: dict[str, tuple[float, Callable[[Accuracy], float]]] = {
        "threshold": (max(f.f05 for f in curve) / 1.25, lambda f: f.f05 - loss(f)),
        "conservative": (max(eligible, key=lambda row: row[1].precision)[0], lambda f: f.precision),
        "aggressive": (max(map(_f1, curve)) / 2, _f1),
    }
    chosen, record = {}, {}
    for name, (new, worth) in found.items():
        raw = (log_odds(getattr(old, name)) - old.shift) / old.sharpness
        was = logistic(slope * raw + shift)
        before, after = (check.scored(calibrated, [threshold]) for threshold in (was, new))
        gained = compare(before, after, lambda curve, worth=worth: worth(curve[0]))  # type: ignore[misc]
        is_taken = is_new or gained.is_sure
        chosen[name] = new if is_taken else was
        record[name] = {"found": round(new, 4), **gained.as_dict(), "taken": is_taken}
    threshold = round(chosen["threshold"], 4)
    ordered = OperatingPoint(
        *(slope, shift, threshold),
        conservative=max(threshold, round(chosen["conservative"], 4)),
        aggressive=min(threshold, round(chosen["aggressive"], 4)),
    )
    return ordered, record


def _f1(figures: Accuracy) -> float:
    total = figures.precision + figures.recall
    return 2 * figures.precision * figures.recall / total if total and not math.isnan(total) else 0.0
