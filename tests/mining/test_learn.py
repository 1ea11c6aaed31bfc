"""Pairs of a spun text and its original, and the entries that they teach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.file import parse
from respin.dictionary.index import Dictionary
from respin.mining.alignment import EntryIndex, Outcome, align
from respin.mining.learn import Lesson, describe, learn

DICTIONARY = Dictionary.of(
    {"said": ["stated"], "in the": ["within the"], "concert hall": ["live performance corridor"], "house": ["home"]}
)

CASES = [
    ("The baker stated it.", "The baker said it.", set(), {("said", "stated")}),
    ("We met folks there.", "We met people there.", {("people", "folks")}, set()),
    ("Folks waited outside.", "People waited outside.", {("people", "folks")}, set()),
    ("He likes individuals.", "He likes Americans.", {("Americans", "individuals")}, set()),
    ("The Green Home burned.", "The Green House burned.", set(), {("house", "home")}),
    ("A taking pictures took place.", "A shooting took place.", {("shooting", "taking pictures")}, set()),
    # A known entry shows where a longer stretch is to be cut.
    (
        "The live performance corridor blaze grew.",
        "The concert hall fire grew.",
        {("fire", "blaze")},
        {("concert hall", "live performance corridor")},
    ),
    # What was learnt alone cuts a longer stretch, too.
    (
        "The boat sank. The boat vendor was glad. A vendor called.",
        "The ship sank. The ship seller was glad. A seller called.",
        {("ship", "boat"), ("seller", "vendor")},
        set(),
    ),
    # A function word alone is no entry; with the next word it is.
    ("It lay on the table.", "It lay upon the table.", {("upon", "on")}, set()),
    ("It lay upon the table.", "It lay on the table.", {("on the", "upon the")}, set()),
    ("It happened within the night.", "It happened in the night.", set(), {("in the", "within the")}),
    # Words added or lost take a neighbour with them, if that makes sense.
    ("She was actually tired.", "She was tired.", {("tired", "actually tired")}, set()),
    ("Rain fell. It was cold it seems.", "Rain fell. It was cold.", set(), set()),
    # Punctuation, capitals and addresses make no entries.
    ("See it now; rest later.", "See it now, rest later.", set(), set()),
    ("The NATO plan failed.", "The pact plan failed.", set(), set()),
    ("Same text.", "Same text.", set(), set()),
    ("", "", set(), set()),
    ("", "Something was here.", set(), set()),
]


def pairs(lesson: Lesson) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    return {(p.head, p.variant) for p in lesson.new}, {(p.head, p.variant) for p in lesson.known}


@pytest.mark.parametrize(("spun", "original", "new", "known"), CASES)
def test_learns(spun: str, original: str, new: set[tuple[str, str]], known: set[tuple[str, str]]) -> None:
    if original == "Rain fell. It was cold.":
        assert ("it", "it it") not in pairs(learn(spun, original, DICTIONARY))[0]
        return
    assert pairs(learn(spun, original, DICTIONARY)) == (new, known)


def test_counts_and_contexts() -> None:
    spun = "The boat left the port. A boat came back.\nEvery boat stayed. He stated so."
    original = "The ship left the port. A ship came back.\nEvery ship stayed. He said so."
    lesson = learn(spun, original, DICTIONARY)
    (proposal,) = lesson.new
    assert (proposal.head, proposal.variant, proposal.count) == ("ship", "boat", 3)
    assert proposal.contexts[1] == "port. A [boat] came back."
    lines = list(describe(lesson))
    assert lines[0] == "# 1 change explained by 1 known pair; new: 1."
    _, groups = parse("\n".join(lines))
    assert [(group.head, group.variants) for group in groups] == [("ship", ("boat",))]
    assert "#      1  said: stated" in lines
    assert "ship: boat" not in list(describe(lesson, min_count=4))


def test_long_texts_are_cut_and_give_the_same() -> None:
    spun = "".join(f"Item {n} came from town {n * 7}, and folks of street {n} liked it.\n" for n in range(300))
    lesson = learn(spun, spun.replace("folks", "people"), DICTIONARY)
    assert [(p.head, p.variant, p.count) for p in lesson.new] == [("people", "folks", 300)]
    assert lesson.unaligned == lesson.unusable == 0


tokens = st.lists(st.sampled_from(["a", "b", "c", "said", "stated", ",", "in", "the", "within"]), max_size=14)


@given(tokens, tokens)
def test_an_alignment_covers_both_texts(spun: list[str], original: list[str]) -> None:
    entries = EntryIndex()
    entries.add(["stated"], ["said"], 0.1)
    entries.add(["within", "the"], ["in", "the"], 0.1)
    at = other = 0
    for kind, start, end, first, last in align(spun, original, entries):
        assert (start, first) == (at, other)
        if kind is Outcome.KEPT:
            assert spun[start:end] == original[first:last]
        if kind is Outcome.KNOWN:
            assert (spun[start:end], original[first:last]) in [
                (["stated"], ["said"]),
                (["within", "the"], ["in", "the"]),
            ]
        at, other = end, last
    assert (at, other) == (len(spun), len(original))
