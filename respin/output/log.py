"""``--log``: the edits with digests, so that ``respin undo`` can take them back."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Final

from respin.errors import OutputError
from respin.output import Source
from respin.output.edit_log import EditLog

_START: Final = 4096
"""Bytes of an older log that are looked at."""


class _LogFile:
    """The log's file. That it can't be written ends the run: no change without a log of it.

    An older log goes on: what it says is still needed to take the older edits back.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        try:
            self._file: BinaryIO = open(name, "ab")  # noqa: SIM115 - close() does
        except OSError as error:
            raise OutputError(f"{name}: {error.strerror}") from None
        self.state = os.fstat(self._file.fileno())
        if stat.S_ISREG(self.state.st_mode) and self.state.st_size:
            try:
                self._check()
            except BaseException:
                self._file.close()
                raise

    def _check(self) -> None:
        """See that what is there is a log: lines added to anything else would spoil it."""
        try:
            with open(self._name, "rb") as old:
                start = old.read(_START)
        except OSError as error:
            raise OutputError(f"{self._name}: {error.strerror}") from None
        first = start.lstrip().partition(b"\n")[0]
        if b'"type"' not in first or b'"file"' not in first:
            raise OutputError(f"{self._name}: holds something else than an edit log; name another file")

    def write(self, data: bytes, /) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise OutputError(f"{self._name}: {error.strerror}") from None

    def flush(self) -> None:
        try:
            self._file.flush()
            if stat.S_ISREG(self.state.st_mode):  # what is no file has no disk to wait for
                os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(f"{self._name}: {error.strerror}") from None

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise OutputError(f"{self._name}: {error.strerror}") from None


class LogPrinter(EditLog):
    """The log in a file: a source's records are on disk when it was read to its end, before it is replaced."""

    def __init__(self, name: str) -> None:
        self._file = _LogFile(name)
        super().__init__(self._file)

    def begin(self, source: Source) -> None:
        """Start the records of a file; what lies packed can't be taken back from a log of its text."""
        if source.compression is not None:
            raise OSError(0, f"{source.compression}-compressed; a log can't take back what is packed")
        if source.state is not None and os.path.samestat(source.state, self._file.state):
            raise OSError(0, "is the log itself")
        super().begin(source)

    def end(self) -> None:
        """Write the source's records."""
        super().end()
        self._file.flush()

    def close(self) -> None:
        """Close the log."""
        self._file.close()
