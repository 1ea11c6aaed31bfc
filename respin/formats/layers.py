"""One format inside another: HTML in a field of JSON, a page in a feed, a mail's part in its transfer encoding.

The outer format says in pieces how a text is written; the inner one finds the prose in that
text. What comes out are passages of the outer document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from respin.formats.passages import Escape, Format, Passage, Run
from respin.text.lines import split_lines


class Written(NamedTuple):
    """A range of the outer source, in code points, and what it reads as.

    A range that reads as it stands can be cut anywhere, any other stays whole.
    """

    start: int
    end: int
    text: str


def passages_within(
    source: str, pieces: Iterable[Written], inner: Format, escape: Escape, *, new_document: bool = False
) -> Iterator[Passage]:
    """The passages of a text that stands in another, as passages of ``source``.

    Args:
        source: the outer text.
        pieces: the written text, in order and without gaps. The passages cover just their ranges.
        inner: the format of what they read as; it must be new.
        escape: the outer format's.
        new_document: whether an article of its own begins here.
    """
    cursor = _Cursor(source, pieces)
    text = cursor.text
    inner_passages = [*inner.feed(split_lines(text)), *inner.finish()]
    for number, passage in enumerate(inner_passages):
        start = cursor.at
        runs: list[Run] = []
        at = 0
        for begin, end, prose in passage.runs:
            if begin > at:
                cursor.take(begin - at)
            place = cursor.at - start
            spans = cursor.take(end - begin)
            if prose is None:
                runs += [Run(a - start, b - start, reads) for a, b, reads in spans]
            else:
                runs.append(Run(spans[0][0] - start if spans else place, cursor.at - start, prose))
            at = end
        if at < len(passage.source):
            cursor.take(len(passage.source) - at)
        if number == len(inner_passages) - 1:
            cursor.take_rest()
        yield Passage(
            source[start : cursor.at],
            tuple(runs),
            (new_document and not number) or passage.new_document,
            _both(passage.escape or inner.escape, passage.source, escape),
        )
    if not inner_passages and cursor.take_rest():
        yield Passage(source[cursor.begin : cursor.at], new_document=new_document)


def _both(inner: Escape, inner_source: str, outer: Escape) -> Escape:
    def escape(text: str, source: str) -> str:
        return outer(inner(text, inner_source), source)

    return escape


class _Cursor:
    """Goes through what is written, as many code points of the text at a time as asked for."""

    def __init__(self, source: str, pieces: Iterable[Written]) -> None:
        self._source = source
        self._pieces = list(pieces)
        self._index = 0
        self._inside = 0
        """Code points of the current piece's text that were taken."""
        self.text = "".join(piece.text for piece in self._pieces)
        self.begin = self.at = self._pieces[0].start if self._pieces else 0
        """Where the written text starts, and up to where it was taken, in the source."""

    def take(self, count: int) -> list[tuple[int, int, str | None]]:
        """The ranges of the source for the next ``count`` code points, and what they read as, if not as they stand."""
        spans: list[tuple[int, int, str | None]] = []
        while count > 0:
            start, end, text = self._pieces[self._index]
            step = min(count, len(text) - self._inside)
            if end - start == len(text) and self._source.startswith(text, start):
                if step:
                    spans.append((self.at, self.at + step, None))
                self.at += step
            elif not text:  # a hole
                self.at = end
            elif not self._inside:  # a piece that can't be cut goes with its first code point
                spans.append((start, end, text))
                self.at = end
            self._inside += step
            count -= step
            if self._inside == len(text):
                self._index, self._inside = self._index + 1, 0
        return spans

    def take_rest(self) -> bool:
        """Go to the end, past pieces that read as nothing; whether there was anything."""
        if self._pieces:
            self.at = self._pieces[-1].end
        return self.at > self.begin
