"""JSON Lines: the strings of some fields are articles; all else stays, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from respin.errors import InputError
from respin.formats.json_strings import Paths, find_strings, read_string
from respin.formats.passages import Passage, PassageBuilder, Warn
from respin.text.lines import Line, split_lines

MAX_RECORD: Final = 1 << 21
"""Longest record that is read, in code points. A longer one is passed on as it is, with a warning."""

MAX_WARNINGS: Final = 10
"""Most records that are warned of one by one."""


class JsonLines:
    """Each record is a document of its own; a line break in a string begins a new line of it.

    A line that is not JSON is passed on as it is, with a warning.

    Args:
        fields: names of the fields that hold prose, see :class:`~respin.formats.json_strings.Paths`.
        warn: takes remarks for the user.
    """

    def __init__(self, fields: tuple[str, ...], warn: Warn) -> None:
        self._paths = Paths(fields)
        self._fields = fields
        self._warn = warn
        self._parts: list[str] = []
        self._size = 0
        self._number = 1
        self._bad = 0
        self._good = 0
        self._seen: set[str] = set()

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages of the records that end in ``lines``."""
        for text, _ in lines:
            self._size += len(text)
            self._parts.append(text)
            if text.endswith(("\n", "\r")):
                yield from self._end_record()
            elif self._size > MAX_RECORD:
                yield from self._let_go()

    def finish(self) -> Iterator[Passage]:
        """The last record, if it has no line end; then what there was to remark on the whole."""
        if self._parts:
            yield from self._end_record()
        if self._bad > MAX_WARNINGS:
            self._warn(f"{self._bad - MAX_WARNINGS} more lines passed on as they are")
        for field in self._fields:
            if self._good and field not in self._seen:
                self._warn(f"no record has a text in the field {field!r}; name the right one with --field")

    def escape(self, text: str, source: str) -> str:
        """The text as it stands in a string literal; ASCII where the passage has nothing else."""
        written = json.dumps(text, ensure_ascii=False)[1:-1]
        return "".join(c if c.isascii() or c in source else json.dumps(c)[1:-1] for c in written)

    def _let_go(self) -> Iterator[Passage]:
        """Pass on what came of a record that is too long."""
        yield Passage("".join(self._parts))
        self._parts = []

    def _end_record(self) -> Iterator[Passage]:
        is_whole = self._size <= MAX_RECORD
        record = "".join(self._parts)
        self._parts, self._size = [], 0
        strings: list[tuple[int, int, str]] = []
        try:
            if not is_whole:
                raise InputError(f"a record of more than {MAX_RECORD:,} characters")
            body = record.removeprefix("\ufeff").rstrip()
            if body:
                offset = record.startswith("\ufeff")
                strings = [(start + offset, end + offset, path) for start, end, path in find_strings(body, self._paths)]
                self._good += 1
        except InputError as error:
            self._bad += 1
            if self._bad <= MAX_WARNINGS:
                self._warn(f"line {self._number}: {error}; passed on as it is")
        self._number += 1
        at = 0
        is_new = True
        for start, end, path in strings:
            self._seen.add(path)
            yield Passage(record[at:start], new_document=is_new)
            is_new = False
            yield from self._read(record, start, end)
            at = end
        if at < len(record):
            yield Passage(record[at:], new_document=is_new)

    @staticmethod
    def _read(record: str, start: int, end: int) -> Iterator[Passage]:
        """The lines of a string, each a passage."""
        builder = PassageBuilder()
        lines = iter(split_lines("".join(text for _, _, text in read_string(record, start, end))))
        line = next(lines, None)
        left = len(line.text) if line else 0
        """Code points of the line that are still to come."""
        for begin, close, text in read_string(record, start, end):
            is_raw = close - begin == len(text)
            while begin < close and line:
                to = min(close, begin + left) if is_raw else close
                source = record[begin:to]
                if line.prose:
                    builder.read(source, None if is_raw else text)
                else:
                    builder.skip(source)
                left -= to - begin if is_raw else len(text)
                begin = to
                if not left:
                    yield builder.take()
                    line = next(lines, None)
                    left = len(line.text) if line else 0
