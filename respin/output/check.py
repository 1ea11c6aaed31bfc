"""``--check``: a line for each file that would change."""

from __future__ import annotations

import os
from collections.abc import Sequence

from respin.edits import Repair
from respin.output import Output, Printer, Source


class CheckPrinter(Printer):
    """Names the files that would change; with ``verbose`` the others too."""

    def __init__(self, output: Output, *, verbose: bool) -> None:
        self._output, self._verbose = output, verbose

    def begin(self, source: Source) -> None:
        """Count from nothing."""
        self._name = source.name
        self._edits = 0

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Count the edits."""
        self._edits += sum(len(repair.edits) for repair in repairs)

    def end(self) -> None:
        """Write the file's line."""
        if self._edits or self._verbose:
            said = f"would change, {counted(self._edits, 'edit')}" if self._edits else "would not change"
            self._output.write(os.fsencode(f"{self._name}: {said}\n"))


def counted(number: int, thing: str) -> str:
    """A number and a noun that agrees with it.

    >>> counted(1, "edit"), counted(1200, "edit")
    ('1 edit', '1,200 edits')
    """
    return f"{number:,} {thing}{'s' * (number != 1)}"
