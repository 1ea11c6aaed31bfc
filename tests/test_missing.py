"""Spun lines whose dictionary lacks an entry, and what is said of them."""

from __future__ import annotations

import pytest

from respin import Repairer
from respin.dictionary import Dictionary
from respin.lines import split_lines
from respin.missing import Missing, MissingFinder, describe

LINES = [
    "The police stated on Monday that the boys had been seen within the constructing.",
    "A spokesman stated that many folks had been moved, and that 4 officers had been harm within the fireplace.",
    "The mayor wholesome stated that folks within the metropolis had been indignant on the resolution.",
]


@pytest.fixture(scope="module")
def shipped(repairer: Repairer) -> Repairer:
    return repairer


def find(repairer: Repairer, *lines: str) -> list[Missing]:
    finder = MissingFinder(repairer)
    finder.add(split_lines("\n".join(lines)))
    return finder.found()


def test_finds_what_an_entry_was_taken_out_for(shipped: Repairer) -> None:
    groups = {
        group.head: [variant for variant in group.variants if variant not in ("stated", "folks")]
        for _, group in Dictionary.load(["newsroom"])
    }
    poor = Dictionary.of({head: variants for head, variants in groups.items() if variants})
    repairer = Repairer(poor, shipped.model, shipped.weights, min_confidence=shipped.weights.aggressive)
    found = {missing.span: missing for missing in find(repairer, *LINES)}
    assert "stated" in found
    assert "said" in found["stated"].guesses
    assert "[stated]" in found["stated"].contexts[0]


def test_most_frequent_first(shipped: Repairer) -> None:
    found = find(shipped, *LINES * 3)
    counts = [missing.count for missing in found]
    assert counts == sorted(counts, reverse=True)
    assert all(missing.count == len(missing.contexts) for missing in found)
    assert len(list(describe(found))) == len(found)


@pytest.mark.parametrize(
    "line",
    ["", "12 — ???", "The ferry left the harbour at noon.", "See https://example.org/a or mail b@example.org.", "NATO"],
)
def test_lines_that_were_not_spun_are_left_alone(shipped: Repairer, line: str) -> None:
    assert find(shipped, line) == []


def test_names_and_edits_are_never_missing(shipped: Repairer) -> None:
    for missing in find(
        shipped, *LINES, "Kowalczyk stated within the constructing that folks like Kowalczyk had been there."
    ):
        assert "kowalczyk" not in missing.span
        assert missing.span not in ("said", "people", "in the")
