"""Many lines at once come to what each comes to by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.engine import gate as gate_module
from respin.engine.gate import UNJUDGED, Gate
from respin.engine.gate_arrays import GateArrays

GATE = Gate.open()
STRICT = Gate.open().letting_through(["bridge", "old mill", "«»"])
CHUNKS = [
    *(
        "the",
        "The",
        "bridge",
        "bridges,",
        "old",
        "mill",
        "mayor’s",
        "“Mayor",
        "NASA",
        "U.S.",
        "1,000",
        "co-op",
        "don't",
    ),
    *("–", "«»", "naïve", "con\u00adstruct", "\udc80", "a\0", "a", "\0", "日本", "x" * 63, "x" * 64, "x" * 65, "ﬁre"),
]
BLANKS = [" ", "  ", "\n", "\t", "\x1f", "\x85", "\xa0", "\u2003", "\u3000", "\r\n"]

lines = st.lists(
    st.lists(st.sampled_from(CHUNKS) | st.text(max_size=6), max_size=12).flatmap(
        lambda chunks: st.sampled_from(BLANKS).map(lambda blank: blank.join(chunks))
    ),
    max_size=8,
)


@pytest.mark.parametrize("gate", [GATE, STRICT])
@given(texts=lines)
def test_as_one_by_one(gate: Gate, texts: list[str]) -> None:
    arrays = GateArrays(gate)
    for lines in (["a line that was there before"], texts):
        assert [gate._levels(*sums) for sums in arrays.sums(lines)] == list(map(gate.line, lines))


def test_whatever_was_met_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a slot for hundreds of words, all are met again and again where another was kept."""
    monkeypatch.setattr("respin.engine.gate_arrays._BITS", 2)
    arrays, random = GateArrays(GATE), Random(1)
    for _ in range(20):
        texts = [" ".join(random.choices(CHUNKS, k=9))] * 2
        assert [GATE._levels(*sums) for sums in arrays.sums(texts)] == list(map(GATE.line, texts))


def test_many_lines_are_added_up_as_arrays_where_numpy_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[int] = []
    add_up = GateArrays.sums

    def sums(self: GateArrays, lines: list[str]) -> Iterator[tuple[int, int]]:
        called.append(len(lines))
        return add_up(self, lines)

    monkeypatch.setattr(GateArrays, "sums", sums)
    many = ["They walked to the old bridge and came back by the road."] * 200
    for texts in ([], many[:3], ["word " * 9000, *many]):  # one line is too long for a sum of 64 bits
        assert GATE.lines(texts) == list(map(GATE.line, texts))
    assert not called
    assert GATE.lines(many) == [GATE.line(many[0])] * 200
    assert called == [200]
    monkeypatch.delitem(sys.modules, "numpy")
    assert GATE.lines(many) == [GATE.line(many[0])] * 200
    assert called == [200]


def test_no_sum_reaches_what_is_unknown() -> None:
    """The longest line that is added up as arrays, of the weights that speak most for and against a spinner."""
    words = gate_module.LONGEST_LINE // 2
    most = (2 * words - 1) * 128
    assert most < 1 << (gate_module.SHIFT - 1)
    assert most << gate_module.SHIFT < gate_module.UNKNOWN >> 1
    assert 2 * words * gate_module.UNKNOWN < 1 << 63
    assert STRICT.lines(["the old bridge is here"]) == [UNJUDGED]


def test_threads_may_share_a_gate() -> None:
    texts = [" ".join(Random(number).choices(CHUNKS, k=40)) for number in range(400)]
    gate = Gate.open()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda part: gate.lines(texts[part::4]), [0, 1, 2, 3] * 8))
    assert found == [list(map(GATE.line, texts[part::4])) for part in [0, 1, 2, 3] * 8]
