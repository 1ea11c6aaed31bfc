"""The command ``respin train reader``: arguments, progress and errors; PyTorch is loaded when it is called."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from respin.cli.train_model import TrainingProgress
from respin.errors import SettingsError
from respin.files.processors import processors
from respin.train.reader.settings import read_settings

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("reader")
@click.argument("texts", nargs=-1, metavar="TEXT...", required=True)
@click.option("-o", "--output", type=_FILE, required=True, help="The reader's file.")
@click.option("--settings", type=_FILE, help="A TOML file: what differs from the shipped recipe.")
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    metavar="FOLDER|FILE",
    help="Begin as this BERT network (model.safetensors, vocab.txt) or reader; without it from nothing.",
)
@click.option("--checkpoints", type=_FOLDER, metavar="FOLDER", help="Keep the state here at every measure.")
@click.option(
    "--resume", type=_FOLDER, metavar="FOLDER", help="Go on from the state in this folder, and keep it there."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Processes that spin; 0: one a processor."
)
@click.option("--device", metavar="NAME", help="As PyTorch calls it; by default a GPU if there is one.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def reader_command(
    texts: tuple[str, ...],
    output: Path,
    settings: Path | None,
    base: Path | None,
    checkpoints: Path | None,
    resume: Path | None,
    jobs: int,
    device: str | None,
    quiet: bool,
) -> None:
    """Train the reader on clean text, which is spun here with the shipped dictionaries.

    TEXT is a file (.txt, .jsonl, either also .gz or .xz), one paragraph a line. Needs PyTorch, and a GPU for
    more than a trial: pip install 'respin[train]'.
    """
    if checkpoints is not None and resume is not None and checkpoints != resume:
        raise SettingsError("--resume keeps the state in its own folder: leave out --checkpoints")
    recipe = read_settings(settings)
    if find_spec("torch") is None:
        raise SettingsError("training the reader needs PyTorch: pip install 'respin[train]'")
    from respin.train.reader.training import train_reader

    progress = TrainingProgress(quiet, "step")
    train_reader(
        texts,
        output,
        recipe,
        base=base,
        checkpoints=resume or checkpoints,
        resume=resume is not None,
        processes=jobs or processors(),
        device=device,
        progress=progress.say,
        measure=progress.measure,
    )
