"""How far a long run is, on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from respin.edits import Repair
from respin.files.stream import encode
from respin.output import Printer, Source
from respin.output.meter import Meter
from respin.text.wording import counted


class ProgressPrinter(Printer):
    """Shows a meter while the texts go by. To be used only where standard error is a terminal.

    Args:
        total: gives the bytes of all sources, ``None`` if that can't be known. It is asked once, and
            only if the run is long enough for anything to be shown.
    """

    def __init__(self, total: Callable[[], int | None]) -> None:
        self._ask_total = total
        self._total: int | None = None
        self._asked = False
        self._meter = Meter()
        self._files = self._edits = 0
        self._before = self._inside = self._size = 0

    def begin(self, source: Source) -> None:
        """Name the file."""
        self._name, self._encoding = source.name, source.encoding
        self._inside = 0
        # How far a packed file is shows at its end only: what comes out of it is larger than it.
        self._size = 0 if source.state is None else source.state.st_size
        self._is_counted = source.compression is None
        self._draw()

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Count."""
        if self._is_counted:
            self._inside += sum(len(encode(repair.source, self._encoding)) for repair in repairs)
        self._edits += sum(len(repair.edits) for repair in repairs)
        self._draw()

    def end(self) -> None:
        """Count the file."""
        self._files += 1
        self._close()

    def fail(self) -> None:
        """Make room for the message."""
        self._close()

    def close(self) -> None:
        """Leave no trace."""
        self._meter.clear()

    def _close(self) -> None:
        self._before += self._size or self._inside
        self._inside = 0
        self._meter.clear()

    def _draw(self) -> None:
        if not self._meter.is_due:
            return
        if not self._asked:
            self._asked, self._total = True, self._ask_total()
        done = self._before + (min(self._inside, self._size) if self._size else self._inside)
        said = (counted(self._files, "file"), counted(self._edits, "edit"), ascii(self._name[-40:]))
        self._meter.show(done, self._total, *said)
