"""The commands ``respin train model`` and ``respin train topics``: arguments, progress and errors."""

from __future__ import annotations

import re
import time
from pathlib import Path

import click

from respin.output.meter import Meter, is_watched
from respin.train.lm.model import ModelSettings, train
from respin.train.topics.topics import train_topics

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}


def _bytes(ctx: click.Context, param: click.Parameter, value: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)B?", value.strip().upper())
    if not match:
        raise click.BadParameter(f"{value!r} is no size, give e.g. 40M", ctx, param)
    return int(float(match[1]) * _UNITS[match[2]])


class TrainingProgress:
    """Tells on standard error what is done and after how long, and on a terminal how far a part of it is."""

    def __init__(self, quiet: bool, unit: str = "") -> None:
        self._quiet = quiet
        self._begun = time.monotonic()
        self._meter = (Meter(unit) if unit else Meter()) if is_watched() and not quiet else None

    def say(self, message: str) -> None:
        """A part is done."""
        if self._meter is not None:
            self._meter.clear()
        if not self._quiet:
            click.echo(f"{time.monotonic() - self._begun:6.0f} s  {message}", err=True)

    def measure(self, done: int, total: int) -> None:
        """So much of a part is done."""
        if self._meter is not None:
            self._meter.show(done, total)


@click.command("model")
@click.argument("texts", nargs=-1, metavar="TEXT...", required=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The model file.")
@click.option("--order", type=click.IntRange(2, 4), default=4, show_default=True, help="Longest n-gram.")
@click.option(
    "--max-words", type=click.IntRange(min=1), default=65_536, show_default=True, help="Size of the vocabulary."
)
@click.option(
    "--min-count", type=click.IntRange(min=1), default=3, show_default=True, help="Least occurrences of a word."
)
@click.option(
    "--max-size", callback=_bytes, default="40M", show_default=True, metavar="BYTES", help="Largest size of the file."
)
@click.option("--field", default="text", show_default=True, help="The text field of .jsonl files.")
@click.option("--arpa", type=click.Path(dir_okay=False, path_type=Path), help="Also write the ARPA format here.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def model_command(
    texts: tuple[str, ...],
    output: Path,
    order: int,
    max_words: int,
    min_count: int,
    max_size: int,
    field: str,
    arpa: Path | None,
    quiet: bool,
) -> None:
    """Train the language model on well-edited text, one paragraph a line.

    TEXT is a file (.txt, .jsonl, either also .gz or .xz) or - for standard input.
    """
    settings = ModelSettings(order, max_words, min_count, max_size, field)
    progress = TrainingProgress(quiet)
    train(texts, output, settings, arpa=arpa, progress=progress.say, measure=progress.measure)


@click.command("topics")
@click.argument("texts", nargs=-1, metavar="TEXT...", required=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file.")
@click.option(
    "--documents",
    type=click.IntRange(min=1),
    default=26_000,
    show_default=True,
    help="Of eight lines, taken evenly from all texts, that are spun to learn from.",
)
@click.option("--seed", type=int, default=99, show_default=True, help="Of the spinning.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def topics_command(texts: tuple[str, ...], output: Path, documents: int, seed: int, quiet: bool) -> None:
    """Train the topic model on clean text, one paragraph a line, for the shipped model and dictionaries.

    TEXT is a file (.txt, .jsonl, either also .gz or .xz).
    """
    progress = TrainingProgress(quiet)
    train_topics(texts, output, documents, progress=progress.say, seed=seed, measure=progress.measure)
