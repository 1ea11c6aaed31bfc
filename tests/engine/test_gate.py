"""The gate: what it dismisses, what it must not, and that it changes nothing else."""

from __future__ import annotations

import gc
import weakref
from array import array
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin import Repairer
from respin.dictionary.file import Group, Profile, read
from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.shipped import shipped
from respin.engine.evidence import DocumentPrior
from respin.engine.gate import SHIPPED, ZERO, Gate, form_of, gate_for, hash_of
from respin.engine.gate_state import GateState
from respin.engine.gatekeeper import Gatekeeper, Verdict
from respin.engine.repairer import PROFILES, ProfileChoice
from respin.engine.repairer import Repairer as EngineRepairer
from respin.errors import ModelError
from respin.text.lines import split_lines

GATE = Gate.open()
EMPTY = ((bytes([ZERO]) * 16, bytes([ZERO]) * 16),) * 2
"""Weights of nothing."""

CLEAN = [
    "The council said on Tuesday that it would close the old bridge for three weeks so that workers could repair it.",
    "People who live near the river were told to use the road through the village until the work was done.",
    "It was the first time in ten years that the town had spent so much money on a single project, she said.",
    "He added that the cost would be shared between the county and the state, and that no taxes would go up.",
    "Some of the shops in the main street have already said they will open later while the bridge is shut.",
    "The mayor, who had asked for the money last year, said that most people were happy with the plan.",
] * 3
SPUN = "The mayor stated on Monday that many folks were injured within the accident close to the previous constructing."


TORTURED = "We utilize profound learning and counterfeit consciousness for picture acknowledgment in the cloud."


@pytest.fixture(scope="module")
def gated(repairer: Repairer) -> Repairer:
    return Repairer(repairer.dictionary, repairer.model, repairer.weights, reader=None)


@pytest.mark.parametrize("profile", PROFILES)
def test_it_is_there_unless_another_family_is_taken_for_granted(profile: ProfileChoice) -> None:
    assert (Repairer(profile=profile).gate is not None) is (profile in ("auto", "newsroom"))


@pytest.mark.parametrize("behind", [0, 4])
def test_it_dismisses_lines_of_a_clean_document_and_none_of_a_spun_one(behind: int) -> None:
    def verdict(line: str, times: int = 1) -> Verdict:
        keeper = Gatekeeper(GATE)
        for _ in range(behind):
            keeper.verdict("Yes.", GATE.line("Yes."))
        return [keeper.verdict(line, GATE.line(line)) for _ in range(times)][-1]

    assert sum(verdict(line) is Verdict.DISMISSED for line in CLEAN[:6]) >= 2
    for line in (SPUN, TORTURED):
        assert all(verdict(line, times) is not Verdict.DISMISSED for times in range(1, 20))


def test_what_is_only_glanced_at_is_found_spun_by_others() -> None:
    ours, theirs = GATE.settings
    closed = Gate((ours._replace(threshold=1e9, first=1e9), theirs), GATE.weights, array("I"), GATE.dictionaries)
    repairer = EngineRepairer(reader=None, gate=closed)
    text = "".join(f"{line}\n" for line in [TORTURED] * 4)
    assert "deep learning and artificial intelligence" in repairer.repair(text)
    # Newsroom's reading needs newsroom's lattice.
    assert repairer.repair(f"{SPUN}\n") == f"{SPUN}\n"


def test_behind_a_line_that_speaks_for_a_spinner_less_is_dismissed() -> None:
    behind, fresh = GateState(GATE.settings), GateState(GATE.settings)
    behind.levels(GATE.line(SPUN))
    (more, _), (less, _) = (state.levels(GATE.line(CLEAN[0])) for state in (behind, fresh))
    assert more > less


def test_clean_lines_do_not_count_against_those_behind_them() -> None:
    behind, fresh = GateState(GATE.settings), GateState(GATE.settings)
    for line in CLEAN * 4:
        behind.levels(GATE.line(line))
    assert behind.levels(GATE.line(SPUN)) >= fresh.levels(GATE.line(SPUN))


@pytest.mark.parametrize("before", [0, 6, len(CLEAN)])
def test_a_spun_line_comes_through_after_any_number_of_clean_ones(gated: Repairer, before: int) -> None:
    text = "".join(f"{line}\n" for line in CLEAN[:before])
    repaired = gated.repair(text + SPUN + "\n")
    assert repaired.startswith(text + "The mayor said on Monday that many people were injured in the accident")


@given(st.lists(st.sampled_from([*CLEAN, SPUN, "", "Yes.", "«»", "12 345"]), max_size=12))
def test_edits_are_those_of_single_lines_fed(gated: Repairer, lines: list[str]) -> None:
    together = list(gated.document().feed(split_lines("".join(f"{line}\n" for line in lines))))
    document = gated.document()
    assert together == [repair for line in lines for repair in document.feed(split_lines(line + "\n"))]


@given(st.lists(st.lists(st.sampled_from([*CLEAN[:6], SPUN, TORTURED, "", "«»"]), max_size=9), max_size=5))
def test_documents_together_come_to_what_each_comes_to_alone(gated: Repairer, texts: list[list[str]]) -> None:
    lines = [split_lines("".join(f"{line}\n" for line in text)) for text in texts]
    documents = [gated.document() for _ in texts]
    alone = [repair for text in lines for repair in gated.document().feed(text)]
    assert list(gated.together(list(zip(documents, lines, strict=True)))) == alone
    # What each has shown so far is its own.
    later = split_lines(f"{CLEAN[0]}\n{SPUN}\n")
    again = [repair for text in lines for repair in list(gated.document().feed([*text, *later]))[len(text) :]]
    assert list(gated.together([(document, later) for document in documents])) == again


@pytest.mark.parametrize(
    ("profile", "before", "between", "is_read"),
    [
        ("auto", 0, 0, True),
        ("auto", 3, 0, True),
        ("auto", 4, 0, False),  # four lines that say nothing, and the gate is closed
        ("auto", 1, 8, True),  # one of the first was spun: it stays open
        ("auto", 1, 16, False),  # until some lines in a row say nothing
        ("newsroom", 3, 0, True),
        ("newsroom", 4, 0, False),
    ],
)
def test_the_first_lines_of_an_article_are_read_whatever_the_gate_says(
    repairer: Repairer, profile: ProfileChoice, before: int, between: int, is_read: bool
) -> None:
    newsroom, others = (settings._replace(threshold=inf, first=-inf, lead=-inf) for settings in GATE.settings)
    shut = Gate((newsroom, others), EMPTY, array("I"), {})
    lines = [*CLEAN[:before], *([SPUN, *CLEAN[:between]] if between else []), SPUN]
    gated = EngineRepairer(None, repairer.model, repairer.weights, reader=None, profile=profile, gate=shut)
    repairs = list(gated.document().feed(split_lines("".join(f"{line}\n" for line in lines))))
    assert bool(repairs[-1].edits) is is_read


@pytest.mark.parametrize("sure", [0, 3])
def test_lines_that_it_is_sure_of_come_before_those_that_are_read_first(repairer: Repairer, sure: int) -> None:
    newsroom, others = (settings._replace(threshold=inf, first=inf, lead=inf) for settings in GATE.settings)
    gate = Gate((newsroom, others._replace(first=-inf)), EMPTY, array("I"), {}).letting_through(["bridge"])
    document = EngineRepairer(None, repairer.model, repairer.weights, reader=None, gate=gate).document()
    lines = [CLEAN[1]] * sure + [CLEAN[0]] + [CLEAN[1]] * 5
    first, rest = document._stretches(split_lines("".join(f"{line}\n" for line in lines)), map(gate.line, lines))
    assert [is_read for _, is_read in first.lines] == [False] * sure + [True] * 4
    assert [is_read for _, is_read in rest.lines] == [False] * 2
    assert first.dismissed == [0] * 4


def test_lines_of_hardly_a_word_are_not_judged() -> None:
    for line in ("", "\n", "1,000", "– – –", "NASA", "He said no."):
        assert GATE.line(line) == (inf, inf)


@given(st.text())
def test_a_form_is_small_letters_or_nothing(chunk: str) -> None:
    form = form_of(chunk)
    assert form.replace("'", "").replace("-", "").isalpha() or form in ("", "0")
    assert form == form.lower()


def test_what_a_document_holds_goes_with_it(repairer: Repairer) -> None:
    """Else a corpus of documents would be held until the collector looks."""
    gated = EngineRepairer(None, repairer.model, repairer.weights, reader=None)
    document = gated.document()
    assert [repair.edits for repair in document.feed(split_lines(f"{SPUN}\n{TORTURED}\n"))]
    held = weakref.ref(document._article)
    gc.disable()
    try:
        del document
        assert held() is None
    finally:
        gc.enable()


def test_the_prior_learns_from_dismissed_lines(repairer: Repairer) -> None:
    fresh, later = DocumentPrior(repairer.weights), DocumentPrior(repairer.weights)
    later.dismissed(20)
    assert later.line(0.0, 12) < fresh.line(0.0, 12)


def test_many_dismissed_lines_are_as_many_of_one(repairer: Repairer) -> None:
    together, apart = DocumentPrior(repairer.weights, 3.0, 2.0), DocumentPrior(repairer.weights, 3.0, 2.0)
    together.dismissed(7)
    for _ in range(7):
        apart.dismissed(1)
    assert (together.spun, together.clean) == pytest.approx((apart.spun, apart.clean))


class TestDictionaries:
    def test_no_line_with_a_variant_of_the_users_own_is_dismissed(self) -> None:
        dictionary = Dictionary.load()
        dictionary.add(Profile("mine"), [Group("bridge", ("river", "road crossing", "cross-river", "river’s back"))])
        gate = gate_for(dictionary)
        assert gate is not None
        for variant in ("river", "road crossing", "Cross-river"):
            line = f"The people who said it first were told that the {variant} was shut for the third time in a year."
            assert GATE.line(line)[0] < inf == gate.line(line)[0]

    def test_without_the_shipped_dictionaries_there_is_none(self) -> None:
        assert gate_for(Dictionary.of({"big": ["sizeable"]})) is None

    def test_wordings_that_were_added_after_the_training_come_through(self) -> None:
        paths = shipped()
        variants = {v for path in paths.values() for group in read(path)[1] for v in group.variants}
        hashes = {hash_of(phrase_key(variant)) for variant in variants}
        older = dict.fromkeys(paths, 0)
        trained = Gate(GATE.settings, EMPTY, array("I", sorted(hashes)), older)
        before = Gate(GATE.settings, EMPTY, array("I", sorted(hashes - {hash_of("stated")})), older)
        line = "They said that they had stated it before."
        found = [gate_for(None, gate) for gate in (trained, before)]
        assert [gate.line(line)[0] for gate in found if gate is not None] == [GATE.settings[0].bias, inf]

    def test_it_knows_the_variants_that_it_was_trained_for(self) -> None:
        assert GATE.knows("within the")
        assert not GATE.knows("flumadiddle")

    def test_a_wording_without_letters_lets_all_marks_through(self) -> None:
        gate = GATE.letting_through(["24 / 7"])
        assert gate.line("They were there at 24 hours a day") == (inf, inf)


def test_less_confidence_than_it_was_set_for_goes_without() -> None:
    other = Repairer(reader=None)
    assert other.gate is not None
    other.min_confidence = other.point.aggressive / 2
    assert other.gate is None


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "other", "newer"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    data = SHIPPED.read_bytes()
    path = tmp_path / "gate"
    path.write_bytes(
        {
            "empty": b"",
            "short": data[: len(data) // 2],
            "flipped": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
            "other": data.replace(b"RESPINGT", b"RESPINGS", 1),
            "newer": data[:8] + b"\xff" + data[9:],
        }[damage]
    )
    with pytest.raises(ModelError, match="gate"):
        Gate.open(path)
    with pytest.raises(ModelError, match="missing"):
        Gate.open(tmp_path / "missing")
