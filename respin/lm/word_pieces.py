"""Word pieces: the units that an encoder reads, cut greedily from the front of each word.

WordPiece as BERT's (Schuster & Nakajima 2012; Devlin et al. 2019), on text that is lower case already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_PART: Final = re.compile(r"\w+|[^\w\s]")
_MAX_CACHE: Final = 1 << 15


class WordPieces:
    """A vocabulary of word pieces.

    Args:
        vocabulary: the pieces in the order of their numbers; those that go on with a word begin with ``##``.
        most: most pieces of a word; of a longer one the first and the last are read.

    Raises:
        ValueError: a piece that every vocabulary has is missing.
    """

    def __init__(self, vocabulary: Iterable[str], most: int) -> None:
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._most = most
        try:
            self.unknown, self.start, self.end = (self._ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))
        except KeyError as error:
            raise ValueError(f"no piece {error}") from None
        self._cache: dict[str, tuple[int, ...]] = {}

    def of(self, word: str) -> tuple[int, ...]:
        """The numbers of a word's pieces: at least one, at most ``most``.

        >>> WordPieces(["[UNK]", "[CLS]", "[SEP]", "un", "##do"], 6).of("undo")
        (3, 4)
        """
        found = self._cache.get(word)
        if found is None:
            if len(self._cache) >= _MAX_CACHE:
                self._cache.clear()
            found = self._cache[word] = shortened(self._cut(word), self._most)
        return found

    def _cut(self, word: str) -> list[int]:
        pieces: list[int] = []
        for part in _PART.findall(word.replace("_", " ")):
            pieces += self._cut_part(part)
        return pieces or [self.unknown]

    def _cut_part(self, part: str) -> list[int]:
        pieces = []
        at = 0
        while at < len(part):
            prefix = "##" if at else ""
            # A piece is at most as long as the longest of the vocabulary; no word is so long that it matters.
            for end in range(min(len(part), at + 100), at, -1):
                number = self._ids.get(prefix + part[at:end])
                if number is not None:
                    break
            else:
                return [self.unknown]
            pieces.append(number)
            at = end
        return pieces


def shortened(pieces: Sequence[int], most: int) -> tuple[int, ...]:
    """At most so many pieces: the first ones and the last."""
    return tuple(pieces) if len(pieces) <= most else (*pieces[: most - 1], pieces[-1])
