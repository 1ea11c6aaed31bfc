"""The reader: its file, its windows, and that a line's odds depend on nothing but the line."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from respin import Repairer
from respin.engine.lattice import Lattice
from respin.engine.reader import SHIPPED, Reader
from respin.engine.reader_windows import OVERLAP, WINDOW, stretches
from respin.errors import ModelError
from respin.lm.word_pieces import WordPieces

LINE: Final = "The mayor stated on Monday that many folks have been injured within the fireplace."


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_every_reading_has_odds_and_the_right_ones_are_likelier(repairer: Repairer, reader: Reader) -> None:
    lattice = repairer.builder.build(LINE)
    odds = reader.odds(lattice)
    edges = list(lattice.edges)
    assert odds.shape == (len(edges),)
    said = {(edge.start, edge.head): value for edge, value in zip(edges, odds.tolist(), strict=True)}
    assert said[2, "said"] > 0 < said[7, "people"]
    assert said[13, "fire"] > 0


def test_the_words_around_decide(repairer: Repairer, reader: Reader) -> None:
    def of_in(line: str) -> float:
        lattice = repairer.builder.build(line)
        return float(dict(zip((edge.head for edge in lattice.edges), reader.odds(lattice), strict=True))["in"])

    assert of_in("Police found it within the metropolis.") > of_in("They must answer within the hour.") + 1


def test_odds_depend_on_the_line_alone(repairer: Repairer) -> None:
    lines = [LINE, "They stated it.", f"{LINE} And the boys have been in the constructing.", "No."]
    together = Reader()
    first = [together.odds(repairer.builder.build(line)) for line in lines]
    for line, odds in reversed(list(zip(lines, first, strict=True))):
        again = Reader().odds(repairer.builder.build(line))
        assert np.array_equal(again, odds)


def test_a_line_that_comes_again_is_not_read_again(repairer: Repairer, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(remembered=2)
    network = reader._encoder
    read: list[str] = []
    lines = [LINE, LINE, "They stated it.", LINE, "Folks met.", "Many males ran.", "They stated it.", LINE]
    work = network._read

    def noted(lattice: Lattice) -> NDArray[np.float64]:
        read.append(lattice.line)
        return work(lattice)

    monkeypatch.setattr(network, "_read", noted)
    for line in lines:
        lattice = repairer.builder.build(line)
        assert np.array_equal(reader.odds(lattice), Reader().odds(lattice))
    # Two generations of two lines: what did not come again for so long is forgotten.
    assert read == [LINE, "They stated it.", "Folks met.", "Many males ran.", LINE]


def test_a_line_with_other_readings_is_read(repairer: Repairer, reader: Reader) -> None:
    keeping = Repairer(repairer.dictionary, keep=["folks"])
    for builder in (repairer.builder, keeping.builder, repairer.builder):
        lattice = builder.build(LINE)
        assert np.array_equal(reader.odds(lattice), Reader().odds(lattice))


def test_the_grouping_of_lines_changes_nothing(repairer: Repairer) -> None:
    text = f"{LINE}\nShe slept.\nMany folks stated so within the metropolis.\n"
    whole = repairer.repair(text)
    assert "".join(repair.text for repair in repairer.lines(text.splitlines(keepends=True))) == whole


def test_a_long_line_is_read_in_windows(repairer: Repairer, reader: Reader) -> None:
    filler = "The council met in the hall and the clerk read the minutes aloud. " * 40
    lattice = repairer.builder.build(filler + LINE)
    odds = reader.odds(lattice)
    edges = list(lattice.edges)
    assert odds.shape == (len(edges),)
    # What stands further away than a window and its overlap has no influence.
    other = repairer.builder.build(filler.replace("council", "committee", 1) + LINE)
    last = [n for n, edge in enumerate(edges) if edge.start > len(lattice.words) - 16]
    assert len(last) > 5
    assert np.array_equal(odds[last], reader.odds(other)[last])


@given(st.lists(st.integers(1, 6), max_size=900))
def test_windows_part_the_words(counts: list[int]) -> None:
    at = 0
    for first, end, last in stretches(counts):
        assert first <= at
        assert at <= end <= last
        assert sum(counts[first:last]) <= WINDOW + 2 * OVERLAP
        at = end
    assert at == len(counts)


def test_a_reader_is_pickled_by_its_path(repairer: Repairer, reader: Reader) -> None:
    lattice = repairer.builder.build(LINE)
    data = pickle.dumps(reader)
    assert len(data) < 1000
    assert np.array_equal(pickle.loads(data).odds(lattice), reader.odds(lattice))


def damaged(kind: str) -> bytes:
    whole = SHIPPED.read_bytes()
    if kind == "truncated":
        return whole[: len(whole) // 2]
    if kind == "changed":
        return whole[:-1000] + bytes([whole[-1000] ^ 1]) + whole[-999:]
    if kind == "newer":
        return whole[:8] + b"\x63" + whole[9:]
    return whole[:8].lower() + whole[8:] if kind == "another" else b""


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("truncated", "truncated reader"),
        ("changed", "do not match their checksum"),
        ("newer", "upgrade respin"),
        ("another", "not a respin reader"),
        ("empty", "an empty file"),
    ],
)
def test_a_damaged_file_is_named(repairer: Repairer, tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / "x.respin-reader"
    path.write_bytes(damaged(kind))
    with pytest.raises(ModelError, match=message) as caught:
        Reader(path).odds(repairer.builder.build(LINE))
    assert str(path) in str(caught.value)


def test_clean_lines_open_no_reader(repairer: Repairer, tmp_path: Path) -> None:
    without = Repairer(repairer.dictionary, repairer.model, repairer.weights, reader=Reader(tmp_path / "none"))
    text = "The council will vote on the plan next week, the mayor said.\n"
    assert without.repair(text * 3) == text * 3
    with pytest.raises(ModelError, match="none"):
        without.repair(LINE)


def test_pieces_of_words() -> None:
    pieces = WordPieces(["[UNK]", "[CLS]", "[SEP]", "un", "##do", "##ing", "-", "a"], 3)
    assert pieces.of("undoing") == (3, 4, 5)
    assert pieces.of("un-a") == (3, 6, 7)
    assert pieces.of("zoo") == (0,)
    assert pieces.of("") == (0,)
    assert pieces.of("aaaa") == (0,)  # no piece goes on with an a
    assert pieces.of("un-un-un-a") == (3, 6, 7)
    with pytest.raises(ValueError, match=r"\[CLS\]"):
        WordPieces(["[UNK]"], 3)
