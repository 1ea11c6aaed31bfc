"""Training the gate on a little text: a file that opens, dismisses clean text and loses no more than it may."""

from __future__ import annotations

import json
from array import array
from math import inf
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.accuracy import prose_articles
from respin.cli.train_gate import gate_command
from respin.engine.gate import Gate, gate_for, hash_of
from respin.errors import TrainingError
from respin.train.gate.lessons import HELD_OUT_KINDS
from respin.train.gate.training import train_gate, update_gate, write_gate


def silent(message: str) -> None:
    """Say nothing."""


def test_it_writes_a_gate_that_loses_no_more_than_it_may(tmp_path: Path) -> None:
    text = tmp_path / "prose.txt"
    text.write_text("\n".join(line for article in prose_articles() for line in article) * 6)
    outputs = [tmp_path / "gate", tmp_path / "again"]
    said: list[str] = []
    for jobs, output in enumerate(outputs, 1):
        train_gate([str(text)], output, every=1, most_lost=0.01, jobs=jobs, progress=said.append)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    gate = Gate.open(outputs[0])
    spun, clean = (
        gate.line(line)[0]
        for line in (
            "The agency stated on Monday that many folks had been injured within the accident.",
            "The company said on Monday that many people were injured in the accident.",
        )
    )
    assert spun > clean
    data = outputs[0].read_bytes()
    record = json.loads(data[data.rindex(b'{"texts"') :])["held out"]
    assert record.keys() == HELD_OUT_KINDS.keys()
    assert record["clean"]["dismissed"] > record["full"]["dismissed"]
    for kind, figures in record.items():
        assert figures["recall lost"] <= 0.015, kind  # half of it before any line was read


def test_an_update_lets_wordings_through_that_came_after_the_training(tmp_path: Path) -> None:
    path = tmp_path / "gate"
    shipped = Gate.open()
    variants = array("I", (number for number in shipped.variants if number != hash_of("stated")))
    write_gate(path, shipped.settings, shipped.weights, variants, dict.fromkeys(shipped.dictionaries, 0), b"{}")
    assert update_gate(path) >= 1
    gate = Gate.open(path)
    assert gate_for(None, gate) is gate  # no dictionary has to be looked through
    assert gate.line("They said that they had stated it before.") == (inf, inf)
    assert gate.line("They said that they had said it before.") < (inf, inf)
    assert update_gate(path) >= 1


@pytest.mark.parametrize("args", [[], ["text.txt", "--update"]])
def test_either_texts_or_an_update(args: list[str]) -> None:
    done = CliRunner().invoke(gate_command, [*args, "-o", "gate"])
    assert done.exit_code == 2
    assert "--update" in done.output


def test_too_little_text_is_an_error(tmp_path: Path) -> None:
    text = tmp_path / "one.txt"
    text.write_text("One line only.\n")
    with pytest.raises(TrainingError, match="too little"):
        train_gate([str(text)], tmp_path / "gate", progress=silent)
