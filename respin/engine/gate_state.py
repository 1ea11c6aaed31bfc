"""What the lines of a document come to, by a gate, each with those before it.

What earlier lines came to counts as long as it speaks for a spinner. That no line did does not count against the next
one: an article that was spun may follow on any number of others.
"""

from __future__ import annotations

from math import inf
from typing import Final

from respin.engine.gate import Levels, Pair, Settings

_NOTHING: Final[Levels] = (0.0, 0.0)


class GateState:
    """What the lines of a document have come to so far.

    Args:
        settings: of the gate.
    """

    __slots__ = ("_kept", "_least", "_settings")

    def __init__(self, settings: Pair) -> None:
        self._settings = ours, theirs = settings
        self._least = -ours.drift, -theirs.drift
        self._kept = _NOTHING

    def levels(self, alone: Levels) -> Levels:
        """What the next line comes to with those before it, for each family, nats; and count it.

        Args:
            alone: what it comes to by itself, see `Gate.line`.
        """
        newsroom, others = alone
        if self._kept is _NOTHING and newsroom <= self._least[0] and others <= self._least[1]:
            return alone  # as nearly all lines of clean text: nothing was kept, and nothing is to be
        ours, theirs = self._settings
        ours_kept, theirs_kept = self._kept
        if newsroom < inf:  # else nothing is known of either
            left = _left(ours_kept + newsroom, ours), _left(theirs_kept + others, theirs)
            self._kept = left if any(left) else _NOTHING
        return newsroom + ours.share * ours_kept, others + theirs.share * theirs_kept

    @property
    def kept(self) -> Levels:
        """What the lines so far come to for the next one, nats."""
        return self._kept


def _left(level: float, settings: Settings) -> float:
    """What is kept of a level for the lines behind it."""
    level += settings.drift
    return 0.0 if level <= 0.0 else min(level, settings.most)
