"""Training the gate on a little text: a file that opens, dismisses clean text and loses no more than it may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.accuracy import prose_articles
from respin.engine.gate import Gate
from respin.errors import TrainingError
from respin.train.gate import KINDS, UNBOUND, train_gate


def silent(message: str) -> None:
    """Say nothing."""


def test_it_writes_a_gate_that_loses_no_more_than_it_may(tmp_path: Path) -> None:
    text = tmp_path / "prose.txt"
    text.write_text("\n".join(line for article in prose_articles() for line in article) * 3)
    output = tmp_path / "gate"
    train_gate([str(text)], output, every=1, most_lost=0.01, progress=silent)
    gate = Gate.open(output)
    assert gate.threshold <= 0
    assert gate.line("The company said it would.") != gate.line("The agency stated it might.")
    record = json.loads(output.read_bytes().split(b"\n")[0])["about"]["held out"]
    assert record.keys() == KINDS.keys()
    for kind, figures in record.items():
        if kind in UNBOUND:
            continue  # so few words are spun there that no threshold can promise anything
        assert figures["recall lost"] <= 0.01, kind
    assert record["clean"]["dismissed"] > record["full"]["dismissed"]
    again = tmp_path / "again"
    train_gate([str(text)], again, every=1, most_lost=0.01, progress=silent)
    assert again.read_bytes() == output.read_bytes()


def test_too_little_text_is_an_error(tmp_path: Path) -> None:
    text = tmp_path / "one.txt"
    text.write_text("One line only.\n")
    with pytest.raises(TrainingError, match="too little"):
        train_gate([str(text)], tmp_path / "gate", progress=silent)
