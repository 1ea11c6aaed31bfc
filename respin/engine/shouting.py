"""Shouted words in a line that is otherwise written as usual: which are ordinary words, and the line without shouting.

Most spinners leave capitals alone, and acronyms are no words. So they are read only where the line is certain, and
a reading must be all but certain itself (`respin.engine.document`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from respin.engine.words import Word

if TYPE_CHECKING:
    from respin.engine.lattice import Lattice

_SHORT: Final = frozenset("a an and as at by for from in of on that the to with".split())  # noqa: SIM905
"""Short words that are no acronym beside a shouted word."""


def loud(words: Sequence[Word]) -> list[bool]:
    """Of each word, whether it is an ordinary one that is shouted; short ones only beside another."""
    found = [word.loud for word in words]
    if not any(found):
        return found
    for places in (range(1, len(words)), range(len(words) - 2, -1, -1)):
        step = places.step
        for index in places:
            word = words[index]
            if found[index - step] and word.form in _SHORT and word.text.isupper():
                found[index] = True
    return found


def calmed(lattice: Lattice, is_loud: Sequence[bool]) -> str:
    """The line of a lattice with the loud words written small; its tokens stay the same."""
    line = lattice.line
    for word, start, is_one in zip(lattice.words, lattice.starts, is_loud, strict=True):
        if is_one:
            line = line[:start] + word.form + line[start + len(word.text) :]
    return line
