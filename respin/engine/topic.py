"""What an article is about, and what that says of a reading.

The n-gram model sees three words back. Whether *components* stood for *parts* or for *formula* is
told by the rest of the article. So each word has two vectors: one for what it adds to the topic of
the text that it stands in, one for how well it goes with a topic. A reading's score is the product of its
words' vectors with the topic of the article so far: a log-bilinear model (Mnih & Hinton 2007).

Vectors and topics are whole numbers small enough (127, and 127 times ``_FINENESS``) that the product of a word's vector
with a topic is exact in 32-bit floats: results do not depend on the order of adding up.

File: a container of `respin.lm.container` with a row number for each word of the language model (0: no
vector) and two tables of 8-bit rows. See `respin.train.topics.topics` for the writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.lm.container import Container, Header, Sections, open_container

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model

KIND: Final = Container(b"RESPINTM", 1, "topic model")

SHIPPED: Final = Path(__file__).parent.parent / "data" / "news.respin-topics"
DIMENSIONS: Final = 64
_FINENESS: Final = 8
"""A topic is counted in so many steps to the unit of a context vector."""
_INERTIA: Final = 5
"""So many words of no topic stand before every text: a few words do not make one."""

Vector = NDArray[np.float32]
Doubles = NDArray[np.float64]


class TopicModel:
    """The vectors of the words of one language model."""

    def __init__(self, header: Header, sections: Sections) -> None:
        self.words_checksum = int(header["words"])
        """CRC-32 of the vocabulary of the language model whose words these are."""
        self.context_unit = float(header["context_unit"]) / _FINENESS
        """What a step of a topic is worth."""
        self.unit = self.context_unit * float(header["head_unit"])
        """What a step of the product of a reading and a topic is worth, nats."""
        self._rows = sections["rows"]
        self._contexts = sections["contexts"].reshape(-1, DIMENSIONS)
        self._heads = sections["heads"].reshape(-1, DIMENSIONS)
        kinds = self._rows.dtype, self._contexts.dtype, self._heads.dtype
        if kinds != (np.dtype("<u2"), np.dtype(np.int8), np.dtype(np.int8)):
            raise ValueError("a section")
        if len(self._contexts) != len(self._heads) or self._rows.max(initial=0) >= len(self._heads):
            raise ValueError("rows")
        if not np.isfinite(self.unit) or self._contexts[:1].any() or self._heads[:1].any():
            raise ValueError("values")

    @classmethod
    def open(cls, path: str | Path) -> TopicModel:
        """Map a file into memory. Raises `ModelError` if it is no intact topic model."""
        return open_container(path, KIND, cls)

    def rows_of(self, ids: Iterable[int]) -> list[int]:
        """The row of each word that has vectors, counted from 0; -1 for the others."""
        rows = self._rows
        return [int(rows[word]) - 1 if word < len(rows) else -1 for word in ids]

    def context(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], int]:
        """What words add to a topic: their sum, and how many of them have a topic."""
        rows = self._rows.take(ids, mode="clip")
        return self._contexts[rows].sum(0, dtype=np.int64), int(np.count_nonzero(rows))

    def products(
        self, ids: Sequence[int] | NDArray[np.integer[Any]], topics: Sequence[Vector | None], ends: Sequence[int]
    ) -> Doubles:
        """How well words go with the topics of their lines, in whole steps: shape (words,); 0 where there is no topic.

        A reading goes with a topic as well as its words do together, less those in whose place it stands.

        Args:
            ids: of the words of some lines, one after the other.
            topics: of the lines.
            ends: up to which word each line reaches.
        """
        heads = self._heads.take(self._rows.take(ids, mode="clip"), 0)
        products = np.zeros(len(heads))
        first = 0
        for topic, end in zip(topics, ends, strict=True):
            if topic is not None and end > first:
                # No product of matrices: for that BLAS would start threads, which cost more than they bring here.
                products[first:end] = np.einsum("ij,j->i", heads[first:end].astype(np.float32), topic)
            first = end
        return products


def shipped_topics(model: Model) -> TopicModel | None:
    """The shipped topic model; ``None`` for a language model that has other words than the shipped one.

    Raises:
        ModelError: the file can't be read.
    """
    topics = TopicModel.open(SHIPPED)
    return topics if topics.words_checksum == model.words_checksum else None


class DocumentTopic:
    """The topic of an article as its lines come by: the mean of its words, as they stand."""

    def __init__(self, model: TopicModel) -> None:
        self._model = model
        self._sum = np.zeros(DIMENSIONS, np.int64)
        self._words = 0

    def read(self, ids: Sequence[int]) -> None:
        """Add the words of a line."""
        total, words = self._model.context(ids)
        self._sum += total
        self._words += words

    @property
    def vector(self) -> Vector:
        """The topic so far, in whole steps of ``1 / _FINENESS``."""
        steps = self._sum * _FINENESS // (self._words + _INERTIA)
        return steps.astype(np.float32)
