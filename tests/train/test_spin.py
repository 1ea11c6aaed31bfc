"""The generator of training data obeys the spinner's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.index import Dictionary, Group, Profile
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import gold_text, read_annotated

GROUPS = {
    "in the": ["within the"],
    "house": ["home", "dwelling"],
    "white": ["ivory"],
    "said": ["stated"],
    "k": ["okay"],
    "don't": ["do not"],
    "Americans": ["individuals"],
}
DICTIONARY = Dictionary.of(GROUPS, Profile("test", rate=0.999999))
ALL = SpinRules(unspun=0.0, known=1.0)

RULES = [
    ("He said so.", "He {{stated=>said}} so."),
    ("Said who?", "{{Stated=>Said}} who?"),
    ("It is in the house.", "It is {{within the=>in the}} {{X=>house}}."),
    ("The White House said it.", "The {{Ivory=>White}} {{X=>House}} {{stated=>said}} it."),
    ("SAID IN THE HOUSE", "SAID IN THE HOUSE"),
    ("a white-hot stove", "a white-hot stove"),
    ("the group IS-K", "the group IS-{{Okay=>K}}"),
    ("I don’t know", "I don’t know"),
    ("I don't know", "I {{do not=>don't}} know"),
    ("see www.house.com/said", "see www.house.com/said"),
    ("americans and Americans", "americans and {{Individuals=>Americans}}"),
]


@pytest.mark.parametrize(("clean", "expected"), RULES)
def test_rules(clean: str, expected: str) -> None:
    (spun,) = Spinner(DICTIONARY, ALL).document([clean], 0)
    for variant in ("home", "dwelling", "Home", "Dwelling"):
        spun = spun.replace("{{" + variant + "=>", "{{X=>")
    assert spun == expected


@given(st.lists(st.sampled_from([clean for clean, _ in RULES]), max_size=5), st.integers(0, 50))
def test_the_originals_give_the_clean_text_back(lines: list[str], number: int) -> None:
    spinner = Spinner(DICTIONARY, SpinRules(unspun=0.3, known=0.7))
    spun = list(spinner.document(lines, number))
    assert spun == list(spinner.document(lines, number))
    for clean, annotated in zip(lines, spun, strict=True):
        text, golds = read_annotated(annotated)
        parts, at = [], 0
        for gold in golds:
            assert gold_text(text, gold) != gold.originals[0]
            parts += [text[at : gold.start], gold.originals[0]]
            at = gold.end
        assert "".join(parts) + text[at:] == clean


def test_a_head_of_two_profiles_is_replaced_by_both_and_seldom_survives() -> None:
    dictionary = Dictionary.of({"said": ["stated"]}, Profile("sure", rate=0.97))
    dictionary.add(Profile("seldom", rate=0.1), [Group("said", ("quoth",)), Group("man", ("fellow",))])
    (line,) = Spinner(dictionary, ALL).document(["he said the man " * 1000], 1)
    counts = {variant: line.count("{{" + variant + "=>") for variant in ("stated", "quoth", "fellow")}
    assert 830 < counts["stated"] < 910
    assert 60 < counts["quoth"] < 140
    assert 60 < counts["fellow"] < 140
