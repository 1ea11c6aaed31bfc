"""Is a gain more than chance? Two repairs of the same documents, compared by the jackknife (Efron & Tibshirani 1993).

Search finds a best setting on any data, and on a few dozen articles most of what it gains is chance: many settings are
as good as the best. So what is found on one part of the documents replaces what was only if it gains on the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from respin.train.weights.bench import Accuracy, Scored, accuracies

_SURE: Final = 2.0
"""Standard errors that a gain must have: a run makes a dozen comparisons, and by one each two would pass by chance."""

Value = Callable[[Sequence[Accuracy]], float]
"""What a curve is worth."""


class Gain(NamedTuple):
    """What one setting is worth more than another, and the standard error of that."""

    gain: float
    error: float

    @property
    def is_sure(self) -> bool:
        """Whether it is more than chance."""
        return self.gain > _SURE * self.error

    def as_dict(self) -> dict[str, Any]:
        """For a record."""
        return {"gain": round(self.gain, 4), "standard error": round(self.error, 4), "taken": self.is_sure}


def compare(before: Sequence[Scored], after: Sequence[Scored], value: Value) -> Gain:
    """What the same documents are worth more after than before.

    The standard error comes of leaving out each document in turn: spans of one article are no independent draws.
    """

    def gained(left_out: int | None = None) -> float:
        parts = ([d for number, d in enumerate(scored) if number != left_out] for scored in (before, after))
        was, now = (value(accuracies(part)) for part in parts)
        return now - was

    n = len(before)
    without = [gained(number) for number in range(n)]
    mean = sum(without) / n
    return Gain(gained(), math.sqrt((n - 1) / n * sum((w - mean) ** 2 for w in without)))
