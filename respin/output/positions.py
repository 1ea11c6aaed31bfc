"""Where an edit stands, in every unit that somebody counts in: lines, bytes, code points, UTF-16."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from respin.edits import Edit, Repair
from respin.files.stream import encode


class Place(NamedTuple):
    """A place in a text.

    ``line`` and ``column`` count from 1, the column in code points; the others are offsets from
    the start of the text: ``byte`` in the encoding it came in, ``char`` in code points, ``utf16``
    in code units of UTF-16, as JavaScript and Java count.
    """

    line: int
    column: int
    byte: int
    char: int
    utf16: int


class Located(NamedTuple):
    """An edit and the places of its first character and of the one behind its last."""

    edit: Edit
    start: Place
    end: Place


class Locator:
    """Follows the repairs of one text and says where their edits stand.

    >>> locator = Locator("utf-8")
    >>> _ = list(locator.feed(Repair("\\U0001f4f7 é\\n")))
    >>> [located.start for located in locator.feed(Repair("He stated.", (Edit(3, 9, "stated", "said", 0.9),)))]
    [Place(line=2, column=4, byte=11, char=7, utf16=8)]
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._at = Place(1, 1, 0, 0, 0)
        self._after_cr = False

    def feed(self, repair: Repair) -> Iterator[Located]:
        """The edits of the next repair with their places. To be read to the end."""
        done = 0
        for edit in repair.edits:
            self._advance(repair.source[done : edit.start])
            start = self._at
            self._advance(repair.source[edit.start : edit.end])
            yield Located(edit, start, self._at)
            done = edit.end
        self._advance(repair.source[done:])

    def _advance(self, text: str) -> None:
        if not text:
            return
        line, column, byte, char, utf16 = self._at
        ends = text.count("\n")
        if "\r" in text:
            ends += text.count("\r") - text.count("\r\n")
        # A line end that was cut in two by a piece's end is counted once.
        ends -= self._after_cr and text[0] == "\n"
        if ends or (self._after_cr and text[0] == "\n"):
            column = len(text) - max(text.rfind("\n"), text.rfind("\r"))
        else:
            column += len(text)
        self._after_cr = text[-1] == "\r"
        if text.isascii():
            wide, size = len(text), len(text) if self._is_one_byte else len(encode(text, self._encoding))
        else:
            wide, size = len(text) + sum(c > "\uffff" for c in text), len(encode(text, self._encoding))
        self._at = Place(line + ends, column, byte + size, char + len(text), utf16 + wide)

    @property
    def _is_one_byte(self) -> bool:
        return self._encoding in ("utf-8", "ascii", "iso8859-1", "cp1252")
