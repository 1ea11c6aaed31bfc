"""The one table of exit codes, and the error that ends a run."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the command's exit status says."""

    DONE = 0
    """All done, or nothing to do."""
    FOUND = 1
    """``--check`` found something that would change; ``dict lint`` found a fault."""
    ERROR = 2
    """Wrong usage, input that can't be read, or output that can't be written."""
    INTERRUPTED = 130
    """Ctrl-C."""
    CLOSED_PIPE = 141
    """Whoever read our output went away; said without a word, as other filters do."""


class RunError(Exception):
    """Why a run can't begin, or there is no point in going on: its message is all there is to say."""
