"""``--stats``: a table of figures, a row a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from respin.edits import Repair
from respin.output import Printer, Source
from respin.output.counts import Counts

_HEAD: Final = ("file", "lines", "words", "edits", "confidence", "spun", "family", "words/s")


@dataclass(slots=True)
class FileStats:
    """What a row says of a text, or of all."""

    name: str
    counts: Counts = field(default_factory=Counts)
    lines: int = 0
    seconds: float = 0.0

    def row(self) -> tuple[str, ...]:
        """The cells of the table's row."""
        counts = self.counts
        return (
            self.name,
            f"{self.lines:,}",
            f"{counts.words:,}",
            f"{counts.edits:,}",
            f"{counts.confidence / counts.edits:.2f}" if counts.edits else "-",
            f"{counts.spun_words / counts.words:.0%}" if counts.words else "-",
            "+".join(counts.families) or "-",
            f"{counts.words / self.seconds:,.0f}" if self.seconds > 0 else "-",
        )


class StatsPrinter(Printer):
    """Counts while the texts go by; the table comes at the end.

    Args:
        say: takes the lines of the table.
        clock: seconds, for the rate.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.perf_counter) -> None:
        self._say, self._clock = say, clock
        self._rows: list[tuple[str, ...]] = []
        self._total = FileStats("total")
        self._since = clock()

    def begin(self, source: Source) -> None:
        """Count from nothing."""
        self._figures = FileStats(source.name)
        self._open_line = False

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Count these repairs."""
        figures = self._figures
        for repair in repairs:
            source = repair.source
            figures.counts.count(repair, len(source.split()))
            figures.lines += source.count("\n") or source.count("\r")
            self._open_line = not source.endswith(("\n", "\r")) if source else self._open_line

    def end(self) -> None:
        """Note the row."""
        figures, total = self._figures, self._total
        now = self._clock()
        figures.lines += self._open_line
        figures.seconds, self._since = now - self._since, now
        self._rows.append(figures.row())
        total.counts.add(figures.counts)
        total.lines += figures.lines
        total.seconds += figures.seconds

    def close(self) -> None:
        """Show the table, with a sum if there is more than one row."""
        rows = [_HEAD, *self._rows]
        if len(self._rows) != 1:
            rows.append(self._total.row())
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        for row in rows:
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
            self._say("  ".join(cells).rstrip())
