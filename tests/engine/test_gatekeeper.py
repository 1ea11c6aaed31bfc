"""When a document's lines are asked of the gate, and when all are read."""

from __future__ import annotations

from math import inf

import pytest

from respin.engine.gate import Gate, Levels
from respin.engine.gate_state import Verdict
from respin.engine.gatekeeper import LOOK, Gatekeeper

GATE = Gate.open()
CLEAN: Levels = (-10.0, -5.0)
SPUN: Levels = (20.0, -5.0)
OTHER: Levels = (-10.0, 10.0)


def at_work() -> Gatekeeper:
    """One that has let the first lines pass."""
    keeper = Gatekeeper(GATE)
    for _ in range(LOOK):
        assert not keeper.is_due
        assert keeper.verdict("It was a line.", (-3.0, -5.0)) is Verdict.READ
    return keeper


def due_after(keeper: Gatekeeper, levels: Levels, most: int = 20_000) -> int:
    """Lines that pass before it wants to know whether the article looks spun."""
    for number in range(most):
        if keeper.is_due:
            return number
        keeper.verdict("It was a line.", levels)
    return most


def test_it_asks_ever_more_seldom() -> None:
    keeper = at_work()
    passed = []
    for _ in range(8):
        passed.append(due_after(keeper, CLEAN))
        keeper.look(by_newsroom=False, by_others=False)
    assert passed == [0, 16, 64, 256, 1024, 4096, 8192, 8192]


@pytest.mark.parametrize("levels", [SPUN, OTHER])
def test_it_asks_at_once_where_a_spun_article_begins(levels: Levels) -> None:
    keeper = at_work()
    keeper.look(by_newsroom=False, by_others=False)
    for _ in range(5):
        keeper.verdict("It was a line.", CLEAN)
    assert due_after(keeper, levels) <= 4
    keeper.look(by_newsroom=False, by_others=False)
    assert due_after(keeper, levels) == 3  # not for each line
    keeper.look(by_newsroom=True, by_others=False)
    assert keeper.verdict("It was a line.", CLEAN) is not Verdict.DISMISSED


def test_what_is_asked_at_once_does_not_put_off_the_next_time() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=False, by_others=False)
    assert due_after(keeper, SPUN) == 3
    keeper.look(by_newsroom=False, by_others=False)
    for _ in range(12):
        keeper.verdict("It was a line.", (-60.0, -60.0))
    assert not keeper.is_due
    keeper.verdict("It was a line.", (-60.0, -60.0))
    assert keeper.is_due


def test_an_open_gate_closes_behind_the_article() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=True, by_others=False)
    for _ in range(30):
        assert keeper.verdict("It was a line.", SPUN) is Verdict.NEWSROOM
    verdicts = [keeper.verdict("It was a line.", CLEAN) for _ in range(40)]
    read = verdicts.index(Verdict.DISMISSED)
    assert 10 <= read <= 18
    assert set(verdicts[read:]) == {Verdict.DISMISSED}
    # What is remembered of it does not open the gate again.
    assert due_after(keeper, CLEAN) > 900


def test_lines_of_which_nothing_can_be_said_keep_it_open() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=True, by_others=False)
    assert all(keeper.verdict("Yes.", (inf, inf)) is Verdict.READ for _ in range(40))


@pytest.mark.parametrize(
    ("by_others", "levels", "verdict"),
    [
        (False, CLEAN, Verdict.NEWSROOM),
        (False, SPUN, Verdict.NEWSROOM),
        (False, OTHER, Verdict.READ),
        (True, CLEAN, Verdict.READ),
        (True, SPUN, Verdict.READ),
        (True, OTHER, Verdict.READ),
    ],
)
def test_an_open_gate_lets_newsroom_read_all_and_others_where_they_look_at_work(
    by_others: bool, levels: Levels, verdict: Verdict
) -> None:
    keeper = at_work()
    keeper.look(by_newsroom=not by_others, by_others=by_others)
    assert keeper.verdict("It was a line.", levels) is verdict
