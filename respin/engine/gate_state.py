"""What a gate makes of the lines of one document, in order.

What earlier lines came to counts as long as it speaks for a spinner. That no line did does not count against the next
one: an article that was spun may follow on any number of others. For the first lines the thresholds are stricter, as
they are read to find out whether a spinner was at work that nobody has listed.
"""

from __future__ import annotations

from enum import Enum
from math import inf
from typing import Final

from respin.engine.gate import Gate, Levels, Settings

MOST_LEADING: Final = 48
"""Most words of a line that is dismissed before any was read: in a longer one the words of a spinner that nobody has
listed are too few to show in the sum."""

_NOTHING: Final[Levels] = (0.0, 0.0)


class Place(Enum):
    """Where in its document a line stands, by what is known of the document when it comes."""

    LEADING = "leading"
    """No line was read yet."""
    FIRST = "first"
    """It is one of those that tell what the document is: where other families are looked for, none of these is
    dismissed."""
    BEHIND = "behind"


class Verdict(Enum):
    """What becomes of a line, by who may have written it."""

    DISMISSED = "dismissed"
    """Nobody: it is passed on as it is."""
    NEWSROOM = "newsroom"
    """Only newsroom's spinner: whether another family did is not asked."""
    GLANCED = "glanced"
    """Only another family: there is no lattice of newsroom's."""
    READ = "read"
    """Any family."""


_VERDICTS: Final = ((Verdict.DISMISSED, Verdict.GLANCED), (Verdict.NEWSROOM, Verdict.READ))
"""By whether newsroom, and whether others may have written it."""


class GateState:
    """What the lines of a document have come to so far.

    Args:
        others: whether other families than newsroom are looked for.
    """

    __slots__ = ("_gate", "_kept", "_least", "_others")

    def __init__(self, gate: Gate, *, others: bool = True) -> None:
        self._gate, self._others = gate, others
        self._kept = _NOTHING
        ours, theirs = gate.settings
        self._least = -ours.drift, -theirs.drift

    def levels(self, alone: Levels) -> Levels:
        """What the next line comes to with those before it, for each family, nats; and count it.

        Args:
            alone: what it comes to by itself, see `Gate.line`.
        """
        newsroom, others = alone
        if self._kept is _NOTHING and newsroom <= self._least[0] and others <= self._least[1]:
            return alone  # as nearly all lines of clean text: nothing was kept, and nothing is to be
        ours, theirs = self._gate.settings
        ours_kept, theirs_kept = self._kept
        if newsroom < inf:  # else nothing is known of either
            left = _left(ours_kept + newsroom, ours), _left(theirs_kept + others, theirs)
            self._kept = left if any(left) else _NOTHING
        return newsroom + ours.share * ours_kept, others + theirs.share * theirs_kept

    @property
    def kept(self) -> Levels:
        """What the lines so far come to for the next one, nats."""
        return self._kept

    def verdict(self, text: str, place: Place = Place.BEHIND, alone: Levels | None = None) -> Verdict:
        """What the next line's chance is to be found spun; and count it.

        Args:
            alone: what it comes to by itself, where that is known.
        """
        newsroom, others = self.levels(self._gate.line(text) if alone is None else alone)
        ours, theirs = self._gate.settings
        if place is Place.LEADING and newsroom < ours.lead:
            is_sure = not self._others or (others < theirs.lead and len(text.split()) <= MOST_LEADING)
            if is_sure:
                return Verdict.DISMISSED
        by_newsroom = newsroom >= (ours.threshold if place is Place.BEHIND else ours.first)
        by_others = self._others and (place is not Place.BEHIND or others >= theirs.threshold)
        return _VERDICTS[by_newsroom][by_others]


def _left(level: float, settings: Settings) -> float:
    """What is kept of a level for the lines behind it."""
    level += settings.drift
    return 0.0 if level <= 0.0 else min(level, settings.most)
