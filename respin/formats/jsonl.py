"""JSON Lines: the strings of some fields are articles; all else stays, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from respin.errors import InputError
from respin.formats.division import BEHIND
from respin.formats.json_strings import Paths, Wanted, find_strings, read_string
from respin.formats.layers import Written, passages_within
from respin.formats.passages import Format, Passage, Warn
from respin.formats.plain import Plain
from respin.text.lines import Line

MAX_RECORD: Final = 1 << 21
"""Longest record that is read, in code points. A longer one is passed on as it is, with a warning."""

MAX_WARNINGS: Final = 10
"""Most records that are warned of one by one."""


@dataclass(slots=True)
class RecordTally:
    """What there is to remark on the records of a document, or of a part of it.

    ``bad`` counts what is no record, ``remarks`` has the first of these, up to ``MAX_WARNINGS``; ``good`` counts
    the others, and ``seen`` has the fields in which a text was found.
    """

    good: int = 0
    bad: int = 0
    remarks: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


class Records:
    """Each line is a record. The place of one is the number of its line."""

    def __init__(self) -> None:
        self.place = 1

    def cut(self, text: str) -> int | None:
        """Behind each line end."""
        if not text.endswith(("\n", "\r")):
            return None
        self.place += 1
        return BEHIND


class JsonLines:
    """Each record is a document of its own; a line break in a string begins a new line of it.

    A line that is not JSON is passed on as it is, with a warning.

    Args:
        fields: names of the fields that hold prose, see :class:`~respin.formats.json_strings.Paths`.
        warn: takes remarks for the user.
        new_inner: makes what reads the text of a field.
    """

    def __init__(self, fields: tuple[str, ...], warn: Warn, new_inner: Callable[[], Format] = Plain) -> None:
        self._paths = Paths(fields)
        self._fields = fields
        self._warn = warn
        self._new_inner = new_inner
        self._parts: list[str] = []
        self._size = 0
        self._number = 1
        self._is_part = False
        self._tally = RecordTally()

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
        if self._is_part:
            return
        tally = self._tally
        if tally.bad > MAX_WARNINGS:
            self._warn(f"{tally.bad - MAX_WARNINGS} more lines passed on as they are")
        for name in self._fields:
            if tally.good and name not in tally.seen:
                self._warn(f"no record has a text in the field {name!r}; name the right one with --field")

    def begin(self, place: int) -> None:
        """Read records from the line of that number on; remarks go to the tally alone."""
        self._number, self._is_part = place, True

    def tally(self) -> RecordTally:
        """What there is to remark."""
        return self._tally

    def add(self, tally: RecordTally) -> None:
        """Remark on the next records, which another object has read."""
        for remark in tally.remarks:
            self._remark(remark)
        self._tally.bad += tally.bad - len(tally.remarks)
        self._tally.good += tally.good
        self._tally.seen |= tally.seen

    def _remark(self, remark: str) -> None:
        """Take note of a line that is no record."""
        self._tally.bad += 1
        if self._tally.bad <= MAX_WARNINGS:
            self._tally.remarks.append(remark)
            if not self._is_part:
                self._warn(remark)

    def escape(self, text: str, source: str) -> str:
        """The text as it stands in a string literal; ASCII where the passage has nothing else."""
        return escape_json(text, source)

    def _let_go(self) -> Iterator[Passage]:
        """Pass on what came of a record that is too long."""
        yield Passage("".join(self._parts))
        self._parts = []

    def _end_record(self) -> Iterator[Passage]:
        is_whole = self._size <= MAX_RECORD
        record = "".join(self._parts)
        self._parts, self._size = [], 0
        strings: list[Wanted] = []
        try:
            if not is_whole:
                raise InputError(f"a record of more than {MAX_RECORD:,} characters")
            body = record.removeprefix("\ufeff").rstrip()
            if body:
                offset = record.startswith("\ufeff")
                strings = [
                    found._replace(start=found.start + offset, end=found.end + offset)
                    for found in find_strings(body, self._paths)
                ]
                self._tally.good += 1
        except InputError as error:
            self._remark(f"line {self._number}: {error}; passed on as it is")
        self._number += 1
        at = 0
        is_new = True
        for start, end, path, _ in strings:
            self._tally.seen.add(path)
            yield Passage(record[at:start], new_document=is_new)
            is_new = False
            yield from passages_within(record, written(record, start, end), self._new_inner(), self.escape)
            at = end
        if at < len(record):
            yield Passage(record[at:], new_document=is_new)


def written(record: str, start: int, end: int) -> Iterator[Written]:
    """How the inside of a string literal is written, in pieces."""
    return (Written(*piece) for piece in read_string(record, start, end))


def escape_json(text: str, source: str) -> str:
    """The text as it stands in a string literal; ASCII where ``source`` has nothing else.

    >>> escape_json('say "é"', "plain"), escape_json("é", "café")
    ('say \\\\"\\\\u00e9\\\\"', 'é')
    """
    written = json.dumps(text, ensure_ascii=False)[1:-1]
    return "".join(c if c.isascii() or c in source else json.dumps(c)[1:-1] for c in written)
