"""The repaired text itself: to one output, or each source to a file of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence

from respin.edits import Repair
from respin.errors import OutputError
from respin.files.stream import encode
from respin.files.write import Replacement
from respin.output import Output, Printer, Source


class TextPrinter(Printer):
    """Writes all texts to one output, one after another, each in its own encoding."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._encoding = "utf-8"

    def begin(self, source: Source) -> None:
        """Take on the source's encoding."""
        self._encoding = source.encoding

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write the repaired text at once."""
        self._output.write(encode("".join(repair.text for repair in repairs), self._encoding))


class InPlacePrinter(Printer):
    """Writes each text over its own file, if anything changed in it.

    Args:
        backup: what is added to the name of a file to get that of its copy; none without.
    """

    def __init__(self, backup: str | None) -> None:
        self._backup = backup
        self._replacement: Replacement | None = None

    def begin(self, source: Source) -> None:
        """Note the file as it is now; nothing is written before the first edit."""
        assert source.path is not None
        assert source.state is not None
        if source.compression is not None:
            raise OSError(0, f"{source.compression}-compressed, left as it is; -o and --output-dir write it unpacked")
        self._source = source
        Replacement.check(source.path)
        self._path = os.path.realpath(source.path)
        self._before = source.state
        self._unchanged = 0

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write to a temporary file beside the old one, from the first edit on."""
        if self._replacement is None:
            if not any(repair.edits for repair in repairs):
                self._unchanged += sum(len(encode(repair.source, self._source.encoding)) for repair in repairs)
                return
            self._replacement = Replacement(self._path, self._before)
            self._replacement.copy_start(self._unchanged)
        self._replacement.write(encode("".join(repair.text for repair in repairs), self._source.encoding))

    def end(self) -> None:
        """Put the new text in the place of the old one."""
        if self._replacement is not None:
            replacement, self._replacement = self._replacement, None
            replacement.commit(self._backup)

    def fail(self) -> None:
        """Leave the file as it is."""
        if self._replacement is not None:
            self._replacement.discard()
            self._replacement = None


class FolderPrinter(Printer):
    """Writes each text to a file of the same name in another folder, changed or not.

    What was unpacked loses the suffix of the packed file.

    Args:
        folder: its name.
        suffix: what the names are to end with in place of their own suffix, if that is not what is written.

    Raises:
        OutputError: something else has that name.
    """

    def __init__(self, folder: str, suffix: str | None = None) -> None:
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise OutputError(f"{folder}: is no folder")
        self._folder, self._suffix = folder, suffix
        self._taken: dict[str, str] = {}
        self._replacement: Replacement | None = None

    def begin(self, source: Source) -> None:
        """Make the folders on the way; refuse to write one file twice, or over its input."""
        relative = source.relative
        if source.compression is not None:
            relative = os.path.splitext(relative)[0]
        if self._suffix is not None:
            relative = os.path.splitext(relative)[0] + self._suffix
        path = os.path.join(self._folder, relative)
        if path in self._taken:
            raise OSError(0, f"{path} was already written for {self._taken[path]}")
        self._taken[path] = source.name
        folder, name = os.path.realpath(self._folder), path
        path = os.path.realpath(path)
        if os.path.commonpath((folder, path)) != folder:
            raise OSError(0, f"{name} is a link that leads out of {self._folder}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        before = Replacement.check(path) if os.path.exists(path) else None
        self._replacement = Replacement(path, before, before or source.state)
        self._encoding = source.encoding

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write on."""
        assert self._replacement is not None
        self._replacement.write(encode("".join(repair.text for repair in repairs), self._encoding))

    def end(self) -> None:
        """Put the file in place."""
        assert self._replacement is not None
        replacement, self._replacement = self._replacement, None
        replacement.commit()

    def fail(self) -> None:
        """Write no half file."""
        if self._replacement is not None:
            self._replacement.discard()
            self._replacement = None
