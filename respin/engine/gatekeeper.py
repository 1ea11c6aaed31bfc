"""Whether a document's lines are asked of the gate, or all read: by what was found in those that were.

Words alone do not tell a spinner that nobody has listed. So the first lines are looked at whatever the gate says, and
behind them it is asked now and then whether what was read looks spun, at once where words speak for a spinner. As long
as it does all lines are read.
"""

from __future__ import annotations

from typing import Final

from respin.engine.gate import Gate, Levels
from respin.engine.gate_state import GateState, Place, Verdict

LOOK: Final = 4
"""Lines of an article before the gate closes: less in them has them read, and unless newsroom is taken for granted
all of them are glanced at. Of the lines that it begins with, those come before them that the gate is sure of."""
_CLOSED, _OPEN = 16, 64
"""Lines after which it is asked again whether the article looks spun: when the gate has just closed, and while it is
open. The longer it was closed the longer it stays so: ``_LONGER`` times as long, up to ``_LONGEST``."""
_LONGER, _LONGEST = 4, 1 << 13
_HOT, _HOT_LINES = (16.0, 8.0), 3
"""What the lines so far must come to, for newsroom and for the others, nats, and in how many lines that are not
dismissed in a row, for it to be asked at once: where a spun article begins, and at few places of clean text."""
_COLD, _FORGOTTEN = 10, 1024
"""Lines in a row that it would have dismissed after which an open gate closes, as the article has ended (of spinners
that nobody has listed there were five at most), and lines that it stays closed then if nothing new comes: what is
remembered of that article looks spun for the first hundred."""


class Gatekeeper:
    """Tells what becomes of each line of a document, in order.

    Args:
        others: whether other families than newsroom are looked for.
    """

    def __init__(self, gate: Gate, *, others: bool = True) -> None:
        self._state = GateState(gate, others=others)
        self._first = LOOK
        """Lines that are still to be looked at before the gate closes."""
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
        if self._first:
            place = Place.LEADING if self._first == LOOK else Place.FIRST
            verdict = self._state.verdict(line, place, alone)
            self._first -= place is Place.FIRST or verdict is not Verdict.DISMISSED
            return verdict
        verdict = self._state.verdict(line, Place.BEHIND, alone)
        self._passed += 1
        if not self._is_open:
            newsroom, others = self._state.kept
            is_hot = verdict is not Verdict.DISMISSED and (newsroom > _HOT[0] or others > _HOT[1])
            self._hot = self._hot + 1 if is_hot else 0
            return verdict
        self._cold = self._cold + 1 if verdict is Verdict.DISMISSED else 0
        if self._cold >= _COLD:
            self._close(_FORGOTTEN)
        if self._looks_other or verdict is Verdict.GLANCED:
            return Verdict.READ
        return Verdict.NEWSROOM if verdict is Verdict.DISMISSED else verdict

    def _close(self, lines: int) -> None:
        self._is_open = False
        self._closed_for = self._until = lines
        self._passed = 0
