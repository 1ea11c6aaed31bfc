"""Training the reader at toy size, with PyTorch on the processor; the rest of it is in test_reader_examples."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from respin import Repairer
from respin.engine.reader import KIND, Reader
from respin.lm.container import read_container
from respin.train.reader.base import read_base
from respin.train.reader.examples import ExampleMaker
from respin.train.reader.settings import read_settings
from tests.command import respin
from tests.train.toy_reader import write_settings, write_text

HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed")

BOUND = 0.02
"""How far 7-bit weights and 8-bit states may move a toy reader's odds, as a share of how much these vary."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """On a busy machine threads that wait for each other take many times as long as one."""
    if HAS_TORCH:
        import torch

        torch.set_num_threads(1)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return write_text(tmp_path / "clean.txt")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return write_settings(tmp_path / "toy.toml")


def losses(said: str) -> list[float]:
    return [float(loss) for loss in re.findall(r"held out: loss ([\d.]+)", said)]


def test_without_pytorch_it_says_what_to_install(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import respin.cli.train_reader

    monkeypatch.setattr(respin.cli.train_reader, "find_spec", lambda name: None)
    ran = command(text, "-o", tmp_path / "toy.respin-reader")
    assert ran.exit_code == 2
    assert "pip install 'respin[train]'" in ran.stderr
    assert not (tmp_path / "toy.respin-reader").exists()


def embedding(file: Path) -> bytes:
    return bytes(read_container(file, KIND)[1]["embedding"].tobytes())


def command(*args: Any) -> Any:
    return respin("train", "reader", *args)


@needs_torch
@pytest.mark.training
def test_training_lowers_the_loss_and_the_file_says_what_the_network_says(
    text: Path, settings: Path, tmp_path: Path, repairer: Repairer
) -> None:
    settings.write_text(settings.read_text("utf-8").replace("steps = 12", "steps = 24"), "utf-8")
    file = tmp_path / "toy.respin-reader"
    ran = command(text, "-o", file, "--settings", settings, "-j", "1")
    assert ran.exit_code == 0, ran.stderr
    said = losses(ran.stderr)
    assert len(said) == 5
    assert said[-1] < 0.8 * said[0]
    header, _ = read_container(file, KIND)
    assert header["recipe"]["settings"]["training"]["steps"] == 24

    # The 8-bit file against the network with the weights that are in the file.
    import torch

    from respin.train.reader.batches import Batches
    from respin.train.reader.network import Encoder, inputs

    recipe = read_settings(settings)
    base = read_base(file, recipe.network)
    network = Encoder(recipe.network, len(base.vocabulary))
    network.take(base.tensors)
    maker = ExampleMaker(recipe, base.vocabulary)
    lines = text.read_text("utf-8").splitlines()[:40]
    spun = ["Many folks have been injured within the accident.", *(line.replace("said", "stated") for line in lines)]
    differences, values = [], []
    for line in spun:
        lattice = repairer.builder.build(line)
        examples = maker.examples_of(lattice)
        if not examples.windows:
            continue
        given = inputs(Batches(examples).of(np.arange(examples.windows)), "cpu")
        with torch.no_grad():
            scores = network.eval().scores(given)
            odds = (scores - scores[given.keep][given.span]).numpy()
        is_reading = np.ones(len(odds), bool)
        is_reading[given.keep.numpy()] = False
        heard = Reader(file).odds(lattice)
        assert heard.shape == odds[is_reading].shape
        differences.append(heard - odds[is_reading])
        values.append(heard)
    assert np.std(np.concatenate(differences)) < BOUND * np.std(np.concatenate(values))


@needs_torch
@pytest.mark.training
def test_a_training_that_was_cut_off_ends_as_if_it_had_not_been(text: Path, settings: Path, tmp_path: Path) -> None:
    from respin.train.reader.training import train_reader

    recipe = read_settings(settings)
    whole, parts, folder = tmp_path / "whole", tmp_path / "parts", tmp_path / "state"
    train_reader([str(text)], whole, recipe)

    def cut_off(done: int, total: int) -> None:
        if done == 9:  # the last state was kept at step 6
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_reader([str(text)], parts, recipe, checkpoints=folder, measure=cut_off)
    assert not parts.exists()
    assert command(text, "-o", parts, "--settings", settings, "--checkpoints", folder).exit_code == 2
    ran = command(text, "-o", parts, "--settings", settings, "--resume", folder, "-j", "1")
    assert ran.exit_code == 0, ran.stderr
    assert "goes on at step 6" in ran.stderr
    assert parts.read_bytes() == whole.read_bytes()

    # Of another training it is no state.
    other = write_settings(tmp_path / "other.toml", "clip = 2.0")
    ran = command(text, "-o", parts, "--settings", other, "--resume", folder)
    assert ran.exit_code == 2
    assert "with other settings" in ran.stderr


@needs_torch
@pytest.mark.training
def test_a_reader_can_be_trained_on(text: Path, settings: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    ran = command(text, "-o", first, "--settings", settings, "-j", "1")
    end = losses(ran.stderr)[-1]
    ran = command(text, "-o", second, "--settings", settings, "-j", "1", "--base", first)
    assert ran.exit_code == 0, ran.stderr
    # Rounding to 7 bits moves the loss by little.
    assert losses(ran.stderr)[0] == pytest.approx(end, rel=0.02)
    assert losses(ran.stderr)[-1] < end
    assert embedding(second) != embedding(first)

    # All of the base and nothing of what was learned.
    settings = write_settings(tmp_path / "base.toml", "base_share = 1.0")
    ran = command(text, "-o", second, "--settings", settings, "-j", "1", "--base", first)
    assert ran.exit_code == 0, ran.stderr
    assert embedding(second) == embedding(first)


@needs_torch
@pytest.mark.training
def test_half_the_layers_of_a_base_make_a_network(text: Path, settings: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    command(text, "-o", first, "--settings", settings, "-j", "1")
    settings.write_text(settings.read_text("utf-8").replace("layers = 2", "layers = 1"), "utf-8")
    ran = command(text, "-o", tmp_path / "second", "--settings", settings, "-j", "1", "--base", first)
    assert ran.exit_code == 0, ran.stderr
    settings.write_text(settings.read_text("utf-8").replace("layers = 1", "layers = 3"), "utf-8")
    ran = command(text, "-o", tmp_path / "third", "--settings", settings, "--base", first)
    assert ran.exit_code == 2
    assert "make no network" in ran.stderr


@needs_torch
@pytest.mark.training
def test_states_that_are_none(text: Path, settings: Path, tmp_path: Path) -> None:
    ran = command(text, "-o", tmp_path / "out", "--settings", settings, "--resume", tmp_path / "none")
    assert ran.exit_code == 2
    assert "no training to go on with" in ran.stderr
    from respin.train.reader.training import CHECKPOINT

    (tmp_path / CHECKPOINT).write_bytes(b"nothing of the kind")
    ran = command(text, "-o", tmp_path / "out", "--settings", settings, "--resume", tmp_path)
    assert ran.exit_code == 2
    assert "no state of a training" in ran.stderr
    assert not (tmp_path / "out").exists()
