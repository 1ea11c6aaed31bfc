"""The reader: a small bidirectional encoder that says of each reading of a line how likely it is.

BERT's network (Devlin et al. 2019), fine-tuned on text that was spun here (`respin.train.reader`). It reads the
spun line once. Of each span it takes the states of the first and the last piece; a learned map of both is the
span's *query*. A reading scores the products of the query with the embeddings of its first piece, of its last
piece and of their mean, and a bias for each piece; keeping the span scores the same with its own words, and
a term of the query's own. So any dictionary's readings can be scored, by their words alone.

A line is read by itself: what came before it was worth nothing in trials, and so neither batches nor the order
of lines have any influence. A line longer than the encoder's reach is read in windows.

File: a container of `respin.lm.container`; `respin.train.reader.file` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.errors import ModelError
from respin.lm.container import Container, read_container
from respin.lm.word_pieces import WordPieces, shortened
from respin.text.tokens import tokenize

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from respin.engine.lattice import Lattice, Span
    from respin.engine.words import Word

KIND: Final = Container(b"RESPINRD", 1, "reader")
SHIPPED: Final = Path(__file__).parent.parent / "data" / "news.respin-reader"

CAPITAL: Final = 1
SHOUTED: Final = 2
"""Flags of a piece: its word begins with a capital, is written in capitals."""

_WINDOW: Final = 220
"""Most pieces that are read at once, the marks of start and end aside; training windows had as many."""
_OVERLAP: Final = 40
"""Pieces that a window reads on either side beyond its own."""
_MAX_CACHE: Final = 1 << 15

Floats = NDArray[np.float32]


class Reader:
    """A trained encoder, opened when it is first asked. Safe for several threads; pickled by the path of its file."""

    def __init__(self, path: str | Path = SHIPPED) -> None:
        self.path = Path(path)

    @cached_property
    def _encoder(self) -> _Encoder:
        return _Encoder(self.path)

    def __reduce__(self) -> tuple[type[Reader], tuple[Path]]:
        return Reader, (self.path,)

    def odds(self, lattice: Lattice) -> NDArray[np.float64]:
        """Log odds of each reading against keeping its span, nats: shape (readings,), span by span.

        Raises:
            ModelError: the file is missing, damaged or of a newer version, or the runtime does not take it.
        """
        return self._encoder.odds(lattice)


class _Encoder:
    """The contents of a reader's file, and the runtime of its network."""

    def __init__(self, path: Path) -> None:
        header, sections = read_container(path, KIND)
        try:
            self._set(header, sections)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise ModelError(f"{path}: corrupt reader: its header makes no sense") from None
        self._session = _session(sections["graph"].tobytes(), path)
        self._heads: dict[str, tuple[int, ...]] = {}

    def _set(self, header: dict[str, Any], sections: dict[str, NDArray[Any]]) -> None:
        width = int(header["width"])
        vocabulary = sections["vocabulary"].tobytes().decode("utf-8").split("\n")
        self._pieces = WordPieces(vocabulary, int(header["word_pieces"]))
        self._reading_pieces = int(header["reading_pieces"])
        self._width, self._scale = width, float(header["scale"])
        self._embedding = sections["embedding"].reshape(len(vocabulary), width)
        self._embedding_scale = sections["embedding_scale"].reshape(len(vocabulary), 1)
        self._bias = sections["bias"].reshape(len(vocabulary))
        self._position = sections["position"].reshape(-1, width)
        self._flag = sections["flag"].reshape(-1, width)
        floats = (self._position, self._flag, self._bias, self._embedding_scale)
        if any(array.dtype != np.float32 for array in floats) or self._embedding.dtype != np.int8:
            raise ValueError("a section")
        if len(self._position) < _WINDOW + 2 * _OVERLAP + 2:
            raise ValueError("a section")

    def odds(self, lattice: Lattice) -> NDArray[np.float64]:
        """See `Reader.odds`."""
        words = lattice.words
        pieces = [self._pieces.of(_normal(word.text)) for word in words]
        found: list[Floats] = []
        spans = iter(lattice.spans)
        span = next(spans, None)
        for first, end, last in _windows([len(p) for p in pieces]):
            inside: list[Span] = []
            while span is not None and span.start < end:
                inside.append(span)
                span = next(spans, None)
            if inside:
                # A span may reach beyond the window that it begins in; its words there are not read.
                found.append(self._window(words[first:last], pieces[first:last], first, inside))
        return np.concatenate(found).astype(np.float64) if found else np.zeros(0)

    def _window(
        self, words: Sequence[Word], pieces: Sequence[tuple[int, ...]], first: int, spans: Sequence[Span]
    ) -> Floats:
        """The log odds of the readings of some spans that begin in a window: shape (readings,)."""
        ids = [self._pieces.start, *(piece for word in pieces for piece in word), self._pieces.end]
        counts = np.array([len(word) for word in pieces])
        flags = np.zeros(len(ids), np.int64)
        flags[1:-1] = np.repeat([CAPITAL * word.capital + SHOUTED * word.shouted for word in words], counts)
        ends = np.cumsum(counts) + 1
        span_first = ends[[span.start - first for span in spans]] - counts[[span.start - first for span in spans]]
        span_last = ends[[min(span.end - first, len(words)) - 1 for span in spans]] - 1
        x = self._embedded(np.array(ids)) + self._position[: len(ids)] + self._flag[flags]
        (query,) = self._session.run(None, {"x": x, "first": span_first, "last": span_last})
        ways: list[tuple[int, ...]] = []
        sizes = []
        for span in spans:
            ways += [self._head(reading.head) for reading in span.readings.all]
            kept = [piece for word in pieces[span.start - first : span.end - first] for piece in word]
            ways.append(shortened(kept, self._reading_pieces))
            sizes.append(len(span.readings.all) + 1)
        return self._against_keeping(query, ways, np.array(sizes))

    def _against_keeping(self, query: Floats, ways: Sequence[tuple[int, ...]], sizes: NDArray[np.int64]) -> Floats:
        """The scores of all readings less that of keeping, which comes last of each span's ``ways``."""
        width = self._width
        lengths = np.array([len(way) for way in ways])
        flat = np.array([piece for way in ways for piece in way])
        starts = np.cumsum(lengths) - lengths
        vectors = self._embedded(flat)
        mean = np.add.reduceat(vectors, starts, axis=0) / lengths[:, None].astype(np.float32)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        asked = query[owner]
        scores = np.einsum("ij,ij->i", asked[:, :width], vectors[starts])
        scores += np.einsum("ij,ij->i", asked[:, width : 2 * width], vectors[starts + lengths - 1])
        scores += np.einsum("ij,ij->i", asked[:, 2 * width : -1], mean)
        scores = scores * np.float32(self._scale) + np.add.reduceat(self._bias[flat], starts)
        keep = np.cumsum(sizes) - 1
        scores[keep] += query[:, -1]
        odds: Floats = (scores - np.repeat(scores[keep], sizes)).astype(np.float32)
        return np.delete(odds, keep)

    def _embedded(self, ids: NDArray[np.int64]) -> Floats:
        """The embeddings of pieces: shape (pieces, width)."""
        found: Floats = self._embedding[ids].astype(np.float32)
        found *= self._embedding_scale[ids]
        return found

    def _head(self, head: str) -> tuple[int, ...]:
        found = self._heads.get(head)
        if found is None:
            if len(self._heads) >= _MAX_CACHE:
                self._heads.clear()
            pieces = [piece for token in tokenize(head) for piece in self._pieces.of(_normal(token.text))]
            found = self._heads[head] = shortened(pieces, self._reading_pieces)
        return found


def _session(graph: bytes, path: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One line is too little work for two threads; several files go to several processes.
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common base
        raise ModelError(f"{path}: the runtime does not take this reader: {error}") from None


def _windows(counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Cut words into windows: the first word that is read, the end of the window's own, the end of those read."""
    count = len(counts)
    if sum(counts) <= _WINDOW + 2 * _OVERLAP:
        yield 0, count, count
        return
    start = 0
    while start < count:
        end = max(start + 1, _reach(counts, start, _WINDOW))
        before = _reach(counts[start::-1], 1, _OVERLAP) - 1 if start else 0
        yield start - before, end, _reach(counts, end, _OVERLAP)
        start = end


def _reach(counts: Sequence[int], start: int, pieces: int) -> int:
    """The end of the words from ``start`` on that have at most so many pieces."""
    end, size = start, 0
    while end < len(counts) and size + counts[end] <= pieces:
        size += counts[end]
        end += 1
    return end


def _normal(text: str) -> str:
    """A word as the encoder reads it."""
    return text.lower().replace("’", "'")
