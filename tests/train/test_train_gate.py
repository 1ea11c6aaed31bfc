"""Training the gate on a little text: a file that opens, dismisses clean text and loses no more than it may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.accuracy import prose_articles
from respin.engine.gate import Gate
from respin.errors import TrainingError
from respin.train.gate.lessons import HELD_OUT_KINDS
from respin.train.gate.training import train_gate


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
    for kinds in record.values():
        assert kinds.keys() == HELD_OUT_KINDS.keys()
        assert kinds["clean"]["dismissed"] > kinds["full"]["dismissed"]
    for kind, figures in record["with care"].items():
        assert figures["recall lost"] <= 0.01, kind


def test_too_little_text_is_an_error(tmp_path: Path) -> None:
    text = tmp_path / "one.txt"
    text.write_text("One line only.\n")
    with pytest.raises(TrainingError, match="too little"):
        train_gate([str(text)], tmp_path / "gate", progress=silent)
