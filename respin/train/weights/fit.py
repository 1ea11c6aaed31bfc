"""Fit the decoder's weights: direct search on f0.5 (Hooke & Jeeves 1961).

Fitted are the weights that say which reading of a span is right. Those that say whether a line was spun at all stay
as they are: f0.5 on a few annotated articles gains by taking lines for spun ever more lightly, and clean text that is
not among them pays (1.4 edits per 1,000 words, where it was none).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from respin.engine.weights import Weights
from respin.train.corpus import Measure, unmeasured
from respin.train.weights.bench import Accuracy, Bench, Mode
from respin.train.weights.operating_point import THRESHOLDS

STEPS: Final[dict[Mode, dict[str, float]]] = {
    # The first step of each weight, in nats or plain units; steps are halved where no step of any weight gains.
    "fast": {
        "edit": 0.5,
        "model": 0.1,
        "channel": 0.3,
    },
    "default": {
        "reader": 0.1,
        "reader_edit": 0.4,
        "reader_model": 0.1,
        "reader_channel": 0.2,
        "habit": 0.1,
    },
    "accurate": {
        "second_opinion": 0.1,
        "second_edit": 0.3,
        "first_opinion": 0.1,
    },
}

_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "model": (0.2, 2.0),
    "channel": (0.0, 3.0),
    "edit": (-5.0, 2.0),
    "reader": (0.0, 3.0),
    "reader_model": (0.0, 2.0),
    "reader_channel": (0.0, 3.0),
    "reader_edit": (-4.0, 4.0),
    "habit": (0.0, 1.0),
    "second_opinion": (0.0, 2.0),
    "second_edit": (-4.0, 4.0),
    "first_opinion": (0.0, 2.0),
}

_GAIN: Final = 5e-5
"""Least that a step must gain."""
_LEAST_SCALE: Final = 0.2
"""Share of the first steps below which no shorter ones are tried."""
_BESIDE: Final = 5
"""Thresholds whose figures are averaged."""


def fit(
    bench: Bench,
    start: Weights,
    *,
    max_damage: float = 0.1,
    rounds: int = 8,
    report: Callable[[str], None] = lambda message: None,
    measure: Measure = unmeasured,
) -> Weights:
    """Direct search for the best f0.5, damage to clean text above ``max_damage`` per 1,000 words charged.

    A round tries a step of each weight, either way, and keeps what gains. After one that gained, the next begins
    as far ahead in the same direction; after one that did not, steps are half as long.

    Args:
        bench: the tune part.
        start: where to begin.
        max_damage: edits per 1,000 words of clean text that cost nothing, >= 0.
        rounds: most passes over all weights.
        report: called with a line for each round.
        measure: told how many steps of a round are tried, and of how many.
    """
    best, best_value = start, _value(bench, start, max_damage)
    ahead: Weights | None = None
    scale = 1.0
    for number in range(1, rounds + 1):
        tried, value = best, best_value
        if ahead is not None:
            tried, value = ahead, _value(bench, ahead, max_damage)
        tried, value = _explored(bench, tried, value, max_damage, scale, measure)
        if value <= best_value + _GAIN and ahead is not None:
            tried, value = _explored(bench, best, best_value, max_damage, scale, measure)
        if value <= best_value + _GAIN:
            scale, ahead = scale / 2, None
            report(f"round {number}: no gain; steps are halved")
            if scale < _LEAST_SCALE:
                break
            continue
        moved: dict[str, Any] = {
            name: _bounded(name, 2 * getattr(tried, name) - getattr(best, name)) for name in STEPS[bench.mode]
        }
        ahead, best, best_value = tried._replace(**moved), tried, value
        told = ", ".join(f"{name} {getattr(best, name):g}" for name in STEPS[bench.mode])
        report(f"round {number}: {best_value:.4f} with {told}")
    return best


def _explored(
    bench: Bench, weights: Weights, value: float, max_damage: float, scale: float, measure: Measure
) -> tuple[Weights, float]:
    """The weights after a step of each that gains, if one does, and what they are worth."""
    steps = STEPS[bench.mode]
    for number, (name, step) in enumerate(steps.items()):
        measure(number, len(steps))
        for direction in (step, -step):
            moved: dict[str, Any] = {name: _bounded(name, getattr(weights, name) + direction * scale)}
            trial = weights._replace(**moved)
            if trial != weights and (trial_value := _value(bench, trial, max_damage)) > value + _GAIN:
                weights, value = trial, trial_value
                break
    return weights, value


def _bounded(name: str, value: float) -> float:
    low, high = _BOUNDS[name]
    return round(min(high, max(low, value)), 4)


def _value(bench: Bench, weights: Weights, max_damage: float) -> float:
    return worth(bench.curve(weights, THRESHOLDS), max_damage)


def worth(curve: Sequence[Accuracy], max_damage: float) -> float:
    """f0.5 at the best threshold of a curve and those beside it, so that no single lucky edit counts.

    The calibration, which the threshold refers to, is fitted afterwards.
    """
    values = [figures.f05 - loss(figures, max_damage) for figures in curve]
    return max(sum(values[first : first + _BESIDE]) / _BESIDE for first in range(len(values) - _BESIDE + 1))


def loss(figures: Accuracy, max_damage: float) -> float:
    """What damage to clean text above so many edits per 1,000 words costs, in f0.5."""
    return 0.05 * max(0.0, figures.damage - max_damage)
