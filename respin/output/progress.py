"""A line on the terminal that says how far a long run is."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Final

from respin.edits import Repair
from respin.output import Printer, Source
from respin.text.wording import counted

PATIENCE: Final = 1.5
"""Seconds before anything is shown: short runs stay silent."""

_INTERVAL: Final = 0.1
_CLEAR: Final = "\r\x1b[K"


class Progress(Printer):
    """Draws over one line on standard error. To be used only where that is a terminal."""

    def __init__(self) -> None:
        self._done = self._chars = self._edits = 0
        self._begun = time.monotonic()
        self._next = self._begun + PATIENCE
        self._shown = False

    def begin(self, source: Source) -> None:
        """Name the file."""
        self._name = source.name
        self._draw()

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Count."""
        self._chars += sum(len(repair.source) for repair in repairs)
        self._edits += sum(len(repair.edits) for repair in repairs)
        self._draw()

    def end(self) -> None:
        """Count the file."""
        self._done += 1
        self.clear()

    def fail(self) -> None:
        """Make room for the message."""
        self.clear()

    def close(self) -> None:
        """Leave no trace."""
        self.clear()

    def clear(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False

    def _draw(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _INTERVAL
        rate = self._chars / (now - self._begun) / 1000
        said = (counted(self._done, "file"), f"{self._chars / 1e6:,.1f} MB", f"{rate:,.0f} kB/s")
        text = "  ".join((*said, counted(self._edits, "edit"), ascii(self._name[-40:])))
        sys.stderr.write(_CLEAR + text[:79])
        sys.stderr.flush()
        self._shown = True
