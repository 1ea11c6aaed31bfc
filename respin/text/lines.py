"""Cut a stream of text into lines of bounded length, the same however the stream was chunked."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    import regex

MAX_LINE: Final = 20_000
"""Longest stretch that is read as one line, in code points. Longer lines are cut at the end of
a sentence in their second half, else at white space, else at any non-letter, else anywhere. It
bounds memory and search for any input; no paragraph of prose comes near it."""

_LINE_END: Final = re.compile(r"\r\n|\n|\r(?!\Z)")
_LAST_END: Final = re.compile(r"\r\n|\n|\r")
_CUTS: Final = (r"[.!?][\"'”’)]*\s+", r"\s+", r"[^\p{L}\p{M}\p{N}_'’]")
_WORD_REST: Final = r"[\p{L}\p{M}\p{N}_'’\uDC80-\uDCFF]*"


@cache
def _pattern(text: str) -> regex.Pattern[str]:
    # Only lines that are too long need one: the others start without the regex package.
    import regex

    return regex.compile(text)


class Line(NamedTuple):
    """A line with its end mark, or a piece of one that was too long.

    ``prose`` is false for a piece of a word that is longer than any line: it is passed on as it is.
    """

    text: str
    prose: bool = True

    @property
    def written(self) -> str:
        """The text."""
        return self.text


_line: Final = partial(tuple.__new__, Line)
"""Made without a call of Python code: there are millions of them."""


class Readable(Protocol):
    """A line that may be read."""

    @property
    def written(self) -> str:
        """It as it was written."""

    @property
    def text(self) -> str:
        """What is read of it, and what edits are made in: without addresses and marks, for example."""

    @property
    def prose(self) -> bool:
        """Whether it may be read at all."""


class LineSplitter:
    """Turns chunks of text into lines. Ends are LF, CR LF and CR; nothing is lost or changed."""

    def __init__(self) -> None:
        self._pending = ""
        self._in_word = False

    def feed(self, text: str) -> list[Line]:
        """The lines that ``text`` completes, together with what was held back before."""
        text = self._pending + text
        if "\r" not in text and not self._in_word:
            *lines, rest = text.split("\n")
            if max(map(len, lines), default=0) < MAX_LINE and len(rest) <= MAX_LINE:  # as nearly all text is
                self._pending = rest
                return [_line((line + "\n", True)) for line in lines]
        return list(self._cut(text, _LINE_END))

    def finish(self) -> list[Line]:
        """What is left at the end of the stream."""
        rest = list(self._cut(self._pending, _LAST_END))
        if self._pending:
            rest.append(Line(self._pending, not self._in_word))
        self._pending, self._in_word = "", False
        return rest

    def _cut(self, text: str, line_end: re.Pattern[str]) -> Iterator[Line]:
        at = 0
        for match in line_end.finditer(text):
            at = yield from self._pieces(text, at, match.end())
            yield Line(text[at : match.end()], not self._take_in_word())
            at = match.end()
        at = yield from self._pieces(text, at, len(text))
        self._pending = text[at:]

    def _take_in_word(self) -> bool:
        was, self._in_word = self._in_word, False
        return was

    def _pieces(self, text: str, at: int, end: int) -> Generator[Line, None, int]:
        """Cut pieces off ``text[at:end]`` until it is short enough; the generator's value is what is left of it."""
        while True:
            if self._in_word:  # the rest of a word that was cut: up to the first non-letter, or all there is
                rest = _pattern(_WORD_REST).match(text, at, end)
                stop = rest.end() if rest else at
                if stop == end and end - at <= MAX_LINE:
                    return at
                stop = min(stop, at + MAX_LINE)
                if stop > at:
                    yield Line(text[at:stop], prose=False)
                self._in_word = stop == at + MAX_LINE
                at = stop
                continue
            if end - at <= MAX_LINE:
                return at
            cut = self._best_cut(text, at)
            self._in_word = not cut
            cut = cut or at + MAX_LINE
            yield Line(text[at:cut], prose=not self._in_word)
            at = cut

    @staticmethod
    def _best_cut(text: str, at: int) -> int:
        for pattern, start in zip(_CUTS, (at + MAX_LINE // 2, at + 1, at + 1), strict=True):
            cut = 0
            for match in _pattern(pattern).finditer(text, start, at + MAX_LINE):
                cut = match.end()
            if cut:
                return cut
        return 0


def split_lines(text: str) -> list[Line]:
    """The lines of a whole text.

    >>> [line.text for line in split_lines("one\\r\\ntwo")]
    ['one\\r\\n', 'two']
    """
    splitter = LineSplitter()
    return splitter.feed(text) + splitter.finish()


def in_line(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The line of a text that ``text[start:end]`` stands in, and where it stands in the line.

    >>> in_line("one\\ntwo three", 8, 13)
    ('two three', 4, 9)
    """
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    last = _LAST_END.search(text, end)
    return text[first : len(text) if last is None else last.start()], start - first, end - first
