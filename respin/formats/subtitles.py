"""Subtitles, SubRip (SRT) and WebVTT: what is said is prose; numbers, times, settings and notes stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from respin.formats.detect import TIMING
from respin.formats.entities import pieces
from respin.formats.passages import Passage, PassageBuilder, Unwritable
from respin.text import lazy_regex as regex
from respin.text.lines import MAX_LINE, Line

_MARKUP: Final = regex.compile(r"</?[A-Za-z][^<>\r\n]*>|<[0-9:.]+>|\{[\\A-Za-z][^{}\r\n]*\}")
_SPEAKER: Final = regex.compile(r"\s*+(?:-\s?)?(?:[\p{Lu}][\p{Lu} .'-]+:\s)?")


class Subtitles:
    """The lines of a cue are one text; it ends at a blank line."""

    def __init__(self) -> None:
        self._builder = PassageBuilder()
        self._in_cue = False

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages of the cues that end in ``lines``."""
        for text, prose in lines:
            if not text.strip():
                yield from self.finish()
                self._in_cue = False
                yield Passage(text)
            elif TIMING.match(text):
                yield from self.finish()
                self._in_cue = True
                yield Passage(text)
            elif self._in_cue and prose:
                self._add(text)
                if self._builder.size > MAX_LINE:
                    yield from self.finish()
            else:
                yield Passage(text)

    def finish(self) -> Iterator[Passage]:
        """The cue that is open."""
        if self._builder.size:
            yield self._builder.take()

    def escape(self, text: str, source: str) -> str:
        """The text itself; what would be markup or a time is not written."""
        if any(mark in text for mark in ("<", ">", "{", "&", "\\n", "\\r")):
            raise Unwritable(text)
        return text

    def _add(self, text: str) -> None:
        at = 0
        for match in _MARKUP.finditer(text):
            self._read(text[at : match.start()])
            self._builder.skip(match[0])
            at = match.end()
        self._read(text[at:])

    def _read(self, text: str) -> None:
        for source, reads in pieces(text):
            self._builder.read(source, reads)
