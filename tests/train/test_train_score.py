"""Scoring edits against annotated lines: a table of cases."""

from __future__ import annotations

import pytest

from respin.edits import Edit, Reason
from respin.train.weights.score import Tally, judge, read_annotated, same

CASES = [
    # annotated line, edits as (spun, original), (required, fixed, optional, wrong, false)
    ("He {{stated=>said}} it.", [("stated", "said")], (1, 1, 0, 0, 0)),
    ("He {{stated=>said}} it.", [("stated", "told")], (1, 0, 0, 1, 0)),
    ("He {{stated=>said}} it.", [], (1, 0, 0, 0, 0)),
    ("He stated it.", [("stated", "said")], (0, 0, 0, 0, 1)),
    ("He {{stated=>stated|said}} it.", [("stated", "said")], (0, 0, 1, 0, 0)),
    ("He {{stated=>stated|said}} it.", [("stated", "told")], (0, 0, 0, 1, 0)),
    ("He {{stated=>stated|said}} it.", [], (0, 0, 0, 0, 0)),
    ("It is {{within the=>in the}} house.", [("within", "in")], (1, 1, 0, 0, 0)),
    ("It is {{within=>in}} the house.", [("within the", "in the")], (1, 1, 0, 0, 0)),
    ("{{It’s=>It is}} {{chilly=>cold}}.", [("It’s chilly", "It is cold")], (2, 2, 0, 0, 0)),
    ("{{They’re=>They are|They're}} here.", [("They’re", "They are")], (1, 1, 0, 0, 0)),
    ("An {{deal with=>address}}.", [("deal with", "address")], (1, 1, 0, 0, 0)),
]


@pytest.mark.parametrize(("annotated", "changes", "expected"), CASES)
def test_judge(annotated: str, changes: list[tuple[str, str]], expected: tuple[int, ...]) -> None:
    text, golds = read_annotated(annotated)
    edits = [Edit(text.index(spun), text.index(spun) + len(spun), spun, original, 0.9) for spun, original in changes]
    tally, verdicts = judge(text, golds, edits)
    assert (tally.required, tally.fixed, tally.optional_right, tally.wrong, tally.false) == expected
    assert len(verdicts) == len(edits)


def test_articles_are_not_judged() -> None:
    text, golds = read_annotated("She had a {{thought=>idea}}.")
    edits = [Edit(8, 9, "a", "an", 0.9, reason=Reason.ARTICLE), Edit(10, 17, "thought", "idea", 0.9)]
    tally, _ = judge(text, golds, edits)
    assert (tally.fixed, tally.false) == (1, 0)


def test_measures() -> None:
    tally = Tally(required=10, fixed=8, wrong=1, false=1, words=100)
    assert (tally.recall, tally.precision, tally.damage) == (0.8, 0.8, 10.0)
    assert tally.f05 == pytest.approx(0.8)
    assert Tally().f05 == 1.0
    assert same("it’s", "it's")
