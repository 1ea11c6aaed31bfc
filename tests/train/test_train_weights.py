"""``respin train weights``: what it takes over of what it finds, and the file that it writes."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
from click.testing import CliRunner

from respin import Repairer
from respin.cli.main import cli
from respin.cli.train_weights import read_documents
from respin.engine.evidence import log_odds, logistic
from respin.engine.second_opinion import Question
from respin.engine.weights import OperatingPoint, Weights
from respin.train.weights.bench import Bench, Scored
from respin.train.weights.gain import compare
from respin.train.weights.one_mode import fit_mode
from respin.train.weights.remembered import RememberedModel
from respin.train.weights.score import Tally, read_annotated

SPUN = [
    "Police {{stated=>said}} the {{boys=>men}} {{have been=>were}} {{within the=>in the}} {{constructing=>building}}.",
    "{{Many individuals=>Many people}} {{have been=>were}} injured {{within the=>in the}} {{assault=>attack}}.",
]
CLEAN = [
    "The council said on Monday that the old bridge would be closed for two weeks.",
    "She told the court that she had seen the men in the building that night.",
    "Prices went up again last month, and many people say they spend less on food.",
    "The team won the game in the last minute, and the coach said he was very happy.",
]

POINTS = ("threshold", "conservative", "aggressive")


@pytest.mark.parametrize(
    ("gained", "is_sure"),
    [
        ([3, 2, 3, 4, 3, 2], True),  # every document gains
        ([9, -8, 7, -9, 8, -6], False),  # some gain, others lose as much
        ([0, 0, -1, 0, 0, 9], False),  # one lucky article
        ([-3, -2, -3, -4, -3, -2], False),
        ([0, 0, 0, 0, 0, 0], False),
    ],
)
def test_a_gain_counts_if_the_documents_agree(gained: list[int], is_sure: bool) -> None:
    def scored(fixed: int) -> Scored:
        return Scored("", True, (Tally(required=20, fixed=fixed, words=100),))

    found = compare([scored(10)] * 6, [scored(10 + more) for more in gained], lambda curve: curve[0].recall)
    shares = [more / 20 for more in gained]
    assert found.gain == pytest.approx(sum(shares) / 6)
    assert found.error == pytest.approx(stdev(shares) / 6**0.5)  # of a mean the jackknife's is the usual one
    assert found.is_sure == is_sure


def test_what_is_as_good_stays_and_what_is_poor_goes(repairer: Repairer) -> None:
    documents = [[read_annotated(line) for line in lines] for lines in (SPUN, SPUN[::-1], SPUN[:1], SPUN[1:])]
    clean = [[read_annotated(line) for line in lines] for lines in (CLEAN[:2], CLEAN[2:])]
    tune, check = Bench(repairer, documents + clean), Bench(repairer, documents[::-1] + clean)
    start = Weights.load()

    weights, record = fit_mode(tune, check, start)
    assert not record["search"]["taken"]
    assert weights._replace(fast=start.fast) == start

    # The same edits by another calibration, which is none of the fit's business.
    sharpness, shift = 1.5, -0.5
    odds = {
        name: (log_odds(getattr(weights.fast, name)) - weights.fast.shift) / weights.fast.sharpness for name in POINTS
    }
    moved = {name: logistic(sharpness * value + shift) for name, value in odds.items()}
    other, _ = fit_mode(tune, check, weights._replace(fast=OperatingPoint(sharpness, shift, **moved)))
    assert other._replace(fast=weights.fast) == weights
    for name in ("sharpness", "shift", *POINTS):
        assert getattr(other.fast, name) == pytest.approx(getattr(weights.fast, name), abs=2e-4), name

    deaf = start._replace(model=0.2)
    weights, record = fit_mode(tune, check, deaf)
    assert record["search"]["taken"]
    assert weights.model > 0.2
    assert record["check"]["f0.5"] > check.measure(deaf).f05 + 0.1


def test_the_command_writes_what_it_comes_to_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clean.jsonl").write_text("".join(json.dumps({"text": f"{line}\n\n{CLEAN[0]}"}) + "\n" for line in CLEAN[:3]))
    folder = Path("some pages")
    folder.mkdir()
    for number, line in enumerate(SPUN):
        (folder / f"{number}.gold.txt").write_text(line + "\n")
    (folder / "notes.txt").write_text("not annotated\n")

    def run(output: str, *more: str) -> dict[str, Any]:
        args = ["train", "weights", "clean.jsonl", "--annotated", str(folder), "-o", output, "--mode", "fast", *more]
        done = CliRunner().invoke(cli, args, prog_name="respin", catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return {**json.loads(Path(output).read_text())}

    first = run("first.json")
    assert (
        first["command"] == "respin train weights clean.jsonl --annotated 'some pages' --output first.json --mode fast"
    )
    assert list(first["data"]) == [f"{tmp_path.name}/clean.jsonl", "some pages/0.gold.txt", "some pages/1.gold.txt"]
    again = run("again.json", "--start", "first.json", "--seed", "7")
    assert again["weights"] == first["weights"]
    for part in ("search", "check", "reliability", "curve"):
        assert again["fast"][part] == first["fast"][part]
    assert all(
        again["fast"]["thresholds"][name]["found"] == first["fast"]["thresholds"][name]["found"] for name in POINTS
    )
    assert Weights.load(Path("first.json")).reader == Weights.load().reader  # what is not fitted is taken along


def test_documents_are_records_or_what_dashes_part(tmp_path: Path) -> None:
    records, plain = tmp_path / "a.jsonl", tmp_path / "a.txt"
    records.write_text('{"text": "One.\\n\\nTwo."}\n\n{"text": "Three."}\n')
    plain.write_text("One.\nTwo.\n---\nThree.\n")
    assert list(read_documents(records)) == list(read_documents(plain)) == [["One.", "Two."], ["Three."]]


class Counting:
    """A model that says how often it was asked."""

    asked = 0

    def score(self, prefix: str, readings: list[str]) -> list[float]:
        self.asked += 1
        return [float(self.asked)] * len(readings)

    def score_many(self, questions: list[Question]) -> list[list[float]]:
        return [self.score(prefix, list(readings)) for prefix, readings in questions]


def test_a_line_is_asked_about_again_where_it_reads_otherwise() -> None:
    model = RememberedModel(Counting())  # type: ignore[arg-type]
    first = model.score("A line before.\nThe police", [" said", " stated"])
    assert model.score("Another line.\nThe police", [" said", " stated"]) == first
    assert model.score("A line before.\nThe men", [" said", " stated"]) != first
    assert model.score("A line before.\nThe police", [" said", " told"]) != first
    model.forget()
    assert model.score("A line before.\nThe police", [" said", " stated"]) != first
