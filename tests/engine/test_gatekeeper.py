"""When a document's lines are asked of the gate, and when all are read."""

from __future__ import annotations

from math import inf

import pytest

from respin.engine.gate import Gate, Levels, Pair
from respin.engine.gatekeeper import LOOK, MOST_SURE, Gatekeeper, Verdict

GATE = Gate.open()
LINE = "It was a line."
CLEAN: Levels = (-10.0, -5.0)
UNLIKELY: Levels = (-5.0, -5.0)
"""Clean by itself; in a spun article it may be a line with a word or two of the spinner's."""
SPUN: Levels = (20.0, -5.0)
OTHER: Levels = (-10.0, 10.0)


def at_work() -> Gatekeeper:
    """One that has let the first lines pass."""
    keeper = Gatekeeper(GATE)
    for _ in range(LOOK):
        assert not keeper.is_due
        assert keeper.verdict(LINE, (-3.0, -1.0)) is Verdict.READ
    return keeper


def keeper_of(newsroom: dict[str, float], other: dict[str, float], *, others: bool = True) -> Gatekeeper:
    """One whose gate has other settings for newsroom and for others."""
    ours, theirs = GATE.settings
    settings: Pair = ours._replace(**newsroom), theirs._replace(**other)
    return Gatekeeper(Gate(settings, GATE.weights, GATE.variants, GATE.dictionaries), others=others)


@pytest.mark.parametrize("name", ["first", "threshold"])
@pytest.mark.parametrize(
    ("newsroom", "others", "verdict"),
    [
        (-9.0, -9.0, Verdict.READ),
        (9.0, -9.0, Verdict.GLANCED),
        (-9.0, 9.0, Verdict.NEWSROOM),
        (9.0, 9.0, Verdict.DISMISSED),
    ],
)
def test_a_line_is_for_those_who_may_have_written_it(
    name: str, newsroom: float, others: float, verdict: Verdict
) -> None:
    for looked_for in (True, False):
        keeper = keeper_of({"lead": -inf, name: newsroom}, {name: others}, others=looked_for)
        if name == "threshold":
            for _ in range(LOOK):
                keeper.verdict("Yes.", (inf, inf))
        alone = Verdict.NEWSROOM if newsroom < 0 else Verdict.DISMISSED
        assert keeper.verdict(LINE, (0.0, 0.0)) is (verdict if looked_for else alone)


def test_lines_in_which_nobody_has_a_chance_come_before_the_first() -> None:
    keeper = Gatekeeper(GATE)
    for _ in range(10):
        assert keeper.verdict(LINE, (-20.0, -3.0)) is Verdict.DISMISSED
        assert not keeper.is_behind
    assert keeper.verdict(LINE, (-5.0, -1.0)) is Verdict.READ
    # Behind a line that was read they count, and others are more careful.
    assert [keeper.verdict(LINE, (-20.0, -3.0)) for _ in range(LOOK - 1)] == [Verdict.GLANCED] * (LOOK - 1)
    assert keeper.is_behind
    assert keeper.verdict(LINE, (-20.0, -3.0)) is Verdict.DISMISSED


def test_words_do_not_rule_others_out_of_a_long_line_among_the_first() -> None:
    long, short = (" ".join(["word"] * words) for words in (MOST_SURE + 1, MOST_SURE))
    assert Gatekeeper(GATE).verdict(long, (-20.0, -20.0)) is Verdict.GLANCED
    assert Gatekeeper(GATE).verdict(short, (-20.0, -20.0)) is Verdict.DISMISSED
    assert Gatekeeper(GATE, others=False).verdict(long, (-20.0, -20.0)) is Verdict.DISMISSED


def due_after(keeper: Gatekeeper, levels: Levels, most: int = 20_000) -> int:
    """Lines that pass before it wants to know whether the article looks spun."""
    for number in range(most):
        if keeper.is_due:
            return number
        keeper.verdict(LINE, levels)
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
        keeper.verdict(LINE, CLEAN)
    assert due_after(keeper, levels) <= 4
    keeper.look(by_newsroom=False, by_others=False)
    assert due_after(keeper, levels) == 3  # not for each line
    keeper.look(by_newsroom=True, by_others=False)
    assert keeper.verdict(LINE, UNLIKELY) is not Verdict.DISMISSED


def test_what_is_asked_at_once_does_not_put_off_the_next_time() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=False, by_others=False)
    assert due_after(keeper, SPUN) == 3
    keeper.look(by_newsroom=False, by_others=False)
    for _ in range(12):
        keeper.verdict(LINE, (-60.0, -60.0))
    assert not keeper.is_due
    keeper.verdict(LINE, (-60.0, -60.0))
    assert keeper.is_due


def test_an_open_gate_closes_behind_the_article() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=True, by_others=False)
    for _ in range(30):
        assert keeper.verdict(LINE, SPUN) is Verdict.NEWSROOM
    verdicts = [keeper.verdict(LINE, UNLIKELY) for _ in range(40)]
    read = verdicts.index(Verdict.DISMISSED)
    assert 10 <= read <= 20
    assert set(verdicts[read:]) == {Verdict.DISMISSED}
    # What is remembered of it does not open the gate again.
    assert due_after(keeper, UNLIKELY) > 900


def test_lines_that_newsroom_all_but_certainly_has_not_touched_are_not_read_within_a_spun_article() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=True, by_others=False)
    assert keeper.verdict(LINE, UNLIKELY) is Verdict.NEWSROOM
    assert keeper.verdict(LINE, (-20.0, -5.0)) is Verdict.DISMISSED
    assert keeper.verdict(LINE, UNLIKELY) is Verdict.NEWSROOM
    # Of spinners that nobody has listed words do not tell.
    keeper.look(by_newsroom=True, by_others=True)
    assert keeper.verdict(LINE, (-20.0, -5.0)) is Verdict.READ


def test_lines_of_which_nothing_can_be_said_keep_it_open() -> None:
    keeper = at_work()
    keeper.look(by_newsroom=True, by_others=False)
    assert all(keeper.verdict("Yes.", (inf, inf)) is Verdict.READ for _ in range(40))


@pytest.mark.parametrize(
    ("by_others", "levels", "verdict"),
    [
        (False, UNLIKELY, Verdict.NEWSROOM),
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
    assert keeper.verdict(LINE, levels) is verdict
