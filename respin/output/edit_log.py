"""The edit log: what was changed in which file, so that it can be taken back or made again.

A log is JSON Lines, for people to read and to edit. For each file a header comes first::

    {"type": "file", "version": 1, "path": "a.txt", "directory": "/home/me", "encoding": "utf-8",
     "input_sha256": "…", "output_sha256": "…"}

then its edits, one a line, in order, with offsets in code points into the original text
(a byte order mark counts as one)::

    {"type": "edit", "line": 3, "start": 41, "end": 47, "spun": "stated", "original": "said", …}

``respin apply`` goes by these lines: drop some, or change an ``original``. They can't tell what was
done once they have been edited, so an ``undo`` record before them repeats, packed, what was; that is
what ``respin undo`` goes by.
"""

from __future__ import annotations

import json
import os
import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, TypeVar

from respin.edits import Edit, Reason, Repair
from respin.errors import InputError
from respin.files.stream import encode
from respin.output import Output, Printer, Source
from respin.output.jsonl import edit_fields, json_bytes
from respin.output.positions import Located, Locator

VERSION: Final = 1

STANDARD_INPUT: Final = "-"
"""Path of a record whose text came from standard input."""

_BLOCK: Final = 4096
"""Edits that one undo record covers. It bounds what the writer holds in memory."""
_SPOOL: Final = 4 * 1024 * 1024
"""Bytes of one file's records that are held in memory; more go to a temporary file."""
_MOST_UNPACKED: Final = 256 * 1024 * 1024
"""Largest undo record that is unpacked, in bytes: a broken log must not fill the memory."""

_Value = TypeVar("_Value")

Change = tuple[int, str, str]
"""A bare edit: offset into the original text, what stood there, what replaced it."""


class EditLog(Printer):
    """Writes a log, a file's records at its end, or none of them if it fails.

    Where files are rewritten in place, let ``end`` come before a file is replaced: then whatever
    happens in between, there is no change without a log of it.

    >>> from io import BytesIO
    >>> sink = BytesIO()
    >>> log = EditLog(sink)
    >>> log.begin(Source("a.txt", "a.txt", "a.txt"))
    >>> log.feed([Repair("They stated it.\\n", (Edit(5, 11, "stated", "said", 0.97),))])
    >>> log.end()
    >>> [record] = read_log(BytesIO(sink.getvalue()))
    >>> record.path, record.edits[0].edit.original, record.changes
    ('a.txt', 'said', [(5, 'stated', 'said')])
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._entry: LogEntry | None = None

    def begin(self, source: Source) -> None:
        """Start the records of a file."""
        self._entry = LogEntry(source, os.getcwd())

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Take the next stretches of the file, edited or not."""
        assert self._entry is not None
        for repair in repairs:
            self._entry.add(repair)

    def end(self) -> None:
        """Write the file's records, the header with the digests first."""
        if self._entry is not None:
            for piece in self._entry.records():
                self._output.write(piece)
        self.fail()

    def fail(self) -> None:
        """Drop the file's records."""
        if self._entry is not None:
            self._entry.spool.close()
        self._entry = None


class LogEntry:
    """Collects one file's edits and digests while it streams by, in bounded memory.

    Args:
        directory: what a relative path of the source is relative to; empty: wherever the log is used.
    """

    def __init__(self, source: Source, directory: str) -> None:
        self._source, self._directory = source, directory
        self._input, self._output = sha256(), sha256()
        self._locator = Locator(source.encoding)
        self._changes: list[Change] = []
        self._records: list[bytes] = []
        # It lives as long as the file streams by, in calls that no context manager can span.
        self.spool: IO[bytes] = SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115

    def add(self, repair: Repair) -> None:
        """Take the next stretch of the file, edited or not."""
        encoding = self._source.encoding
        source = encode(repair.source, encoding)
        self._input.update(source)
        self._output.update(encode(repair.text, encoding) if repair.edits else source)
        for located in self._locator.feed(repair):
            self._changes.append((located.start.char, located.edit.spun, located.edit.original))
            self._records.append(_json_line(_edit_record(located)))
            if len(self._records) >= _BLOCK:
                self._write_block()

    def records(self) -> Iterator[bytes]:
        """All lines of the file, in pieces, when all of it was added."""
        self._write_block()
        yield _json_line(
            {
                "type": "file",
                "version": VERSION,
                "path": STANDARD_INPUT if self._source.path is None else self._source.path,
                "directory": self._directory,
                "encoding": self._source.encoding,
                "input_sha256": self._input.hexdigest(),
                "output_sha256": self._output.hexdigest(),
            }
        )
        self.spool.seek(0)
        while piece := self.spool.read(1 << 16):
            yield piece

    def _write_block(self) -> None:
        if self._records:
            packed = zlib.compress(json.dumps(self._changes, separators=(",", ":")).encode("ascii"), 9)
            note = "for respin undo; edit the lines below, not this one"
            self.spool.write(_json_line({"type": "undo", "note": note, "data": b64encode(packed).decode("ascii")}))
            self.spool.writelines(self._records)
        self._changes, self._records = [], []


def _edit_record(located: Located) -> dict[str, Any]:
    edit, start, end = located
    return {
        "type": "edit",
        "line": start.line,
        "start": start.char,
        "end": end.char,
        **edit_fields(edit),
    }


def _json_line(record: dict[str, Any]) -> bytes:
    return json_bytes(record) + b"\n"


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    """An edit line of a log, and where in the log it stands (1-based)."""

    log_line: int
    edit: Edit


@dataclass(slots=True)
class FileRecord:
    """What a log says of one file.

    ``changes`` are the edits that respin made; ``edits`` those that the log lists now, by
    their place in the text.
    """

    log_line: int
    path: str
    directory: str
    encoding: str
    input_sha256: str
    output_sha256: str
    changes: list[Change] = field(default_factory=list)
    edits: list[LoggedEdit] = field(default_factory=list)


def read_log(lines: Iterable[bytes]) -> Iterator[FileRecord]:
    """The files of a log, in order. Empty lines and unknown keys are passed over.

    Raises:
        InputError: a line that is no record of a log.
    """
    current: FileRecord | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(f"line {number}: not JSON: {error}") from None
        kind = record.get("type") if isinstance(record, dict) else None
        if kind == "file":
            if current is not None:
                yield _ordered(current)
            current = _read_header(number, record)
        elif kind not in ("edit", "undo"):
            raise InputError(f"line {number}: not a record of an edit log (its type is none of file, undo, edit)")
        elif current is None:
            raise InputError(f"line {number}: comes before any 'file' record")
        elif kind == "undo":
            current.changes += _unpack(number, _field(number, record, "data", str))
        else:
            current.edits.append(LoggedEdit(number, _read_edit(number, record)))
    if current is not None:
        yield _ordered(current)


def _ordered(record: FileRecord) -> FileRecord:
    record.edits.sort(key=lambda logged: (logged.edit.start, logged.edit.end))
    return record


def _field(number: int, record: dict[str, Any], name: str, kind: type[_Value]) -> _Value:
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        wanted = {"str": "a string", "int": "a whole number"}.get(kind.__name__, kind.__name__)
        raise InputError(
            f"line {number}: {name!r} is {'missing' if value is None else repr(value)}; it must be {wanted}"
        )
    return value


def _read_header(number: int, record: dict[str, Any]) -> FileRecord:
    version = _field(number, record, "version", int)
    if version != VERSION:
        raise InputError(f"line {number}: version {version} of the format; this respin reads version {VERSION}")
    names = ("path", "directory", "encoding", "input_sha256", "output_sha256")
    path, directory, encoding, before, after = (_field(number, record, name, str) for name in names)
    return FileRecord(number, path, directory, encoding, before, after)


def _read_edit(number: int, record: dict[str, Any]) -> Edit:
    start = _field(number, record, "start", int)
    spun, original = (_field(number, record, name, str) for name in ("spun", "original"))
    end = record.get("end", start + len(spun))
    if start < 0 or end != start + len(spun):
        raise InputError(
            f"line {number}: 'start' {start} and 'end' {end} don't span the {len(spun)} characters of {spun!r}"
        )
    confidence = record.get("confidence", 1.0)
    known = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
    try:
        reason = Reason(record.get("reason", Reason.BY_HAND))
    except ValueError:
        reason = Reason.BY_HAND
    profile, variant = (str(record.get(name, "")) for name in ("profile", "variant"))
    return Edit(start, end, spun, original, float(confidence) if known else 1.0, (), reason, profile, variant)


def _unpack(number: int, data: str) -> list[Change]:
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(b64decode(data, validate=True), _MOST_UNPACKED)
        if not unpacker.eof:
            raise ValueError("cut short, or too large")
        return [(int(start), str(spun), str(original)) for start, spun, original in json.loads(text)]
    except (Base64Error, zlib.error, ValueError, TypeError) as error:
        raise InputError(f"line {number}: the undo record is damaged: {error}") from None
