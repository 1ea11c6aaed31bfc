"""``--check``: a line for each edit, as linters write them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from respin.edits import Repair
from respin.files.stream import encode
from respin.output import Output, Printer, Source
from respin.output.positions import Locator
from respin.text.wording import printable

_BOLD, _RED, _GREEN, _DIM, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"

_MOST: Final = 0.99
"""The highest confidence that is shown: an edit is never a certainty."""


class CheckPrinter(Printer):
    """Writes ``file:line:column: spun -> original (confidence)``, the column in code points from 1."""

    def __init__(self, output: Output, *, color: bool = False) -> None:
        self._output, self._color = output, color

    def begin(self, source: Source) -> None:
        """Count from the start."""
        self._name = os.fsencode(self._styled(_BOLD, source.name))
        self._locator = Locator(source.encoding)

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write the edits of these repairs."""
        lines = []
        for repair in repairs:
            for edit, start, _ in self._locator.feed(repair):
                spun, original = printable(edit.spun), printable(edit.original) or "nothing"
                change = f"{self._styled(_RED, spun)} -> {self._styled(_GREEN, original)}"
                sure = self._styled(_DIM, f"({min(edit.confidence, _MOST):.2f})")
                said = f":{start.line}:{start.column}: {change} {sure}\n"
                lines.append(self._name + encode(said, "utf-8"))
        if lines:
            self._output.write(b"".join(lines))

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._color else text
