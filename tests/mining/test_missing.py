"""Spun lines whose dictionary lacks an entry, and what is said of them."""

from __future__ import annotations

import pytest

from respin import Repairer
from respin.dictionary.index import Dictionary
from respin.mining.missing import Missing, MissingFinder, describe
from respin.text.lines import split_lines

LINES = [
    "The lawyer stated she had sought authorized recommendation from a agency within the metropolis.",
    "The corporate stated its chief monetary officer would step down subsequent month.",
    "The household came again from trip within the summertime, folks stated.",
]


def find(repairer: Repairer, *lines: str) -> list[Missing]:
    finder = MissingFinder(repairer)
    list(finder.document().feed(split_lines("\n".join(lines))))
    return finder.found()


def without(repairer: Repairer, *variants: str) -> Repairer:
    """A repairer whose dictionary lacks some variants."""
    shipped = Dictionary.load(["newsroom"])
    groups = {group.head: [v for v in group.variants if v not in variants] for _, group in shipped}
    poor = Dictionary.of({head: found for head, found in groups.items() if found}, shipped.profiles["newsroom"])
    return Repairer(
        poor, repairer.model, repairer.weights, reader=None, min_confidence=repairer.weights.fast.aggressive
    )


@pytest.mark.parametrize(("variant", "original"), [("authorized", "legal"), ("monetary", "financial")])
def test_finds_what_an_entry_was_taken_out_for(repairer: Repairer, variant: str, original: str) -> None:
    found = {missing.span: missing for missing in find(without(repairer, variant), *LINES)}
    assert original in found[variant].guesses
    assert f"[{variant}]" in found[variant].contexts[0]
    assert found[variant].known == ()


def test_most_frequent_first(repairer: Repairer) -> None:
    found = find(without(repairer, "authorized", "monetary"), *LINES * 3)
    assert found[0].count == 3
    counts = [missing.count for missing in found]
    assert counts == sorted(counts, reverse=True)
    assert all(missing.count == len(missing.contexts) for missing in found)
    assert len(list(describe(found))) == len(found)


@pytest.mark.parametrize(
    "line",
    ["", "12 — ???", "The ferry left the harbour at noon.", "See https://example.org/a or mail b@example.org.", "NATO"],
)
def test_lines_that_were_not_spun_are_left_alone(repairer: Repairer, line: str) -> None:
    assert find(repairer, line) == []


def test_names_and_edits_are_never_missing(repairer: Repairer) -> None:
    for missing in find(
        repairer, *LINES, "Kowalczyk stated within the constructing that folks like Kowalczyk had been there."
    ):
        assert "kowalczyk" not in missing.span
        assert missing.span not in ("said", "people", "in the")
