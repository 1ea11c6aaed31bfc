"""The second opinion, with a stub in the neural model's place: it scores by a rule, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin import Repairer, apply_edits
from respin.engine.decoder import Decoder
from respin.engine.second_opinion import MAX_READINGS, trim_context, windows

LINES = [
    "The mayor stated on Monday that many folks have been within the constructing.",
    "The corporate mentioned its gross sales had been larger than a 12 months in the past.",
    "Police consider the boys took the automobile and the cash, however they haven’t discovered the place it’s.",
]


class Stub:
    """A stand-in for the neural model: prefers readings with a given word, and is indifferent otherwise."""

    def __init__(self, liked: str = "", strength: float = 60.0) -> None:
        self.liked, self.strength = liked, strength
        self.questions: list[tuple[str, Sequence[str]]] = []

    def score(self, prefix: str, readings: Sequence[str]) -> list[float]:
        return [self.strength * (self.liked in reading.split()) if self.liked else 0.0 for reading in readings]

    def score_many(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[list[float]]:
        self.questions += questions
        return [self.score(prefix, readings) for prefix, readings in questions]


def with_second(repairer: Repairer, stub: Stub) -> Repairer:
    return Repairer(repairer.dictionary, repairer.model, repairer.weights, reader=None, second=stub)


def test_the_stub_decides_what_is_in_doubt(repairer: Repairer) -> None:
    line = "The gunman was arrested within the constructing on Friday, police stated."
    neutral = with_second(repairer, Stub())
    assert "in the building" in neutral.repair(line) or "inside the building" in neutral.repair(line)
    assert "inside the building" in with_second(repairer, Stub("inside")).repair(line)
    assert "within the building" in with_second(repairer, Stub("within")).repair(line)


@pytest.mark.parametrize("line", LINES)
def test_what_is_certain_is_not_asked(repairer: Repairer, line: str) -> None:
    stub = Stub()
    decoder = Decoder(repairer.model, repairer.weights, doubts=True)
    (decoding,) = decoder.search([repairer.builder.build(line)]).choices([True])
    with_second(repairer, stub).repair(line)
    asked = windows(decoding, repairer.weights.certain)
    assert len(stub.questions) == len(asked)
    for window in asked:
        assert 2 <= len(window.readings) <= MAX_READINGS
        assert any(not reading.edges for reading in window.readings)
        likeliest, *others = [reading.posterior for reading in window.readings if reading.edges]
        assert all(posterior >= 0.02 * likeliest for posterior in others)
    ends = [0]
    for window in asked:
        assert window.start >= ends[-1]
        ends.append(window.end)


@pytest.mark.parametrize("line", LINES)
def test_questions_continue_one_text(repairer: Repairer, line: str) -> None:
    stub = Stub()
    with_second(repairer, stub).repair("It was cold.\n" + line)
    prefixes = [prefix for prefix, _ in stub.questions]
    for shorter, longer in pairwise(prefixes):
        assert longer.startswith(shorter)
    for prefix, _ in stub.questions:
        assert prefix.startswith("It was cold.\n")


@pytest.mark.parametrize("line", LINES)
def test_edits_reproduce_the_output(repairer: Repairer, line: str) -> None:
    accurate = with_second(repairer, Stub())
    assert apply_edits(line, accurate.edits(line)) == accurate.repair(line)
    assert all(0 <= edit.confidence <= 1 for edit in accurate.edits(line))


def test_unspun_lines_are_not_asked_about(repairer: Repairer) -> None:
    stub = Stub()
    text = "She said the men had been in the building when the fire began, and that nobody was hurt.\n"
    assert with_second(repairer, stub).repair(text * 3) == text * 3
    assert stub.questions == []


@given(st.text("ab. \n", max_size=80))
def test_a_trimmed_context_is_the_end_of_the_text(text: str) -> None:
    kept = trim_context(text, limit=30, keep=10)
    assert text.endswith(kept)
    assert kept == text if len(text) <= 30 else len(kept) <= 10


def test_a_context_is_cut_before_a_word() -> None:
    assert trim_context("x" * 50 + " some words here", limit=30, keep=13) == "words here"
    assert trim_context("x" * 50, limit=30, keep=13) == "x" * 13
