"""Letter case: a file of cases for each rule, for it and against it, each with a line on why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from respin.text.case import begins_sentence, fit, is_capitals, is_title

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("case", cases("capitals"), ids=lambda case: case["why"])
def test_a_line_in_capitals(case: dict[str, Any]) -> None:
    assert is_capitals(case["line"]) is case["is"]


@pytest.mark.parametrize("case", cases("title"), ids=lambda case: case["why"])
def test_a_line_in_title_case(case: dict[str, Any]) -> None:
    assert is_title(case["line"]) is case["is"]


@pytest.mark.parametrize("case", cases("sentence-start"), ids=lambda case: case["why"])
def test_where_a_sentence_begins(case: dict[str, Any]) -> None:
    assert begins_sentence(case["before"] + "4 men", len(case["before"])) is case["is"]


@pytest.mark.parametrize("case", cases("fit"), ids=lambda case: case["why"])
def test_a_wording_fits_its_place(case: dict[str, Any]) -> None:
    start, end = case["line"].index("["), case["line"].index("]") - 1
    line = case["line"].replace("[", "").replace("]", "")
    assert fit(case["head"], line, start, end) == case["expected"]


@pytest.mark.parametrize("name", ["capitals", "title", "sentence-start"])
def test_every_rule_has_cases_for_and_against(name: str) -> None:
    assert {case["is"] for case in cases(name)} == {True, False}
