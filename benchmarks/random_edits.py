"""Edits at random, in place of the engine's: what formats and mapping do with edits does not depend on who made them.

The same line gets the same edits, wherever it stands.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from respin.dictionary.index import Dictionary
from respin.edits import Edit, Repair
from respin.text.case import fit
from respin.text.lines import Readable
from respin.text.tokens import Token, tokenize

_SHARE: Final = 5
"""One token in so many is where an edit begins."""
_LONGEST: Final = 4
"""Most tokens under an edit."""


class RandomEdits:
    """Puts heads of a dictionary in the place of any words; a stand-in for a document of the engine."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._heads = sorted(head.replace(" '", "'").replace(" - ", "-") for head in dictionary.heads)

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        """One repair a line, in order."""
        for line in lines:
            yield Repair(line.text, tuple(self._edits(line.text)) if line.prose else ())

    def _edits(self, line: str) -> Iterator[Edit]:
        dice = zlib.crc32(line.encode("utf-8", "surrogatepass"))
        tokens = tokenize(line)
        number = 0
        while number < len(tokens):
            dice = (dice * 1103515245 + 12345) & 0xFFFFFFFF
            first = number
            number += 1
            if (dice >> 16) % _SHARE or not _is_word(tokens[first]):
                continue
            most = first + (dice >> 8) % _LONGEST
            while number <= most and number < len(tokens) and _is_word(tokens[number]):
                number += 1
            start, end = tokens[first].start, tokens[number - 1].end
            spun = line[start:end]
            original = fit(self._heads[(dice >> 4) % len(self._heads)], line, start, end)
            if original != spun:
                yield Edit(start, end, spun, original, 0.9, ((spun, 0.1),))


def _is_word(token: Token) -> bool:
    return not token.shielded and token.form[0].isalnum()
