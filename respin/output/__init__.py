"""Printers: each shows the same stream of (source, repairs) in its own way.

A run calls, for each source in order, ``begin``, ``feed`` with the next repairs as they come,
and ``end``, or ``fail`` if the source could not be read to its end; ``close`` comes once, last.
The sources of the repairs of a file, joined, are that file's text.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from respin.edits import Repair


@dataclass(slots=True)
class Source:
    """Where a text comes from.

    ``name`` is what people call it, ``path`` is ``None`` for standard input, ``relative`` is its
    place below the folder that was named (below an ``--output-dir``). ``encoding`` has its byte
    order resolved, ``state`` is that of the file when it was opened, ``compression`` is named if the text
    was read through one; these are known before ``begin``.
    """

    name: str
    path: str | None
    relative: str
    encoding: str = "utf-8"
    state: os.stat_result | None = None
    compression: str | None = None


class Output(Protocol):
    """Takes printed bytes: standard output or a file."""

    def write(self, data: bytes, /) -> object:
        """Write and flush; what it returns is not looked at."""


class Printer:
    """Shows nothing; the printers override what they need."""

    def begin(self, source: Source) -> None:
        """A source was opened and its encoding found."""

    def feed(self, repairs: Sequence[Repair]) -> None:
        """The next repairs of the source, in order."""

    def end(self) -> None:
        """The source was read to its end."""

    def fail(self) -> None:
        """The source can't be read any further; what it began is to be dropped."""

    def close(self) -> None:
        """No more sources."""
