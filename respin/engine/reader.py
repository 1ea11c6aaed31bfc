"""The reader: a small bidirectional encoder that says of each reading of a line how likely it is.

BERT's network (Devlin et al. 2019), fine-tuned on text that was spun here (`respin.train.reader`). It reads the
spun line once. Of each span it takes the states of the first and the last piece; a learned map of both is the
span's *query*. A reading scores the products of the query with the embeddings of its first piece, of its last
piece and of their mean, and a bias for each piece; keeping the span scores the same with its own words, and
a term of the query's own. So any dictionary's readings can be scored, by their words alone.

A line is read by itself: what came before it was worth nothing in trials, and so neither batches nor the order
of lines have any influence. A line longer than the encoder's reach is read in windows
(`respin.engine.reader_windows`).

File: a container of `respin.lm.container`; `respin.train.reader.file` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from respin.engine.reader_windows import REACH, Window, WindowCutter
from respin.engine.recent import Recent
from respin.errors import ModelError
from respin.lm.container import Container, Header, Sections, let_go, open_container
from respin.lm.onnx_runtime import onnx_runtime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from respin.engine.lattice import Lattice

KIND: Final = Container(b"RESPINRD", 1, "reader")
SHIPPED: Final = Path(__file__).parent.parent / "data" / "news.respin-reader"

Floats = NDArray[np.float32]

_REMEMBERED: Final = 512
"""Lines whose odds are remembered, twice: pages of a site share lines, which come again in each of its articles."""


class Reader:
    """A trained encoder, opened when it is first asked. Safe for several threads; pickled by what it was made of.

    Args:
        path: its file.
        remembered: lines whose odds it remembers at least, of those that it read last; > 0.
    """

    def __init__(self, path: str | Path = SHIPPED, remembered: int = _REMEMBERED) -> None:
        self.path, self._remembered = Path(path), remembered

    @cached_property
    def _encoder(self) -> _Encoder:
        return _Encoder(self.path, self._remembered)

    def __reduce__(self) -> tuple[type[Reader], tuple[Path, int]]:
        return Reader, (self.path, self._remembered)

    def odds(self, lattice: Lattice) -> NDArray[np.float64]:
        """Log odds of each reading against keeping its span, nats: shape (readings,), span by span.

        Raises:
            ModelError: the file is missing, damaged or of a newer version, or the runtime does not take it.
        """
        return self._encoder.odds(lattice)


class _Encoder:
    """The contents of a reader's file, and the runtime of its network."""

    def __init__(self, path: Path, remembered: int) -> None:
        self._session = _session(open_container(path, KIND, self._set), path)
        self._known: Recent[object, NDArray[np.float64]] = Recent(remembered)

    def _set(self, header: Header, sections: Sections) -> bytes:
        """Take the contents over; what comes back is the network."""
        width = int(header["width"])
        vocabulary = sections["vocabulary"].tobytes().decode("utf-8").split("\n")
        self._cutter = WindowCutter(vocabulary, int(header["word_pieces"]), int(header["reading_pieces"]))
        self._width, self._scale = width, float(header["scale"])
        self._embedding = sections["embedding"].reshape(len(vocabulary), width)
        self._embedding_scale = sections["embedding_scale"].reshape(len(vocabulary), 1)
        self._bias = sections["bias"].reshape(len(vocabulary))
        self._position = sections["position"].reshape(-1, width)
        self._flag = sections["flag"].reshape(-1, width)
        floats = (self._position, self._flag, self._bias, self._embedding_scale)
        if any(array.dtype != np.float32 for array in floats) or self._embedding.dtype != np.int8:
            raise ValueError("a section")
        if len(self._position) < REACH:
            raise ValueError("a section")
        graph = sections["graph"].tobytes()
        let_go(sections)  # the network is copied, and of the embeddings most words are rare
        return graph

    def odds(self, lattice: Lattice) -> NDArray[np.float64]:
        """See `Reader.odds`. A line that was read with the same readings is not read again."""
        # All that windows are made of: readings of other costs are the same to the reader.
        spans = [(span.start, span.end, *(reading.head for reading in span.readings.all)) for span in lattice.spans]
        key = (lattice.line, *spans)
        odds = self._known.get(key)
        if odds is None:
            odds = self._known.recalled(key)
            if odds is None:
                odds = self._read(lattice)
                odds.flags.writeable = False
            self._known.keep(key, odds)
        return odds

    def _read(self, lattice: Lattice) -> NDArray[np.float64]:
        found = [self._window(window) for window in self._cutter.windows(lattice)]
        return np.concatenate(found).astype(np.float64) if found else np.zeros(0)

    def _window(self, window: Window) -> Floats:
        """The log odds of the readings of a window's spans: shape (readings,)."""
        x = self._embedded(window.ids) + self._position[: len(window.ids)] + self._flag[window.flags]
        (query,) = self._session.run(None, {"x": x, "first": window.first, "last": window.last})
        return self._against_keeping(query, window.ways, window.sizes)

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


def _session(graph: bytes, path: Path) -> InferenceSession:
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    # One line is too little work for two threads; several files go to several processes.
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common base
        raise ModelError(f"{path}: the runtime does not take this reader: {error}") from None
    # It would keep the network's bytes, 12 MB, only to start anew with other providers.
    session._model_bytes = None
    return session
