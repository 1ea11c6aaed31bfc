"""What becomes of each line of a document: who may have written it, by its words and by what was found in those read.

Words alone do not tell a spinner that nobody has listed. So of the first lines only those are left alone that words all
but rule out. Behind them it is asked now and then whether what was read looks spun, at once where words speak for a
spinner. As long as it does, all lines are read; where only newsroom's spinner is at work, whose words are known, all
but those that it can hardly have touched.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from respin.engine.gate import Gate, Levels
from respin.engine.gate_state import GateState

LOOK: Final = 4
"""Lines of an article before the gate closes: in these a word says less against a spinner."""
MOST_SURE: Final = 48
"""Most words of a line whose words may rule other families out: in a longer one the words of a spinner that nobody has
listed are too few to show in the sum."""
_CLOSED, _OPEN = 16, 64
"""Lines after which it is asked again whether the article looks spun: when the gate has just closed, and while it is
open. The longer it was closed the longer it stays so: ``_LONGER`` times as long, up to ``_LONGEST``."""
_LONGER, _LONGEST = 4, 1 << 13
_HOT, _HOT_LINES = (16.0, 8.0), 3
"""What the lines so far must come to, for newsroom and for the others, nats, and in how many lines that are not
dismissed in a row, for it to be asked at once: where a spun article begins, and at few places of clean text."""
COLD, COLD_NEWSROOM = 10, 8
"""Lines in a row that it would have dismissed after which an open gate closes, as the article has ended: of spinners
that nobody has listed there were five at most. Newsroom's words are known, so where nobody else is at work fewer say as
much."""
_FORGOTTEN: Final = 1024
"""Lines that it stays closed then if nothing new comes: what is remembered of that article looks spun for the first
hundred."""


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


_DISMISSED: Final = Verdict.DISMISSED
"""What becomes of most lines: a member of an enumeration takes longer to be found."""
_VERDICTS: Final = ((Verdict.DISMISSED, Verdict.GLANCED), (Verdict.NEWSROOM, Verdict.READ))
"""By whether newsroom, and whether others may have written it."""


class Gatekeeper:
    """Tells what becomes of each line of a document, in order.

    Args:
        others: whether other families than newsroom are looked for.
    """

    def __init__(self, gate: Gate, *, others: bool = True) -> None:
        self._settings, self._others = gate.settings, others
        self._state = GateState(gate.settings)
        self._first = LOOK
        """Lines that are still to come before the gate closes. Those in which nobody has any chance do not count as
        long as none was read."""
        self._is_open = self._looks_other = False
        self._until = 0
        """Lines, since it was asked last, after which it is asked again."""
        self._passed = 0
        """Lines since then."""
        self._closed_for = 0
        self._hot = self._cold = 0

    @property
    def is_due(self) -> bool:
        """Whether it wants to know, before the next line, whether the article looks spun."""
        return not self._first and (self._passed >= self._until or self._hot >= _HOT_LINES)

    def look(self, *, by_newsroom: bool, by_others: bool) -> None:
        """Let all lines through, or not, by whether what was read of the article looks spun, and by whom."""
        if by_newsroom or by_others:
            self._is_open, self._closed_for, self._until = True, 0, _OPEN
            self._looks_other = by_others
        elif self._is_open or self._passed >= self._until:
            self._close(min(_LONGEST, _LONGER * self._closed_for) or _CLOSED)
        else:
            self._until -= self._passed
        self._passed = self._hot = self._cold = 0

    @property
    def is_behind(self) -> bool:
        """Whether the first lines have passed."""
        return not self._first

    def verdict(self, line: str, alone: Levels) -> Verdict:
        """What becomes of the next line.

        Args:
            alone: what it comes to by itself, see `respin.engine.gate`.
        """
        newsroom, others = self._state.levels(alone)
        ours, theirs = self._settings
        if self._first:
            is_long = len(line.split()) > MOST_SURE
            by_others = self._others and (others >= theirs.lead or is_long)
            if self._first == LOOK and newsroom < ours.lead and not by_others:
                return _DISMISSED
            self._first -= 1
            by_others = self._others and (others >= theirs.first or is_long)
            return _VERDICTS[newsroom >= ours.first][by_others]
        by_others = self._others and others >= theirs.threshold
        self._passed += 1
        verdict = _VERDICTS[newsroom >= ours.threshold][by_others]
        is_dismissed = verdict is _DISMISSED
        if not self._is_open:
            newsroom, others = self._state.kept
            self._hot = 0 if is_dismissed or (newsroom <= _HOT[0] and others <= _HOT[1]) else self._hot + 1
            return verdict
        self._cold = self._cold + 1 if is_dismissed else 0
        if self._cold >= (COLD if self._looks_other else COLD_NEWSROOM):
            self._close(_FORGOTTEN)
        if self._looks_other or by_others:
            return Verdict.READ
        return Verdict.NEWSROOM if newsroom >= ours.within else _DISMISSED

    def _close(self, lines: int) -> None:
        self._is_open = False
        self._closed_for = self._until = lines
        self._passed = 0
