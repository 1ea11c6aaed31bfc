"""What is said on standard error: errors always, remarks unless quiet, details if asked for."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO, Any

import click


def use_color(mode: str, stream: IO[Any] | None) -> bool:
    """Whether to colour what goes to a stream.

    ``always``, ``never``, or as the environment says (``NO_COLOR`` before ``FORCE_COLOR``), else on a
    terminal. Where there is no stream, the output is a file.
    """
    if mode != "auto":
        return mode == "always"
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


class Remarks:
    """Says things on standard error."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._quiet, self._verbose = quiet, verbose

    def error(self, message: str) -> None:
        """What went wrong."""
        self.line(f"respin: {message}")

    def remark(self, message: str) -> None:
        """What was done."""
        if not self._quiet:
            self.line(f"respin: {message}")

    def detail(self, message: str) -> None:
        """What only the curious want to know."""
        if self._verbose:
            self.line(f"respin: {message}")

    def line(self, text: str) -> None:
        """A line as it is. That nobody reads it is no reason to stop."""
        with suppress(OSError):
            click.echo(text, err=True)


def cause_of(error: Exception) -> str:
    """What an exception says, without its number and file name."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
