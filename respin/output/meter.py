"""A line on the terminal that says how much of a long job is done, how fast, and for how long it goes on."""

from __future__ import annotations

import sys
import time
from typing import Final

from respin.text.wording import counted, duration, sized

PATIENCE: Final = 1.5
"""Seconds before anything is shown: short jobs stay silent."""

_INTERVAL: Final = 0.1
_CLEAR: Final = "\r\x1b[K"
_WIDTH: Final = 79


def is_watched() -> bool:
    """Whether standard error is a terminal, so that somebody may be waiting there."""
    return sys.stderr is not None and sys.stderr.isatty()


class Meter:
    """Draws over one line on standard error. To be used only where that is a terminal.

    Args:
        thing: what is counted, such as ``step``; bytes if empty.
    """

    def __init__(self, thing: str = "") -> None:
        self._thing = thing
        self._begun = time.monotonic()
        self._next = self._begun + PATIENCE
        self._shown = False
        self._last = 0

    @property
    def is_due(self) -> bool:
        """Whether it is time to draw again."""
        return time.monotonic() >= self._next

    def show(self, done: int, total: int | None = None, *more: str) -> None:
        """Say how much is done, if it is time to.

        Args:
            done: how many so far.
            total: of so many, where that is known.
            more: what else is to be said, most important first; it is cut at the end of the line.
        """
        if not self.is_due:
            return
        now = time.monotonic()
        self._next = now + _INTERVAL
        if done < self._last:  # another part of the job
            self._begun = now
        self._last = done
        rate = done / (now - self._begun) if now > self._begun else 0.0
        said = [self._amount(done)]
        if total:
            done = min(done, total)
            # Not done before it is done.
            done_of = f"{done:,}" if self._thing else sized(done)
            said = [f"{min(99, 100 * done // total)} %", f"{done_of} of {self._amount(total)}"]
        if rate > 0:
            said.append(f"{rate:.1f} {self._thing}s/s" if self._thing else f"{sized(round(rate))}/s")
        if total and rate > 0:
            said.append(f"{duration((total - done) / rate)} left")
        sys.stderr.write(_CLEAR + "  ".join((*said, *more))[:_WIDTH])
        sys.stderr.flush()
        self._shown = True

    def _amount(self, number: int) -> str:
        return counted(number, self._thing) if self._thing else sized(number)

    def clear(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False
