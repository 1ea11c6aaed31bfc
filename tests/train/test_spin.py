"""The generator of training data obeys the spinner's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.file import Group, Profile
from respin.dictionary.index import Dictionary
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


def test_a_profile_says_how_often_heads_survive_and_whether_a_text_repeats_itself() -> None:
    groups = {"big": ["large", "huge", "vast", "great"], "walked": ["strolled"], "stroll": ["amble"]}
    dictionary = Dictionary.of(groups, Profile("habits", rate=0.4, repeat=0.999999, endings=0.5))
    (line,) = Spinner(dictionary, ALL).document(["a big dog walked " * 1000], 1)
    _, golds = read_annotated(line)
    assert 700 < len(golds) < 900
    big = [line.count("{{" + variant + "=>big}}") for variant in ("large", "huge", "vast", "great")]
    assert sorted(big)[:3] == [0, 0, 0]
    walked = [line.count("{{" + variant + "=>walked}}") for variant in ("strolled", "stroll")]
    assert walked[0] > 300
    assert walked[1] == 0, "stroll is no variant: no ending is dropped to make it one"


def test_an_ending_is_dropped_only_to_make_a_variant() -> None:
    groups = {"walked": ["strolled"], "walk": ["stroll"]}
    dictionary = Dictionary.of(groups, Profile("habits", rate=0.999999, endings=0.5))
    (line,) = Spinner(dictionary, ALL).document(["he walked " * 1000], 1)
    assert 400 < line.count("{{stroll=>walked}}") < 600


def test_each_document_has_a_rate_of_its_own_where_rates_are_given() -> None:
    dictionary = Dictionary.of({"said": ["stated"]}, Profile("sure", rate=0.97))
    spinner = Spinner(dictionary, SpinRules(unspun=0.0, known=1.0, rates=(0.1, 0.8)))
    shares = [next(spinner.document(["said " * 1000], number)).count("=>") / 1000 for number in range(20)]
    assert 0.05 < min(shares) < 0.3 < 0.6 < max(shares) < 0.85


def test_variants_that_are_named_first_are_preferred_by_the_order() -> None:
    dictionary = Dictionary.of({"cat": ["tom", "puss", "mog"]}, Profile("test", rate=0.999999))

    def counted(order: float) -> list[int]:
        spinner = Spinner(dictionary, SpinRules(unspun=0.0, known=1.0, order=order))
        text = " ".join(next(spinner.document(["cat"], number)) for number in range(600))
        return [text.count(f"{{{{{variant}=>") for variant in ("tom", "puss", "mog")]

    first, second, third = counted(1.0)
    assert 2 < first / second < 4  # e
    assert 1.8 < second / third < 4.5
    assert min(counted(0.0)) > 150
