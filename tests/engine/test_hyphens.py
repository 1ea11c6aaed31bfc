"""The profile's rule for words that touch a hyphen: each case names it, beside a shipped profile with its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from respin import Repairer
from respin.dictionary.file import Group, Profile
from respin.dictionary.index import Dictionary
from respin.train.spin import Spinner, SpinRules

CASES = json.loads((Path(__file__).parent / "cases" / "hyphens.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
@pytest.mark.parametrize("alone", [True, False], ids=["all profiles alike", "beside the shipped rule"])
def test_hyphens(case: dict[str, str], alone: bool) -> None:
    entries = {"horse": ["zebra"], "said": ["stated"], "in the": ["within the"]}
    profile = Profile("zoo", hyphens=case["hyphens"])
    dictionary = Dictionary.of(entries, profile)
    if not alone:
        dictionary = Dictionary.load(["newsroom"])
        dictionary.add(profile, [Group(head, tuple(variants)) for head, variants in entries.items()])
    assert Repairer(dictionary, reader=None).repair(case["spun"]) == case["original"]


@pytest.mark.parametrize(
    ("hyphens", "expected"),
    [
        ("capitalised", "a horse-drawn coach, the {{Zebra=>Horse}}-Drawn coach, a {{zebra=>horse}}"),
        ("all", "a {{zebra=>horse}}-drawn coach, the {{Zebra=>Horse}}-Drawn coach, a {{zebra=>horse}}"),
        ("none", "a horse-drawn coach, the Horse-Drawn coach, a {{zebra=>horse}}"),
    ],
)
def test_the_spinner_keeps_the_rule(hyphens: str, expected: str) -> None:
    dictionary = Dictionary.of({"horse": ["zebra"]}, Profile("zoo", rate=0.999999, hyphens=hyphens))
    spinner = Spinner(dictionary, SpinRules(unspun=0.0, known=1.0))
    assert list(spinner.document(["a horse-drawn coach, the Horse-Drawn coach, a horse"], 0)) == [expected]
