"""Fit one mode: search on the tune part, take what gains on the check part, calibrate on both, and record it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from respin.engine.weights import Weights
from respin.train.corpus import Measure, unmeasured
from respin.train.weights.bench import Accuracy, Bench, uncalibrated
from respin.train.weights.calibration import cross_calibrated, reliability
from respin.train.weights.fit import STEPS, fit, loss, worth
from respin.train.weights.gain import compare
from respin.train.weights.operating_point import THRESHOLDS, operating_point


def fit_mode(
    tune: Bench,
    check: Bench,
    start: Weights,
    *,
    max_damage: float = 0.1,
    report: Callable[[str], None] = lambda message: None,
    measure: Measure = unmeasured,
) -> tuple[Weights, dict[str, Any]]:
    """The weights and the operating point of the mode of both benches, and the record of how they came about.

    Args:
        tune: the documents that are searched on.
        check: the documents that what was found must gain on.
        start: weights that stay where nothing surely gains.
        max_damage: edits per 1,000 words of clean text that cost nothing, >= 0.
        report: called with a line for each round of the search.
        measure: told how many steps of a round are tried, and of how many.
    """
    mode = tune.mode
    # The search is to come to the same whatever the start's calibration is. The first answers of a neural model, which
    # are remembered, are those to the text as the start reads it.
    begun = uncalibrated(start, mode)
    before = check.scored(begun, THRESHOLDS)
    found = fit(tune, begun, max_damage=max_damage, report=report, measure=measure)
    gained = compare(before, check.scored(found, THRESHOLDS), lambda curve: worth(curve, max_damage))
    weights = start
    if gained.is_sure:
        weights = start._replace(**{name: getattr(found, name) for name in STEPS[mode]})
        tune.forget()
        check.forget()
    halves = tune.verdicts(weights), check.verdicts(weights)
    chosen, thresholds = operating_point(
        *(tune, check, weights, [*halves[0], *halves[1]]),
        is_new=gained.is_sure,
        loss=lambda figures: loss(figures, max_damage),
    )
    point: dict[str, Any] = {mode: chosen}
    weights = weights._replace(**point)
    table, error = reliability(cross_calibrated(halves), 1.0, 0.0)
    return weights, {
        "search": {
            "found": {name: getattr(found, name) for name in STEPS[mode]},
            **gained.as_dict(),
        },
        "thresholds": thresholds,
        "check": {**_rounded(check.measure(weights)), "calibration error": round(error, 4)},
        "reliability": [[b.low, b.high, b.edits, round(b.confidence, 3), round(b.right, 3)] for b in table],
        "curve": [
            [threshold, *_rounded(figures).values()]
            for threshold, figures in zip(THRESHOLDS, check.curve(weights, THRESHOLDS), strict=True)
        ],
    }


def _rounded(figures: Accuracy) -> dict[str, float]:
    return {
        "recall": round(figures.recall, 4),
        "precision": round(figures.precision, 4),
        "f0.5": round(figures.f05, 4),
        "damage": round(figures.damage, 3),
    }
