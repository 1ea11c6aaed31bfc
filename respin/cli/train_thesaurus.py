"""The commands ``respin train thesaurus`` and ``respin train suspicion``: arguments, progress and errors."""

from __future__ import annotations

from pathlib import Path

import click

from respin.cli.train_model import TrainingProgress
from respin.engine.repairer import SHIPPED_MODEL
from respin.lm.ngram_model import Model
from respin.train.suspicion import train_suspicion
from respin.train.thesaurus.table import make_thesaurus
from respin.train.thesaurus.wordnet import FOLDER

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("thesaurus")
@click.option("-o", "--output", type=_FILE, required=True, help="The file.")
@click.option(
    "--wordnet",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default=True,
    metavar="FOLDER",
    help="WordNet's files data.noun, noun.exc and so on; Debian's package wordnet-base has them.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def thesaurus_command(output: Path, wordnet: Path, quiet: bool) -> None:
    """Make the table of synonyms that the thesaurus profile falls back on, for the shipped model."""
    make_thesaurus(Model.open(SHIPPED_MODEL), output, wordnet, TrainingProgress(quiet).say)


@click.command("suspicion")
@click.argument("texts", nargs=-1, metavar="TEXT...", required=True)
@click.option("-o", "--output", type=_FILE, required=True, help="The file.")
@click.option("--lines", type=click.IntRange(min=1), default=105_000, show_default=True, help="To learn from.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the spinning and the order.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def suspicion_command(texts: tuple[str, ...], output: Path, lines: int, seed: int, quiet: bool) -> None:
    """Learn from clean text which words make a line worth reading with the other families' lattice.

    TEXT is a file (.txt, .jsonl, either also .gz or .xz), one paragraph a line.
    """
    train_suspicion(texts, output, Model.open(SHIPPED_MODEL), lines, seed, TrainingProgress(quiet).say)
