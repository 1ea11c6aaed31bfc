"""Formats told from the content: cases in ``detect.toml``, and the bounds of what is held back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.formats import format_for
from respin.formats.detect import LOOK_AHEAD, FormatDetector
from respin.text.lines import Line, split_lines
from tests.formats.test_formats import repair

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CASES: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("detect.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = CASES[name]
    detector = FormatDetector(case.get("expected", "plain"))
    for number, line in enumerate(split_lines(case["text"]), 1):
        found = detector.see(line.text)
        if found is not None:
            assert (found, number) == (case["format"], case["lines"])
            return
    assert (detector.end(), 0) == (case["format"], case["lines"])


@pytest.mark.parametrize("unit", ["\n", "<!-- ", "[\n", "Subject: folks\n", "<a ", "{", "1\n", "---\n", " ", "a,b"])
def test_what_is_held_back_is_bounded(unit: str) -> None:
    reader = format_for()
    size = 0
    for line in split_lines(unit * (4 * LOOK_AHEAD // len(unit))):
        size += len(line.text)
        if list(reader.feed([line])):
            break
    assert size <= LOOK_AHEAD + 25_000


@given(
    st.lists(st.sampled_from(["<", "p>", "{", '"text"', ":", "folks", "\n", "1", ",", "---", "From: x", " ", "[", "]"]))
)
def test_nothing_is_lost_and_what_is_told_does_not_change(parts: list[str]) -> None:
    text = "".join(parts)
    assert "".join(item.source for item in repair("auto", text)) == text
    chosen: list[str] = []
    reader = format_for(chosen=chosen.append)
    passages = [passage for line in split_lines(text) for passage in reader.feed([line])]
    passages += reader.finish()
    whole = format_for()
    found = [*whole.feed(split_lines(text)), *whole.finish()]
    assert [passage[:3] for passage in passages] == [passage[:3] for passage in found]
    assert chosen


def test_directives_hold_when_text_could_turn_into_a_page() -> None:
    text = "The folks stated it.\n<!-- respin: ignore-file -->\n<p>folks</p>\n"
    assert "".join(item.text for item in repair("auto", text)) == text.replace("The folks stated", "The people said")


def test_a_line_of_text_is_out_at_once() -> None:
    reader = format_for()
    assert [passage.source for passage in reader.feed([Line("Folks stated it.\n")])] == ["Folks stated it.\n"]
