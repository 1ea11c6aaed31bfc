"""A user's entries beside the shipped ones: theirs are preferred, and none costs another repair."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import DEFAULT
from respin.edits import Reason
from respin.engine.choices import Choice
from respin.engine.lattice import Edge
from respin.engine.own_entries import prefer_own
from respin.engine.readings import Reading
from respin.engine.repairer import PROFILES, ProfileChoice, Repairer

SPUN = "The mayor stated on Monday that many folks were injured within the accident."
CASES = [
    ("declared: stated", SPUN, "The mayor declared on Monday that many people were injured in the accident."),
    # A new head for what the shipped dictionary reads well does not unsettle that, where it does not fit.
    ("Eskimos: folks", SPUN, "The mayor said on Monday that many people were injured in the accident."),
    # That a head of theirs survived is no sign of unspun text: the spinner need not have it.
    ("accident: mishap", SPUN, "The mayor said on Monday that many people were injured in the accident."),
    (
        "mayor: alderman\nMonday: moon day\ninjured: mauled\nmany: plenty\naccident: mishap",
        SPUN,
        "The mayor said on Monday that many people were injured in the accident.",
    ),
]


@pytest.mark.parametrize(("entries", "spun", "original"), CASES)
def test_own_entries(tmp_path: Path, entries: str, spun: str, original: str) -> None:
    (tmp_path / "mine.txt").write_text(entries + "\n", "utf-8")
    repairer = Repairer(Dictionary.load([*DEFAULT, tmp_path / "mine.txt"]))
    assert repairer.repair(spun) == original


LONE = "The canvas runner sank near the harbour."
REWRITTEN = (
    "Numerous individuals utilize the web-site to discover a physician, and the administration is cost-free.\n"
    "The scientists have accrued the statistics inside the vicinity, and they accept as true with the outcomes.\n"
)


@pytest.fixture(scope="module")
def schooner(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    mine = tmp_path_factory.mktemp("own") / "mine.txt"
    mine.write_text("schooner: canvas runner\n", "utf-8")
    return Dictionary.load([*DEFAULT, mine])


@pytest.mark.parametrize(
    ("profile", "before"),
    [
        *((profile, "") for profile in PROFILES),
        ("auto", REWRITTEN),
        ("newsroom", SPUN + "\n"),
        ("thesaurus", REWRITTEN),
    ],
)
@pytest.mark.parametrize("reader", ["shipped", None])
def test_they_are_read_whatever_the_family(
    repairer: Repairer, schooner: Dictionary, profile: ProfileChoice, reader: Literal["shipped"] | None, before: str
) -> None:
    repairer = Repairer(schooner, repairer.model, repairer.weights, profile=profile, reader=reader)
    assert repairer.repair(before + LONE).endswith("The schooner sank near the harbour.")


def test_alone_they_are_the_spinners() -> None:
    assert not Dictionary.load(["newsroom"]).own


READINGS = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6)


@given(READINGS, st.sets(st.integers(0, 4)))
def test_a_preferred_reading_is_as_sure_as_all_together(shares: list[float], own: set[int]) -> None:
    total = sum(shares) or 1.0
    shares = [share / total for share in shares]
    *changed, kept = shares
    readings = [
        Reading(f"head{n}", (n,), 0.0, "mine" if n in own else "shipped", Reason.EXACT) for n in range(len(changed))
    ]
    rivals = [*zip(readings[1:], changed[1:], strict=True), (None, kept)]
    choice = Choice(Edge(0, 1, readings[0]), changed[0], tuple(rivals))
    preferred = prefer_own(choice, {"mine"})
    if not own & set(range(len(changed))):
        assert preferred == choice
        return
    assert preferred.posterior == pytest.approx(sum(changed))
    assert {*(reading for reading, _ in preferred.rivals), preferred.edge.reading} == {*readings, None}
    best = max((share for n, share in enumerate(changed) if n in own), default=0.0)
    if best > max((share for n, share in enumerate(changed) if n not in own), default=0.0):
        assert preferred.edge.reading.profile == "mine"
