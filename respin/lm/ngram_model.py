"""The n-gram language model: a memory-mapped file, asked for many words at once.

A model gives ln P(word | the words before it). It is a back-off model (Katz 1987) whose n-grams
of two words and more stand in static functions (Talbot and Brants 2008, on binary fuse tables by
Graf and Lemire 2022): a table of slots, three of which, combined by exclusive or, give an n-gram's
quantised log probability, its back-off weight and a fingerprint. The n-grams themselves are not stored;
an n-gram that the model does not hold is taken for one that it holds at the odds of its fingerprint
(and only if its context and its own last words are held, too).

File: a container of `respin.lm.container`. See `respin.train.lm.model_file` for the writer.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.lm.container import Container, Header, Sections, open_container
from respin.lm.context_tree import ContextTree, Ints
from respin.lm.ngram_table import BLOCK, PLACE, Ids, NgramTable, Room, Scores
from respin.lm.spellings import Spellings

State = tuple[int, ...]

KIND: Final = Container(b"RESPINLM", 1, "language model")
MAX_ORDER: Final = 4

BOS: Final = "<s>"
EOS: Final = "</s>"
UNKNOWN: Final = "<unk>"
_SUFFIX_CLASSES: Final = {"ing": "<unk-ing>", "ed": "<unk-ed>", "ly": "<unk-ly>", "s": "<unk-s>"}
CLASSES: Final = (
    *(BOS, EOS, UNKNOWN, *_SUFFIX_CLASSES.values()),
    *("<name>", "<acronym>", "<number>", "<address>", "<mark>"),
)
"""Words of the model that stand for kinds of words; every model holds them all."""

_CACHED_WORDS: Final = 1 << 16
_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)+")
_LETTERS_ONLY: Final = re.compile(r"[\w'\uDC80-\uDCFF]+(?:\.\w)*")


def spellings(word: str, capital: bool) -> Iterator[str]:
    """What to look for in the vocabulary, in this order; the last is always one of `CLASSES`.

    The word itself, in lower case, with each digit as 0 (``7,312`` as ``0,000``), its class. Classes
    of words that are not in the vocabulary: numbers; addresses, handles and entities; punctuation
    marks; acronyms (``NATO``, ``u.s``); names (``capital``: written with a capital first letter);
    other words by suffix.
    """
    yield word
    lower = word.lower()
    if lower != word:
        yield lower
    if _DIGIT.search(lower) and (_NUMBER.fullmatch(lower) or _LETTERS_ONLY.fullmatch(lower)):
        yield _DIGIT.sub("0", lower)
        yield "<number>"
    elif not _LETTERS_ONLY.fullmatch(lower):
        yield "<mark>" if len(lower) == 1 else "<address>"
    elif lower != word or "." in word:
        yield "<acronym>"
    elif capital:
        yield "<name>"
    else:
        yield next((name for suffix, name in _SUFFIX_CLASSES.items() if word.endswith(suffix)), UNKNOWN)


class Model:
    """An n-gram model of running words, opened with `Model.open`.

    Probabilities are natural logarithms, never minus infinity. A context is the ids of the last
    ``order - 1`` words, the most recent last, padded on the left with `bos` at the start of a line
    (or with -1 where the earlier words are not known: the shorter context is used then).
    """

    order: int
    """Longest n-gram: a word and the ``order - 1`` before it."""
    bos: int
    """Id of the start of a line; a context only, never scored."""
    eos: int
    """Id of the end of a line."""
    start: State
    """The state at the start of a line."""
    path: Path
    """The file that it was opened from."""

    def __init__(self, header: Header, sections: Sections) -> None:
        self.header = header
        self.order = int(header["order"])
        if not 2 <= self.order <= MAX_ORDER:
            raise ValueError(f"order {self.order}")
        self._words: NDArray[np.uint8] = sections["words"]
        self._word_bytes = self._words.data
        self._word_starts = sections["word_starts"].data
        self._spellings = Spellings(self._word_bytes, sections["word_starts"])
        self._probs: Scores = sections["probs1"]
        self._backoffs: Scores = sections["backoffs1"]
        self._tables = [NgramTable(header["tables"][str(n)], sections, n) for n in range(2, self.order + 1)]
        self._rooms: list[Room] = []
        self._cache: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self.bos, self.eos = self._exact(BOS), self._exact(EOS)
        self.start = (self.bos,) * (self.order - 1)
        self._reject_nonsense()

    def _reject_nonsense(self) -> None:
        """Check what the look-ups rely on; what they clip to the tables needs no check.

        Raises:
            ValueError: it does not hold.
        """
        starts = np.asarray(self._word_starts)
        if starts.dtype.kind != "u" or len(starts) != self.vocabulary_size + 1 or starts[-1] > len(self._words):
            raise ValueError("words")
        if len(self._backoffs) != self.vocabulary_size or not (starts[:-1] <= starts[1:]).all():
            raise ValueError("words")
        if min(map(self._exact, CLASSES)) < 0:
            raise ValueError("classes")
        books = [self._probs, self._backoffs]
        for table in self._tables:
            books += table.books(is_highest=table is self._tables[-1])
        if not all(book.dtype == np.float32 and len(book) and np.isfinite(book).all() for book in books):
            raise ValueError("values")

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> Model:
        """Map a model file into memory; processes that open the same file share it.

        With ``verify`` the checksum of the whole file is compared, which reads it once.
        Raises `ModelError` if the file can not be read or is no intact model of a known version.
        """
        model = open_container(path, KIND, cls, verify=verify)
        model.path = Path(path)
        return model

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its path: another process maps the file itself, and shares its pages."""
        return Model.open, (self.path.absolute(),)

    @property
    def words_checksum(self) -> int:
        """CRC-32 of the vocabulary: what is made for the words of one model fits no other."""
        return zlib.crc32(self._word_bytes)

    @property
    def vocabulary_size(self) -> int:
        """Number of word ids, classes included; ids count from 0."""
        return len(self._probs)

    @property
    def ngrams(self) -> list[int]:
        """Number of n-grams of each order, from 1."""
        return [self.vocabulary_size, *(table.ngrams for table in self._tables)]

    def word(self, word_id: int) -> str:
        """The spelling of a word id."""
        start, end = self._word_starts[word_id], self._word_starts[word_id + 1]
        return bytes(self._word_bytes[start:end]).decode("utf-8", "surrogateescape")

    def _exact(self, word: str) -> int:
        """Id of a spelling in the vocabulary (sorted by bytes), or -1."""
        return self._spellings.find(word.encode("utf-8", "surrogatepass"))

    def word_id(self, word: str, capital: bool = False) -> int:
        """Id of a model word (`respin.text.tokens.model_word`), or of its class; see `spellings`.

        ``capital``: whether the token is written with a capital first letter, which tells
        unknown names from other unknown words; it changes nothing for known words.
        """
        cache = self._cache[capital]
        found = cache.get(word)
        if found is None:
            if len(cache) >= _CACHED_WORDS:
                cache.clear()
            found = next(i for i in map(self._exact, spellings(word, capital)) if i >= 0)
            cache[word] = found
        return found

    def score(self, contexts: Ids, words: Ids) -> Scores:
        """ln P(word | context) of many pairs at once.

        ``contexts`` has the shape (n, order - 1), ``words`` (n,); see the class for contexts.
        """
        words, contexts = np.asarray(words), np.asarray(contexts)
        count = len(words)
        result = np.empty(count, np.float32)
        # A list gives and takes in one step, so threads never share a room.
        try:
            room = self._rooms.pop()
        except IndexError:
            room = Room(BLOCK, self.order)
        for first in range(0, count, room.pairs):
            part = slice(first, first + room.pairs)
            self._score(contexts[part], words[part], result[part], room)
        self._rooms.append(room)
        return result

    def alone(self, words: Ids) -> Scores:
        """ln P(word) without any context: shape (n,), as ``words``."""
        return self._probs.take(words, mode="clip")

    def _score(self, contexts: Ids, words: Ids, result: Scores, room: Room) -> None:
        count = len(words)
        last = contexts[:, -1]
        is_partial = bool(contexts.min() < 0)
        self._probs.take(words, None, result, "clip")
        backoffs = room.values[:count]
        self._backoffs.take(last, None, backoffs, "clip")
        if is_partial:
            backoffs *= last >= 0
        result += backoffs
        # Each table is asked at once for the n-grams (first half) and the contexts of the next order (second half).
        both = room.sums[: 2 * count]
        ngrams, context = both[:count], both[count:]
        all_words = room.words[:, :count]
        np.copyto(all_words[:-1], contexts.T, casting="unsafe")
        np.copyto(all_words[-1], words, casting="unsafe")
        np.multiply(all_words[-2], PLACE[0], out=context)
        held: NDArray[np.bool_] | None = None
        for length, table in enumerate(self._tables, 1):
            has_longer = length < len(self._tables)
            np.add(context, all_words[-1], out=ngrams)
            ngrams *= PLACE[0]
            if has_longer:
                earlier = all_words[-length - 2]
                earlier *= PLACE[length]
                context += earlier
            values, found = table.find(both if has_longer else ngrams, room)
            present = found[:count]
            if is_partial:
                present &= contexts[:, -length] >= 0
            if held is not None:
                present &= held
            np.copyto(result, table.probs(values[:count], room), where=present)
            if has_longer:
                context_held = found[count:]
                if is_partial:
                    context_held &= contexts[:, -length - 1] >= 0
                backoffs = table.backoffs(values[count:], room)
                backoffs *= context_held
                result += backoffs
                held = present & context_held

    def tree(self, words: Sequence[Ids], parents: Sequence[Ints]) -> ContextTree:
        """Contexts of one word, of two, and so on up to the longest, to score many words after them.

        Each of more than one word has a *parent*, the context without its earliest word.

        Args:
            words: of the contexts of each length, their earliest words.
            parents: of the contexts of each length, the numbers of their parents; of one word, any.
        """
        return ContextTree(self._probs, self._backoffs, self._tables, words, parents)

    def score_words(self, ids: Sequence[int]) -> Scores:
        """ln P of each word of a line and of its end: one value more than there are ids."""
        words = np.array([*self.start, *ids, self.eos], np.int32)
        windows = np.lib.stride_tricks.sliding_window_view(words, self.order)
        return self.score(windows[:, :-1], windows[:, -1])
