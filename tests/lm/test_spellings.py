"""Spellings are found by their bytes, the first ones looked for as well as those after many others."""

from __future__ import annotations

import numpy as np

from respin.lm.spellings import _MANY, Spellings

WORDS = sorted({b"", *(bytes([one, two]) for one in b"abcxyz" for two in b"bdfhjl")})


def test_each_is_found_and_no_other() -> None:
    spellings = Spellings(memoryview(b"".join(WORDS)), np.cumsum([0, *map(len, WORDS)]))
    others = [b"A", b"a", b"ac", b"bz", b"zz", b"~"]
    for _ in range(_MANY // len(WORDS) + 3):
        assert [spellings.find(word) for word in WORDS] == list(range(len(WORDS)))
        assert [spellings.find(word) for word in others] == [-1] * len(others)
