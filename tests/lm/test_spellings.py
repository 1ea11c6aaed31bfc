"""Spellings are found by their bytes, the first ones looked for as well as those after many others."""

from __future__ import annotations

import numpy as np

from respin.lm.spellings import _MANY, Spellings

WORDS = [b"", b"a", b"an", b"and", b"bell", b"zebra"]


def test_each_is_found_and_no_other() -> None:
    spellings = Spellings(memoryview(b"".join(WORDS)), np.cumsum([0, *map(len, WORDS)]))
    asked = [*WORDS, b"A", b"am", b"zebras", b"~"]
    for _ in range(_MANY // len(asked) + 2):
        assert [spellings.find(word) for word in asked] == [0, 1, 2, 3, 4, 5, -1, -1, -1, -1]
