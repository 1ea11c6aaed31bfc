"""The rules of language, one file of cases each: what it does, and where it holds back.

A case has ``why``, ``spun`` and ``original`` (the same text where nothing may change) and ``groups``, the dictionary
that it is read with, in the dictionary's own notation; ``header`` may add lines to the dictionary's header.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutations import MUTATIONS
from respin import Dictionary
from respin.engine.repairer import Repairer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RULES = sorted((Path(__file__).parent / "cases" / "rules").glob("*.toml"))
CASES = [(path.stem, case) for path in RULES for case in tomllib.loads(path.read_text("utf-8"))["case"]]
BASE = "said: stated\npeople: folks\nin: within\nreporters: newsmen\ntold: instructed\n"
"""Groups that every case is read with, so that a line can say that it was spun."""


@pytest.mark.parametrize(("rule", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value["why"])
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path, repairer: Repairer) -> None:
    file = tmp_path / "rule.txt"
    file.write_text(f"name = rule\n{case.get('header', '')}---\n{BASE}{case['groups']}", "utf-8")
    alone = Repairer(Dictionary.load([file]), repairer.model, repairer.weights, reader=None)
    assert alone.repair(case["spun"]) == case["original"], f"{rule}: {case['why']}"


def test_each_rule_can_be_switched_off() -> None:
    assert {path.stem.replace("-", " ") for path in RULES} <= MUTATIONS.keys()
    assert [rule for rule, (owner, name, _) in MUTATIONS.items() if not hasattr(owner, name)] == []


def test_each_rule_has_cases_for_it_and_against_it() -> None:
    for path in RULES:
        mine = [case for stem, case in CASES if stem == path.stem]
        assert len(mine) >= 2, path
        assert any(case.get("holds_back") for case in mine), path
        assert any(not case.get("holds_back") for case in mine), path
