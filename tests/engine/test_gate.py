"""The gate: what it dismisses, what it must not, and that it changes nothing else."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin import Repairer
from respin.dictionary.file import Group, Profile
from respin.dictionary.index import Dictionary, shipped
from respin.engine.evidence import DocumentPrior
from respin.engine.gate import SHIPPED, Gate, GateState, form_of, gate_for
from respin.errors import ModelError
from respin.text.lines import split_lines

GATE = Gate.open()

CLEAN = [
    "The council said on Tuesday that it would close the old bridge for three weeks so that workers could repair it.",
    "People who live near the river were told to use the road through the village until the work was done.",
    "It was the first time in ten years that the town had spent so much money on a single project, she said.",
    "He added that the cost would be shared between the county and the state, and that no taxes would go up.",
    "Some of the shops in the main street have already said they will open later while the bridge is shut.",
    "The mayor, who had asked for the money last year, said that most people were happy with the plan.",
] * 3
SPUN = "The mayor stated on Monday that many folks were injured within the accident close to the previous constructing."


@pytest.fixture(scope="module")
def gated(repairer: Repairer) -> Repairer:
    return Repairer(repairer.dictionary, repairer.model, repairer.weights, reader=None, profile="newsroom")


def test_it_is_left_out_while_other_families_are_watched_for(repairer: Repairer, gated: Repairer) -> None:
    assert repairer.families is not None
    assert repairer.gate is None
    assert gated.gate is not None


def test_it_dismisses_lines_of_a_clean_document_and_none_of_a_spun_one() -> None:
    clean, spun = GateState(GATE), GateState(GATE)
    assert sum(clean.dismisses(line) for line in CLEAN) >= 3
    assert not any(spun.dismisses(SPUN) for _ in range(20))


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


def test_lines_without_words_are_not_judged() -> None:
    for line in ("", "\n", "1,000", "– – –", "NASA"):
        assert GATE.line(line) > GATE.threshold


@given(st.text())
def test_a_form_is_small_letters_or_nothing(chunk: str) -> None:
    form = form_of(chunk)
    assert form.replace("'", "").replace("-", "").isalpha() or form == ""
    assert form == form.lower()


def test_the_prior_learns_from_dismissed_lines(repairer: Repairer) -> None:
    fresh, later = DocumentPrior(repairer.weights), DocumentPrior(repairer.weights)
    later.dismissed(20)
    assert later.line(0.0, 12) < fresh.line(0.0, 12)


class TestDictionaries:
    def test_no_line_with_a_variant_of_the_users_own_is_dismissed(self) -> None:
        dictionary = Dictionary.load()
        dictionary.add(Profile("mine"), [Group("bridge", ("river", "road crossing", "cross-river", "river’s back"))])
        gate = gate_for(dictionary)
        assert gate is not None
        for variant in ("river", "road crossing", "Cross-river"):
            line = f"The people who said it first were told that the {variant} was shut for the third time in a year."
            assert GATE.line(line) < 0 < gate.line(line)

    def test_without_the_shipped_dictionaries_there_is_none(self) -> None:
        assert gate_for(Dictionary.of({"big": ["sizeable"]})) is None

    def test_wordings_that_were_added_after_the_training_come_through(self) -> None:
        dictionary = Dictionary.load()
        dictionary.add(dictionary.profiles["newsroom"], [Group("bridge", ("flumadiddle",))])
        line = "The people who said it first were told that the flumadiddle was shut for the third time in a year."
        fresh, old = Gate.open(), Gate.open()
        fresh.dictionaries = {name: zlib.crc32(shipped()[name].read_bytes()) for name in fresh.dictionaries}
        old.dictionaries = dict.fromkeys(old.dictionaries, 0)
        assert not old.knows("flumadiddle")
        now, later = gate_for(dictionary, fresh), gate_for(dictionary, old)
        assert now is not None
        assert later is not None
        assert now.line(line) < 0 < later.line(line)

    def test_a_wording_without_letters_shuts_it(self) -> None:
        assert GATE.with_wordings(["24 / 7"]).threshold == float("-inf")


def test_less_confidence_than_it_was_set_for_goes_without(repairer: Repairer) -> None:
    other = Repairer(repairer.dictionary, repairer.model, repairer.weights, reader=None, profile="newsroom")
    assert other.gate is not None
    other.min_confidence = other.point.aggressive / 2
    assert other.gate is None


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "other", "no json"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    data = SHIPPED.read_bytes()
    path = tmp_path / "gate"
    path.write_bytes(
        {
            "empty": b"",
            "short": data[: len(data) // 2],
            "flipped": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
            "other": data.replace(b"respin gate", b"another one", 1),
            "no json": b"[]\n" + data,
        }[damage]
    )
    with pytest.raises(ModelError, match="gate"):
        Gate.open(path)
    with pytest.raises(ModelError, match="missing"):
        Gate.open(tmp_path / "missing")
