"""What the reader is given of a line: windows of word pieces, the spans in them, and each span's ways to be read.

The same for the repair and for training (`respin.train.reader.examples`), so that what is learnt is what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.lm.word_pieces import WordPieces, shortened
from respin.text.tokens import tokenize

if TYPE_CHECKING:
    from respin.engine.lattice import Lattice, LatticeSpan
    from respin.engine.words import Word

CAPITAL: Final = 1
SHOUTED: Final = 2
"""Flags of a piece: its word begins with a capital, is written in capitals."""

WINDOW: Final = 220
"""Most pieces that are read at once, the marks of start and end aside; training windows had as many."""
OVERLAP: Final = 40
"""Pieces that a window reads on either side beyond its own."""
REACH: Final = WINDOW + 2 * OVERLAP + 2
"""Most pieces of a window, with all that."""
_MAX_CACHE: Final = 1 << 15

Ints = NDArray[np.int64]


class Window(NamedTuple):
    """A stretch of a line, or all of it, that is read at once."""

    ids: Ints
    """Its pieces, between the marks of start and end: shape (pieces,)."""
    flags: Ints
    """Of each piece, see `CAPITAL`."""
    first: Ints
    """The piece with which each span begins: shape (spans,)."""
    last: Ints
    """That with which it ends."""
    ways: list[tuple[int, ...]]
    """The pieces of each span's readings, in their order, and behind these of the span as it stands."""
    sizes: Ints
    """How many ways each span has: shape (spans,)."""
    spans: list[LatticeSpan]
    """Those that begin in the stretch; not those that begin where it overlaps with its neighbours."""
    first_word: int
    """The first word that is read."""
    counts: Ints
    """How many pieces each word that is read has: shape (words,)."""


class WindowCutter:
    """Cuts lattices into windows, for one vocabulary.

    Args:
        vocabulary: the word pieces by number.
        word_pieces: most pieces of a word.
        reading_pieces: most pieces of a way to read a span.

    Raises:
        ValueError: a piece that every vocabulary has is missing.
    """

    def __init__(self, vocabulary: Iterable[str], word_pieces: int, reading_pieces: int) -> None:
        self._pieces = WordPieces(vocabulary, word_pieces)
        self._reading_pieces = reading_pieces
        self._heads: dict[str, tuple[int, ...]] = {}

    def windows(self, lattice: Lattice) -> Iterator[Window]:
        """The windows of a line in which spans begin; all spans together, in their order."""
        words = lattice.words
        pieces = [self._pieces.of(normal(word.text)) for word in words]
        spans = iter(lattice.spans)
        span = next(spans, None)
        for first, end, last in stretches([len(p) for p in pieces]):
            inside: list[LatticeSpan] = []
            while span is not None and span.start < end:
                inside.append(span)
                span = next(spans, None)
            if inside:
                yield self._window(words[first:last], pieces[first:last], first, inside)

    def _window(
        self, words: Sequence[Word], pieces: Sequence[tuple[int, ...]], first: int, spans: list[LatticeSpan]
    ) -> Window:
        ids = [self._pieces.start, *(piece for word in pieces for piece in word), self._pieces.end]
        counts = np.array([len(word) for word in pieces])
        flags = np.zeros(len(ids), np.int64)
        flags[1:-1] = np.repeat([CAPITAL * word.capital + SHOUTED * word.shouted for word in words], counts)
        ends = np.cumsum(counts) + 1
        starts = ends - counts
        # A span may reach beyond the window that it begins in; its words there are not read.
        span_first = starts[[span.start - first for span in spans]]
        span_last = ends[[min(span.end - first, len(words)) - 1 for span in spans]] - 1
        ways: list[tuple[int, ...]] = []
        sizes = []
        for span in spans:
            ways += [self._head(reading.head) for reading in span.readings.all]
            kept = [piece for word in pieces[span.start - first : span.end - first] for piece in word]
            ways.append(shortened(kept, self._reading_pieces))
            sizes.append(len(span.readings.all) + 1)
        return Window(np.array(ids), flags, span_first, span_last, ways, np.array(sizes), spans, first, counts)

    def _head(self, head: str) -> tuple[int, ...]:
        found = self._heads.get(head)
        if found is None:
            if len(self._heads) >= _MAX_CACHE:
                self._heads.clear()
            pieces = [piece for token in tokenize(head) for piece in self._pieces.of(normal(token.text))]
            found = self._heads[head] = shortened(pieces, self._reading_pieces)
        return found


def stretches(counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Cut words of so many pieces: the first word that is read, the end of the stretch's own, the end of those read."""
    count = len(counts)
    if sum(counts) <= WINDOW + 2 * OVERLAP:
        yield 0, count, count
        return
    start = 0
    while start < count:
        end = max(start + 1, _reach(counts, start, WINDOW))
        before = _reach(counts[start::-1], 1, OVERLAP) - 1 if start else 0
        yield start - before, end, _reach(counts, end, OVERLAP)
        start = end


def _reach(counts: Sequence[int], start: int, pieces: int) -> int:
    """The end of the words from ``start`` on that have at most so many pieces."""
    end, size = start, 0
    while end < len(counts) and size + counts[end] <= pieces:
        size += counts[end]
        end += 1
    return end


def normal(text: str) -> str:
    """A word as the encoder reads it."""
    return text.lower().replace("’", "'")
