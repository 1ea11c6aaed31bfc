"""What the formats for other programs have in common: each edit is written for itself, with its place."""

from __future__ import annotations

from collections.abc import Sequence

from respin.edits import Repair
from respin.output import Output, Printer, Source
from respin.output.positions import Located, Locator


class EditPrinter(Printer):
    """Writes each edit as soon as its line is repaired; a format says what is written."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, source: Source) -> None:
        """Count from the start."""
        self._source = source
        self._locator = Locator(source.encoding)

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write the edits of these repairs."""
        written = [self._record(located) for repair in repairs for located in self._locator.feed(repair)]
        if written:
            self._output.write(b"".join(written))

    def _record(self, located: Located) -> bytes:
        """An edit of the source, as the format has it."""
        raise NotImplementedError
