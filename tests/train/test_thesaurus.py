"""The table of synonyms: from WordNet's files to what a word may stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from respin.dictionary.thesaurus import KIND, Thesaurus
from respin.engine.repairer import SHIPPED_MODEL
from respin.errors import ModelError, TrainingError
from respin.lm.ngram_model import Model
from respin.train.thesaurus.forms import Forms
from respin.train.thesaurus.table import find_pairs, make_thesaurus, write_thesaurus
from respin.train.thesaurus.wordnet import PARTS, read_wordnet

DATA = {
    "noun": [
        "  1 A notice, at length.",
        "00000001 00 n 02 doctor 0 physician 0 000 | one who heals",
        "00000002 00 n 02 Paris 0 city_of_light 0 000 | a name, and what is said for it",
    ],
    "verb": ["00000001 00 v 02 go 0 proceed 1 000 01 + 01 00 | move"],
    "adj": [
        "00000001 00 a 01 big(p) 0 001 & 00000002 a 0000 | of size",
        "00000002 00 s 01 hulking 0 001 & 00000001 a 0000 | of great size",
    ],
    "adv": ["00000001 00 r 01 quickly 0 000 | fast"],
}
IRREGULAR = {"noun": "children child\n", "verb": "went go\ngone go\n", "adj": "", "adv": ""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in PARTS:
        (tmp_path / f"data.{part}").write_text("\n".join(DATA[part]) + "\n", "utf-8")
        (tmp_path / f"{part}.exc").write_text(IRREGULAR[part], "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.open(SHIPPED_MODEL)


def test_wordnet_is_read(folder: Path) -> None:
    wordnet = read_wordnet(folder)
    assert wordnet.synonyms == {
        ("noun", "doctor"): {"physician": True},
        ("noun", "physician"): {"doctor": True},
        ("verb", "go"): {"proceed": True},
        ("verb", "proceed"): {"go": True},
        ("adj", "big"): {"hulking": False},
        ("adj", "hulking"): {"big": False},
    }
    assert wordnet.irregular["verb", "go"] == ["went", "gone"]
    assert wordnet.notice == "A notice, at length."


def test_what_is_not_wordnet_is_told(folder: Path) -> None:
    (folder / "verb.exc").unlink()
    with pytest.raises(TrainingError, match=r"verb\.exc: No such file.*wordnet-base"):
        read_wordnet(folder)
    (folder / "data.noun").write_text("00000001 no synset\n", "utf-8")
    with pytest.raises(TrainingError, match="not WordNet's files"):
        read_wordnet(folder)


def test_rarer_words_stand_for_more_usual_ones_in_all_their_forms(folder: Path, model: Model) -> None:
    pairs = find_pairs(read_wordnet(folder), model)
    assert "doctor" in pairs["physician"]
    assert "hulking" not in pairs.get("big", {})
    assert set(pairs["proceeded"]) >= {"went", "gone"}
    assert pairs["proceeding"]["going"] > pairs["proceeding"]["went"], "an ending that agrees is likelier"
    assert "big" in pairs["hulking"]


@pytest.mark.parametrize(
    ("part", "phrase", "expected"),
    [
        ("noun", "child", {"": "child", "s": "children"}),
        ("noun", "point of view", {"": "point of view", "s": "points of view"}),
        ("noun", "health care", {"": "health care", "s": "health cares"}),
        ("verb", "go on", {"": "go on", "s": "goes on", "ed": "went on", "en": "gone on", "ing": "going on"}),
        ("verb", "stop", {"": "stop", "s": "stops", "ed": "stopped", "en": "stopped", "ing": "stopping"}),
        ("adj", "big", {"": "big"}),
    ],
)
def test_forms(folder: Path, part: str, phrase: str, expected: dict[str, str]) -> None:
    forms = Forms(read_wordnet(folder).irregular, {"stopped", "stopping", "going"}.__contains__)
    assert forms.of(part, phrase) == expected  # type: ignore[arg-type]


def test_a_table_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "table"
    pairs = {"vicinity": {"area": -3.0, "region": -2.0}, "of import": {"important": -1.5}, "café": {"bar": -40.0}}
    write_thesaurus(pairs, path, profile="p", notice="a notice")
    table = Thesaurus.open(path)
    assert {form: {o.head: o.log_channel for o in table.origins(form)} for form in pairs} == {
        **pairs,
        "café": {"bar": -255 / 16},
    }
    assert sorted(table.forms()) == sorted(pairs)
    assert [*table.origins("area"), *table.origins("zzz"), *table.origins("")] == []
    assert (table.pairs, table.profile, table.notice) == (4, "p", "a notice")


def test_a_damaged_table_is_told(tmp_path: Path) -> None:
    from respin.lm.container import read_container, write_container

    path = tmp_path / "table"
    write_thesaurus({"vicinity": {"area": -3.0}}, path, profile="p", notice="")
    data = path.read_bytes()
    path.write_bytes(data[:-64])
    with pytest.raises(ModelError, match="truncated thesaurus"):
        Thesaurus.open(path)
    path.write_bytes(data)
    header, sections = read_container(path, KIND)
    sections["originals"] = sections["originals"] + 9
    header.pop("sections")
    write_container(path, KIND, header, {name: values.copy() for name, values in sections.items()})
    with pytest.raises(ModelError, match="corrupt thesaurus"):
        Thesaurus.open(path)


def test_the_shipped_table_is_small_and_bears_its_notice() -> None:
    from respin.dictionary.thesaurus import SHIPPED

    assert SHIPPED.stat().st_size < 5_000_000
    table = Thesaurus.open()
    assert "Princeton University" in table.notice
    assert "WordNet" in table.notice


def test_make_thesaurus_says_what_it_did(folder: Path, model: Model, tmp_path: Path) -> None:
    said: list[str] = []
    size = make_thesaurus(model, tmp_path / "out", folder, said.append)
    assert size == (tmp_path / "out").stat().st_size
    assert said[0] == "6 words with synonyms"
