"""Training text: read plain, compressed and JSON Lines files as lines, one paragraph each."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any, Final

from respin.errors import InputError

STDIN = "-"
"""The file name that stands for standard input."""

_TELL: Final = 1024
"""Lines between two words on how far a text is read."""


Measure = Callable[[int, int], None]
"""Told how much is done, and of how much: bytes of texts as they lie on disk, or steps."""


def unmeasured(done: int, total: int) -> None:
    """Nobody waits."""


@dataclass
class TextProgress:
    """How far some texts are read, for a :data:`Measure`."""

    texts: Sequence[str]
    measure: Measure
    before: int = 0
    """Bytes of the texts that are read to their end."""

    def __post_init__(self) -> None:
        self.total = sum(os.stat(text).st_size for text in self.texts if os.path.isfile(text))

    def at(self, position: int) -> None:
        """Of the text that is read now so many bytes were taken."""
        if self.total:
            self.measure(self.before + position, self.total)

    def end(self, text: str) -> None:
        """A text was read to its end."""
        self.before += os.stat(text).st_size if os.path.isfile(text) else 0


@contextmanager
def _open_bytes(name: str) -> Iterator[tuple[Any, Any]]:
    """The file on disk, and what is read of it."""
    if name == STDIN:
        yield sys.stdin.buffer, sys.stdin.buffer
        return
    suffix = PurePath(name).suffix
    with Path(name).open("rb") as disk:
        if suffix == ".gz":
            with gzip.open(disk, "rb") as unpacked:
                yield disk, unpacked
        elif suffix == ".xz":
            with lzma.open(disk, "rb") as unpacked:
                yield disk, unpacked
        else:
            yield disk, disk


def read_records(lines: Iterable[str], name: str, *, field: str = "text") -> Iterator[list[str]]:
    """The paragraphs of each record of JSON Lines, with their line feeds; ``name`` is told where one is none.

    Raises `InputError` at a line that is no JSON, or has no such field.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(f"{name}:{number}: not JSON: {error}") from None
        text = record.get(field) if isinstance(record, dict) else None
        if not isinstance(text, str):
            raise InputError(f"{name}:{number}: no text in the field {field!r}")
        yield [paragraph + "\n" for paragraph in text.split("\n") if paragraph.strip()]


def _told(lines: Iterable[str], disk: IO[bytes], reading: TextProgress) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number % _TELL:
            reading.at(disk.tell())
        yield line


def read_lines(name: str, *, field: str = "text", reading: TextProgress | None = None) -> Iterator[str]:
    """The non-empty lines of a training text, each with its line feed; a line is one paragraph.

    ``name`` is a path or ``-`` (standard input). ``.gz`` and ``.xz`` are decompressed; of a
    ``.jsonl`` file (compressed or not) the paragraphs of the string ``field`` of each record
    are read. Bytes that are not UTF-8 become lone surrogates, as everywhere in respin.
    ``reading`` is told how far it is.
    Raises `InputError` if the file can not be read, is damaged, or holds no such field.
    """
    is_json = ".jsonl" in PurePath(name).suffixes[-2:]
    try:
        with _open_bytes(name) as (disk, raw):
            text = io.TextIOWrapper(raw, "utf-8", "surrogateescape", newline="\n")
            lines = iter(text) if reading is None or name == STDIN else _told(text, disk, reading)
            try:
                if is_json:
                    for paragraphs in read_records(lines, name, field=field):
                        yield from paragraphs
                else:
                    for line in lines:
                        if not line.isspace():
                            yield line if line.endswith("\n") else line + "\n"
                if reading is not None:
                    reading.end(name)
            finally:
                if name == STDIN:
                    text.detach()
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise InputError(f"{name}: {getattr(error, 'strerror', None) or error}") from None
