"""What is read off the keys of a dictionary, for those who look for phrases in running text.

Keys are token forms joined by single spaces.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MIN_LETTERS: Final = 6
"""Shortest word, in letters, that may be a slip of another, and shortest joined form."""


def longest(keys: Iterable[str]) -> dict[str, int]:
    """First form of the keys to the most forms that a key beginning so has."""
    found: dict[str, int] = {}
    for key in keys:
        if " " not in key:
            found.setdefault(key, 1)
            continue
        first = key[: key.index(" ")]
        length = key.count(" ") + 1
        if length > found.get(first, 0):
            found[first] = length
    return found


def phrases(keys: Iterable[str]) -> dict[str, str]:
    """First form to the keys of two forms and more that begin with it, in their order, joined by tabs."""
    found: dict[str, list[str]] = {}
    for key in keys:
        if " " in key:
            found.setdefault(key[: key.index(" ")], []).append(key)
    return {first: "\t".join(phrases) for first, phrases in found.items()}


def joined(keys: Iterable[str]) -> dict[str, str]:
    """Keys by their letters only, those that can be written apart or together."""
    found: dict[str, str] = {}
    for key in keys:
        letters = key
        if " " in key:
            if key.count(" ") > 2:
                continue
            letters = key.replace(" - ", "").replace(" ", "")
        if len(letters) >= MIN_LETTERS and letters.isalpha() and letters not in found:
            found[letters] = key
    return found
