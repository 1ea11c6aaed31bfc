"""Choose the words of a model and fold all others into shapes and classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.lm.ngram_model import CLASSES, EOS, spellings
from respin.train.lm.encode import CAPITAL, LINE_END

_SHORT_ACRONYM: Final = 4
_SHOUTED_SHARE: Final = 0.2
_RARE_NUMBER: Final = 1e-6


def _is_broken(word: str) -> bool:
    """Whether a spelling holds undecodable bytes or a control character."""
    return not word.isprintable()


def _merge_capitals(written: Sequence[str], counts: NDArray[np.integer]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for spelling, count in zip(written[1:], counts[1:].tolist(), strict=True):
        word = spelling.removeprefix(CAPITAL)
        totals[word] = totals.get(word, 0) + count
    return totals


def choose_words(written: Sequence[str], counts: NDArray[np.integer], max_words: int, min_count: int = 3) -> list[str]:
    """The vocabulary: the ``max_words`` most frequent words and all `CLASSES`, sorted by their bytes.

    ``written`` and ``counts`` are those of an `respin.train.lm.encode.WordEncoder`. Words that occur less
    than ``min_count`` times are left out. A word in capitals of more than four letters is an
    acronym only if it is written in small letters less than five times as often, and else folded.
    Numbers that make up less than a millionth of the text are folded into their shape.
    """
    totals = _merge_capitals(written, counts)
    least = {True: max(min_count, int(sum(totals.values()) * _RARE_NUMBER)), False: min_count}
    chosen: dict[str, int] = {}
    folded: dict[str, int] = {}
    for word, count in totals.items():
        lower = word.lower()
        shouted = lower != word and len(word) > _SHORT_ACRONYM and count < _SHOUTED_SHARE * totals.get(lower, 0)
        has_digit = any(character.isdigit() for character in word)
        if count >= least[has_digit] and not shouted and not _is_broken(word):
            chosen[word] = chosen.get(word, 0) + count
        elif has_digit:
            shape = list(spellings(word, False))[-2]
            folded[shape] = folded.get(shape, 0) + count
    for shape, count in folded.items():
        if count >= least[False] and not _is_broken(shape):
            chosen[shape] = chosen.get(shape, 0) + count
    best = sorted(chosen, key=lambda word: (-chosen[word], word))[: max(max_words - len(CLASSES), 0)]
    return sorted({*best, *CLASSES}, key=lambda word: word.encode("utf-8", "surrogateescape"))


def word_numbers(written: Sequence[str], vocabulary: Sequence[str]) -> NDArray[np.int32]:
    """For each number of an encoder the id of its word, shape or class in ``vocabulary``."""
    ids = {word: i for i, word in enumerate(vocabulary)}
    numbers = np.empty(len(written), np.int32)
    numbers[LINE_END] = ids[EOS]
    for number, spelling in enumerate(written):
        if number != LINE_END:
            word = spelling.removeprefix(CAPITAL)
            numbers[number] = next(ids[s] for s in spellings(word, word is not spelling) if s in ids)
    return numbers


def with_starts(stream: NDArray[np.uint32], numbers: NDArray[np.int32], bos: int) -> NDArray[np.int32]:
    """Word ids of encoded whole lines, with ``bos`` before each line and the end of line after it."""
    after = np.flatnonzero(stream == LINE_END) + 1
    starts = np.concatenate(([0], after[:-1])) if len(after) else after
    return np.insert(numbers[stream], starts, bos)
