"""The n-gram language model: a memory-mapped file, asked for many words at once.

A model gives ln P(word | the words before it). It is a back-off model (Katz 1987) whose n-grams
of two words and more stand in static functions (Talbot and Brants 2008, on binary fuse tables by
Graf and Lemire 2022): a table of slots, three of which, combined by exclusive or, give an n-gram's
quantised log probability, its back-off weight and a fingerprint. The n-grams themselves are not stored;
an n-gram that the model does not hold is taken for one that it holds at the odds of its fingerprint
(and only if its context and its own last words are held, too).

File, all numbers little-endian: 40 bytes (`_PREFIX`), a JSON header that names the sections,
the sections, each aligned to 64 bytes. See `respin.train.model_file` for the writer.
"""

from __future__ import annotations

import json
import mmap
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Scores = NDArray[np.float32]
Hashes = NDArray[np.uint64]
Slots = NDArray[np.int64]
State = tuple[int, ...]

MAGIC: Final = b"RESPINLM"
VERSION: Final = 1
PREFIX: Final = struct.Struct("<8sIIIIQQ")
"""Magic, version, bytes of JSON, CRC-32 of the JSON, zero, bytes of the file, checksum of the body."""
ALIGNMENT: Final = 64

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
_BLOCK: Final = 1 << 12
"""Most pairs that are scored together: their intermediate results stay in the processor's cache."""
_SMALL: Final = 1 << 8
"""Up to so many pairs, memory is not kept for the next time."""
_PLANE: Final = np.uint32(16)
_NOTHING: Final = np.uint32(0)
_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)+")
_LETTERS_ONLY: Final = re.compile(r"[\w'\uDC80-\uDCFF]+(?:\.\w)*")


class ModelError(Exception):
    """A file is no usable model: missing, not a model, newer than this program, truncated or corrupt."""


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


# --- Hashing, shared with the writer ---------------------------------------------------------------

_PLACE: Final = tuple(
    np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
)
"""Odd multipliers, one for each place in an n-gram; the last word has the first."""
_HALF: Final = np.uint64(32)
_SECOND_SHIFT: Final = np.uint64(18)


def _hash(words: Ids, place: int, out: Hashes) -> None:
    """`place_hash` into ``out``."""
    np.copyto(out, words, casting="unsafe")
    out *= _PLACE[place]


def place_hash(words: NDArray[Any], place: int) -> Hashes:
    """What a word adds to the hash of an n-gram; ``place`` 0 is the last word, 1 the one before."""
    return words.astype(np.uint64) * _PLACE[place]


class SlotPlacer:
    """Which three slots of a table an n-gram has (binary fuse, Graf and Lemire 2022).

    The table has ``segments + 2`` segments of ``2 ** segment_bits`` slots; the slots of an n-gram
    lie in three segments that follow each other. ``multiplier`` is odd and below 2**64.
    """

    def __init__(self, multiplier: int, segment_bits: int, segments: int) -> None:
        self._multiplier = np.uint64(multiplier)
        self._range = np.uint64(segments << segment_bits)
        self._length, self._mask = np.uint64(1 << segment_bits), np.uint64((1 << segment_bits) - 1)

    def place(self, sums: Hashes, room: Hashes | None = None) -> tuple[Hashes, Slots, Slots, Slots]:
        """The mixed hashes of n-grams and their slots, given the sums of their place hashes.

        ``room``, if given, is overwritten and holds the results: shape (5, at least ``len(sums)``).
        """
        size = len(sums)
        mixed, first, second, third, offset = np.empty((5, size), np.uint64) if room is None else room[:, :size]
        np.right_shift(sums, _HALF, out=mixed)
        mixed ^= sums
        mixed *= self._multiplier
        np.right_shift(mixed, _HALF, out=first)
        mixed ^= first
        first *= self._range
        first >>= _HALF
        np.add(first, self._length, out=second)
        np.add(second, self._length, out=third)
        np.right_shift(mixed, _SECOND_SHIFT, out=offset)
        offset &= self._mask
        second ^= offset
        np.bitwise_and(mixed, self._mask, out=offset)
        third ^= offset
        return mixed, first.view(np.int64), second.view(np.int64), third.view(np.int64)


def body_checksum(body: bytes | memoryview | mmap.mmap, offset: int = 0) -> int:
    """Checksum of a file's sections: CRC-32 over the 64-bit sums of blocks of 32 KiB.

    Some ten times as fast as a CRC of all bytes, so that opening can afford it.
    """
    words = np.frombuffer(body, "<u8", offset=offset)
    whole = len(words) // 4096 * 4096
    sums = np.add.reduce(words[:whole].reshape(-1, 4096), axis=1)
    rest = words[whole:]
    return zlib.crc32(rest.astype("<u8").tobytes(), zlib.crc32(sums.astype("<u8").tobytes()))


class _Room:
    """Arrays for the intermediate results of scoring so many pairs.

    Scoring allocates nothing else of that size: fresh memory costs more than the look-ups.
    """

    def __init__(self, pairs: int) -> None:
        size = 2 * pairs
        self.pairs = pairs
        self.sums, self.hashes = np.empty(size, np.uint64), np.empty(size, np.uint64)
        self.slots = np.empty((5, size), np.uint64)
        self.low, self.high = np.empty((2, size), np.uint16), np.empty((2, size), np.uint8)
        self.codes, self.scratch = np.empty(size, np.uint32), np.empty(size, np.uint32)
        self.found = np.empty(size, np.bool_)
        self.indices = np.empty(size, np.int64)
        self.values = np.empty(size, np.float32)


class _Table:
    """The n-grams of one order: quantised ln P, back-off weight and fingerprint of each."""

    def __init__(self, entry: dict[str, int], sections: dict[str, NDArray[Any]], order: int) -> None:
        self.ngrams = entry["ngrams"]
        self._placer = SlotPlacer(entry["multiplier"], entry["segment_bits"], entry["segments"])
        prob_bits, backoff_bits, print_bits = entry["prob_bits"], entry["backoff_bits"], entry["print_bits"]
        self._low: NDArray[np.uint16] = sections[f"slots{order}.low"]
        self._high: NDArray[np.uint8] | None = sections.get(f"slots{order}.high")
        self._probs: Scores = sections[f"probs{order}"]
        self._backoffs: Scores | None = sections.get(f"backoffs{order}")
        self._prob_mask = np.uint32((1 << prob_bits) - 1)
        self._backoff_shift, self._backoff_mask = np.uint32(prob_bits), np.uint32((1 << backoff_bits) - 1)
        self._print_shift, self._print_mask = np.uint32(prob_bits + backoff_bits), np.uint32((1 << print_bits) - 1)

    def find(self, sums: Hashes, room: _Room) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
        """The codes of n-grams, given the sums of their place hashes, and which are held; both in ``room``."""
        size = len(sums)
        mixed, *slots = self._placer.place(sums, room.slots)
        codes, scratch, found = room.codes[:size], room.scratch[:size], room.found[:size]
        _combine(self._low, slots, room.low[:, :size])
        np.copyto(codes, room.low[0, :size])
        if self._high is not None:
            _combine(self._high, slots, room.high[:, :size])
            np.copyto(scratch, room.high[0, :size])
            scratch <<= _PLANE
            codes |= scratch
        np.copyto(scratch, mixed, casting="unsafe")
        scratch <<= self._print_shift
        scratch ^= codes
        scratch >>= self._print_shift
        scratch &= self._print_mask
        np.equal(scratch, _NOTHING, out=found)
        return codes, found

    def probs(self, codes: NDArray[np.uint32], room: _Room) -> Scores:
        """ln P of the n-grams with these codes; in ``room``."""
        return _decode(self._probs, codes, self._prob_mask, room)

    def backoffs(self, codes: NDArray[np.uint32], room: _Room) -> Scores:
        """ln of the back-off weights of the n-grams with these codes, which are overwritten; in ``room``."""
        assert self._backoffs is not None
        codes >>= self._backoff_shift
        return _decode(self._backoffs, codes, self._backoff_mask, room)


def _combine(table: NDArray[Any], slots: Sequence[Slots], room: NDArray[Any]) -> None:
    """The exclusive or of three slots each, in ``room[0]``."""
    found, next_one = room
    np.take(table, slots[0], out=found, mode="clip")
    for slot in slots[1:]:
        np.take(table, slot, out=next_one, mode="clip")
        found ^= next_one


def _decode(book: Scores, codes: NDArray[np.uint32], mask: np.uint32, room: _Room) -> Scores:
    indices, values = room.indices[: len(codes)], room.values[: len(codes)]
    np.bitwise_and(codes, mask, out=indices)
    np.take(book, indices, out=values, mode="clip")
    return values


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

    def __init__(self, header: dict[str, Any], sections: dict[str, NDArray[Any]]) -> None:
        self.header = header
        self.order = int(header["order"])
        self._words: NDArray[np.uint8] = sections["words"]
        self._word_bytes = self._words.data
        self._word_starts = sections["word_starts"].data
        self._probs: Scores = sections["probs1"]
        self._backoffs: Scores = sections["backoffs1"]
        self._tables = [_Table(header["tables"][str(n)], sections, n) for n in range(2, self.order + 1)]
        self._rooms: list[_Room] = []
        self._cache: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self.bos, self.eos = self._exact(BOS), self._exact(EOS)
        self.start = (self.bos,) * (self.order - 1)

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> Model:
        """Map a model file into memory; processes that open the same file share it.

        With ``verify`` the checksum of the whole file is compared, which reads it once.
        Raises `ModelError` if the file can not be read or is no intact model of a known version.
        """
        try:
            with Path(path).open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror or error}") from None
        except ValueError:
            raise ModelError(f"{path}: an empty file, not a language model") from None
        try:
            header, sections = _read(data, verify)
        except _Damage as damage:
            raise ModelError(f"{path}: {damage}") from None
        return cls(header, sections)

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
        wanted = word.encode("utf-8", "surrogatepass")
        words, starts = self._word_bytes, self._word_starts
        low, high = 0, len(starts) - 1
        while low < high:
            middle = (low + high) >> 1
            if bytes(words[starts[middle] : starts[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        if low < len(starts) - 1 and bytes(words[starts[low] : starts[low + 1]]) == wanted:
            return low
        return -1

    def word_id(self, word: str, capital: bool = False) -> int:
        """Id of a model word (`respin.text.model_word`), or of its class; see `spellings`.

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

    def next_state(self, state: State, word: int) -> State:
        """The state after ``word``: the last ``order - 1`` ids, a context for `score`."""
        return (*state[1:], word)

    def score(self, contexts: Ids, words: Ids) -> Scores:
        """ln P(word | context) of many pairs at once.

        ``contexts`` has the shape (n, order - 1), ``words`` (n,); see the class for contexts.
        """
        words, contexts = np.asarray(words), np.asarray(contexts)
        count = len(words)
        result = np.empty(count, np.float32)
        # A list gives and takes in one step, so that threads never share a room.
        room = self._rooms.pop() if count > _SMALL and self._rooms else _Room(_BLOCK if count > _SMALL else count)
        for first in range(0, count, _BLOCK):
            part = slice(first, first + _BLOCK)
            self._score(contexts[part], words[part], result[part], room)
        if count > _SMALL:
            self._rooms.append(room)
        return result

    def _score(self, contexts: Ids, words: Ids, result: Scores, room: _Room) -> None:
        count = len(words)
        last = contexts[:, -1]
        is_partial = bool(contexts.min() < 0)
        np.take(self._probs, words, out=result, mode="clip")
        backoffs = room.values[:count]
        np.take(self._backoffs, last, out=backoffs, mode="clip")
        if is_partial:
            backoffs *= last >= 0
        result += backoffs
        # Each table is asked at once for the n-grams (first half) and the contexts of the next order (second half).
        sums, hashes = room.sums[: 2 * count], room.hashes[: 2 * count]
        _hash(words, 0, sums[:count])
        _hash(last, 0, sums[count:])
        held: NDArray[np.bool_] | None = None
        for length, table in enumerate(self._tables, 1):
            has_longer = length < len(self._tables)
            column = contexts[:, -length]
            _hash(column, length, hashes[:count])
            if has_longer:
                earlier = contexts[:, -length - 1]
                _hash(earlier, length, hashes[count:])
            else:
                sums, hashes = sums[:count], hashes[:count]
            sums += hashes
            codes, found = table.find(sums, room)
            present = found[:count]
            if is_partial:
                present &= column >= 0
            if held is not None:
                present &= held
            np.copyto(result, table.probs(codes[:count], room), where=present)
            if has_longer:
                context_held = found[count:]
                if is_partial:
                    context_held &= earlier >= 0
                backoffs = table.backoffs(codes[count:], room)
                backoffs *= context_held
                result += backoffs
                held = present & context_held

    def score_words(self, ids: Sequence[int]) -> Scores:
        """ln P of each word of a line and of its end: one value more than there are ids."""
        words = np.array([*self.start, *ids, self.eos], np.int32)
        windows = np.lib.stride_tricks.sliding_window_view(words, self.order)
        return self.score(windows[:, :-1], windows[:, -1])


class _Damage(Exception):
    """What is wrong with the bytes of a model file."""


def _read(data: mmap.mmap, verify: bool) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    if data[: len(MAGIC)] != MAGIC[: len(data)]:
        raise _Damage("not a respin language model")
    if len(data) < PREFIX.size:
        raise _Damage("truncated language model")
    _, version, header_size, header_crc, _, file_size, checksum = PREFIX.unpack_from(data)
    if version > VERSION:
        raise _Damage(f"language model of version {version}, this respin reads up to version {VERSION}; upgrade respin")
    if len(data) < file_size:
        raise _Damage(f"truncated language model: {len(data):,} of {file_size:,} bytes")
    text = data[PREFIX.size : PREFIX.size + header_size]
    if len(data) != file_size or zlib.crc32(text) != header_crc:
        raise _Damage("corrupt language model: its header does not match its checksum")
    header: dict[str, Any] = json.loads(text)
    start = -(-(PREFIX.size + header_size) // ALIGNMENT) * ALIGNMENT
    if verify and body_checksum(data, start) != checksum:
        raise _Damage("corrupt language model: its contents do not match their checksum")
    sections = {
        name: np.frombuffer(data, np.dtype(kind), size, start + offset)
        for name, (kind, offset, size) in header["sections"].items()
    }
    return header, sections
