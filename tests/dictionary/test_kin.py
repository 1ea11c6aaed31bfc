"""Proposals of kin: each rule with what it must find and what it must leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin import Repairer
from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.kin import RULES, about, describe, propose

CASES = [
    # rule, entries, proposed, not proposed
    ("mutual", {"big": ["large"]}, {("large", "big")}, {("big", "large")}),
    ("mutual", {"big": ["large"], "large": ["big"]}, set(), {("large", "big")}),
    ("inflected", {"help": ["assist"], "helps": ["aids"]}, {("helps", "assists")}, {("helping", "assisting")}),
    ("inflected", {"found": ["went"], "carry": ["hold up"], "carried": ["bore"]}, {("carried", "held up")}, set()),
    # A noun's second word is no particle: "webs site" is nothing.
    ("inflected", {"place": ["web site"], "places": ["spots"]}, set(), {("places", "webs site")}),
    ("twin", {"colour": ["shade"]}, {("color", "shade")}, set()),
    ("twin", {"examine": ["analyze"]}, {("examine", "analyse")}, set()),
    ("article", {"high": ["excessive"], "a high": ["a steep"]}, {("a high", "an excessive")}, set()),
    ("article", {"high": ["excessive"]}, set(), {("a high", "an excessive")}),
    ("contracted", {"it is": ["it was"]}, {("it's", "it was"), ("it's", "it is")}, set()),
    ("contracted", {"you should": ["you have to"]}, {("you should", "you've to")}, set()),
    (
        "grouped",
        {"small": ["tiny", "little", "minor"], "slight": ["tiny", "little"]},
        {("slight", "minor"), ("small", "slight")},
        set(),
    ),
    ("grouped", {"small": ["tiny", "little"], "slight": ["tiny"]}, set(), {("slight", "little")}),
]


@pytest.mark.parametrize(("rule", "entries", "proposed", "left"), CASES)
def test_rules(
    repairer: Repairer,
    rule: str,
    entries: dict[str, list[str]],
    proposed: set[tuple[str, str]],
    left: set[tuple[str, str]],
) -> None:
    found = {(kin.head, kin.variant) for kin in propose(Dictionary.of(entries), repairer.model) if kin.why == rule}
    assert proposed <= found
    assert not left & found


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == set(RULES)


WORDS = st.sampled_from(["big", "large", "it is", "it's", "a high", "steep", "helps", "help", "colour", "the mayor"])


@given(st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3), max_size=5))
def test_nothing_is_proposed_that_is_known(repairer: Repairer, entries: dict[str, list[str]]) -> None:
    entries = {head: kept for head, vs in entries.items() if (kept := [v for v in dict.fromkeys(vs) if v != head])}
    found = propose(Dictionary.of(entries), repairer.model)
    known = {(phrase_key(head), phrase_key(variant)) for head, variants in entries.items() for variant in variants}
    pairs = [(phrase_key(kin.head), phrase_key(kin.variant)) for kin in found]
    assert not known & set(pairs)
    assert len(set(pairs)) == len(pairs)
    assert all(head != variant for head, variant in pairs)
    assert sum(len(line.split(", ")) for line in describe(found) if not line.startswith("#")) == len(pairs)
    assert set(about(found, ["big"])) <= set(found)
