"""The command ``respin train gate``: arguments, progress and errors."""

from __future__ import annotations

from pathlib import Path

import click

from respin.cli.train_model import TrainingProgress
from respin.text.wording import counted
from respin.train.gate.training import train_gate, update_gate


@click.command("gate")
@click.argument("texts", nargs=-1, metavar="TEXT...")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Take one of so many documents of a dozen lines, from all texts.",
)
@click.option(
    "--most-lost",
    type=click.FloatRange(0, 1),
    default=0.001,
    show_default=True,
    help="Most recall that any kind of spun text may lose, on one in 32 documents, which are held out.",
)
@click.option("--seed", type=int, default=11, show_default=True, help="Of the spinning.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that spin.")
@click.option(
    "--update",
    is_flag=True,
    help="Learn nothing anew: have the file let wordings through that the shipped dictionaries got since.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def gate_command(
    texts: tuple[str, ...], output: Path, every: int, most_lost: float, seed: int, jobs: int, update: bool, quiet: bool
) -> None:
    """Learn from clean text which words rule out that a line was spun, for the shipped dictionaries and model.

    TEXT is a file (.txt, .jsonl, either also .gz or .xz), one paragraph a line.
    """
    if update == bool(texts):
        raise click.UsageError("name texts to learn from, or --update and none")
    say = TrainingProgress(quiet).say
    if update:
        say(f"{counted(update_gate(output), 'wording')} let through that came after the training")
        return
    train_gate(texts, output, every=every, most_lost=most_lost, seed=seed, jobs=jobs, progress=say)
