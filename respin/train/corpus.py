"""Training text: read plain, compressed and JSON Lines files as lines, one paragraph each."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePath
from typing import Any

from respin.errors import InputError

STDIN = "-"
"""The file name that stands for standard input."""


def _open_bytes(name: str) -> AbstractContextManager[Any]:
    if name == STDIN:
        return nullcontext(sys.stdin.buffer)
    suffix = PurePath(name).suffix
    if suffix == ".gz":
        return gzip.open(name, "rb")
    if suffix == ".xz":
        return lzma.open(name, "rb")
    return Path(name).open("rb")


def _json_lines(lines: Iterator[str], name: str, field: str) -> Iterator[str]:
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
        for paragraph in text.split("\n"):
            if paragraph.strip():
                yield paragraph + "\n"


def read_lines(name: str, *, field: str = "text") -> Iterator[str]:
    """The non-empty lines of a training text, each with its line feed; a line is one paragraph.

    ``name`` is a path or ``-`` (standard input). ``.gz`` and ``.xz`` are decompressed; of a
    ``.jsonl`` file (compressed or not) the paragraphs of the string ``field`` of each record
    are read. Bytes that are not UTF-8 become lone surrogates, as everywhere in respin.
    Raises `InputError` if the file can not be read, is damaged, or holds no such field.
    """
    is_json = ".jsonl" in PurePath(name).suffixes[-2:]
    try:
        with _open_bytes(name) as raw:
            text = io.TextIOWrapper(raw, "utf-8", "surrogateescape", newline="\n")
            try:
                if is_json:
                    yield from _json_lines(iter(text), name, field)
                else:
                    for line in text:
                        if not line.isspace():
                            yield line if line.endswith("\n") else line + "\n"
            finally:
                if name == STDIN:
                    text.detach()
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise InputError(f"{name}: {getattr(error, 'strerror', None) or error}") from None
