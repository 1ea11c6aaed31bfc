"""Whole lines in, whole lines out: cases in files, each also through its edits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from respin import Repairer, apply_edits

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("case", cases("newsroom"), ids=lambda case: case["label"])
def test_spun_text_is_repaired(repairer: Repairer, case: dict[str, str]) -> None:
    assert repairer.repair(case["spun"]) == case["original"]
    assert apply_edits(case["spun"], repairer.edits(case["spun"])) == case["original"]


@pytest.mark.parametrize("case", cases("newsroom"), ids=lambda case: case["label"])
def test_repaired_text_stays_as_it_is(repairer: Repairer, case: dict[str, str]) -> None:
    assert repairer.repair(case["original"]) == case["original"]


@pytest.mark.parametrize("case", cases("negative"), ids=lambda case: case["label"])
def test_unspun_text_is_left_alone(repairer: Repairer, case: dict[str, str]) -> None:
    assert repairer.repair(case["text"]) == case["text"]


@pytest.mark.parametrize("case", cases("known-failures"), ids=lambda case: case["label"])
@pytest.mark.xfail(strict=True, reason="not yet; when it passes, it moves to newsroom.json")
def test_known_failures(repairer: Repairer, case: dict[str, str]) -> None:
    assert repairer.repair(case["spun"]) == case["original"]
