"""How much there is to read, for those who wait."""

from __future__ import annotations

import os
import stat
import sys

from respin.files.find import STANDARD_INPUT, Found, find
from respin.run.settings import Settings


def total_size(settings: Settings) -> int | None:
    """The bytes of all sources together; ``None`` if one is a pipe, whose end nobody knows.

    The files are searched for once more: a run reads each as it is found, before it knows of the next.
    """
    total = 0
    for found in find(settings.files or (STANDARD_INPUT,), settings.exclude, settings.include, settings.written):
        if isinstance(found, Found):
            size = _size(found.path)
            if size is None:
                return None
            total += size
    return total


def _size(path: str) -> int | None:
    try:
        state = os.fstat(sys.stdin.fileno()) if path == STANDARD_INPUT else os.stat(path)
    except (OSError, ValueError, AttributeError):
        return 0  # it fails when its turn comes
    return state.st_size if stat.S_ISREG(state.st_mode) else None
