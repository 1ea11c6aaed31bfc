"""Spellings are found by their bytes, the first ones looked for as well as those after many others."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from respin.lm.container import Container, let_go, read_container, write_container
from respin.lm.spellings import _MANY, Spellings

WORDS = sorted({b"", *(bytes([one, two]) for one in b"abcxyz" for two in b"bdfhjl")})


def test_each_is_found_and_no_other() -> None:
    spellings = Spellings(memoryview(b"".join(WORDS)), np.cumsum([0, *map(len, WORDS)]))
    others = [b"A", b"a", b"ac", b"bz", b"zz", b"~"]
    for _ in range(_MANY // len(WORDS) + 3):
        assert [spellings.find(word) for word in WORDS] == list(range(len(WORDS)))
        assert [spellings.find(word) for word in others] == [-1] * len(others)


def test_those_that_begin_alike_stand_together() -> None:
    words = sorted({*WORDS, b"a", b"ab c", b"ab cd", b"ab", b"abc"})
    spellings = Spellings(memoryview(b"".join(words)), np.cumsum([0, *map(len, words)]))
    for _ in range(_MANY // 5):  # before and behind the point where some are read first
        for prefix in (b"", b"a", b"ab", b"ab ", b"b", b"z", b"~", b"ac"):
            found = [words[number] for number in spellings.beginning(prefix)]
            assert found == [word for word in words if word.startswith(prefix)]


def test_a_file_that_let_go_of_its_memory_is_read_as_before(tmp_path: Path) -> None:
    kind, values = Container(b"RESPINXX", 1, "test"), np.arange(100_000, dtype=np.int64)
    write_container(tmp_path / "file", kind, {}, {"values": values, "none": values[:0]})
    _, sections = read_container(tmp_path / "file", kind)
    let_go(sections)
    assert (sections["values"] == values).all()
