"""The commands ``respin train weights`` and ``respin train spin``: arguments and files; no method."""

from __future__ import annotations

import datetime
import json
import shlex
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import DEFAULT
from respin.engine.reader import Reader
from respin.engine.repairer import Repairer
from respin.engine.weights import Weights
from respin.errors import ModelError
from respin.neural.store import open_model
from respin.output.meter import Meter, is_watched
from respin.train.corpus import read_records
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.bench import Bench
from respin.train.weights.one_mode import fit_mode
from respin.train.weights.score import Gold, read_annotated

LINES_A_DOCUMENT = 12
"""Lines of running text that are taken for one document where a file does not mark them."""

if TYPE_CHECKING:
    from respin.engine.second_opinion import CausalModel
    from respin.train.weights.bench import Mode

Document = list[tuple[str, list[Gold]]]


def read_documents(path: Path) -> Iterator[list[str]]:
    """Documents of a text: the records of JSON Lines, or runs of lines up to a line of dashes, of a dozen at most."""
    lines = path.read_text("utf-8").splitlines()
    if path.suffix == ".jsonl":
        for paragraphs in read_records(lines, str(path)):
            yield [paragraph.strip() for paragraph in paragraphs]
        return
    document: list[str] = []
    for line in lines:
        text = line.strip()
        if len(document) >= LINES_A_DOCUMENT or (document and text and not text.strip("-")):
            yield document
            document = []
        if text.strip("-"):
            document.append(text)
    if document:
        yield document


def spin_documents(dictionary: Dictionary, documents: Iterable[Sequence[str]], seed: int) -> Iterator[Document]:
    """Each document as it is, and spun."""
    spinner = Spinner(dictionary, seed=seed)
    for number, lines in enumerate(documents):
        yield [(line, []) for line in lines]
        yield [read_annotated(line) for line in spinner.document(lines, number)]


@click.command("spin")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dictionary", "dictionaries", multiple=True, metavar="FILE|NAME", help="Instead of the shipped ones.")
@click.option("--unspun", type=click.FloatRange(0, 0.99), default=0.15, show_default=True, help="Share of lines left.")
@click.option("--known", type=click.FloatRange(0.01, 1), default=0.9, show_default=True, help="Share of groups used.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another spinning.")
def spin_command(text: Path, dictionaries: tuple[str, ...], unspun: float, known: float, seed: int) -> None:
    """Spin clean TEXT as the dictionary's spinner would, with the originals marked.

    Prints one paragraph a line, each spun span as {{spun=>original}}.
    """
    spinner = Spinner(Dictionary.load(dictionaries or DEFAULT), SpinRules(unspun, known), seed)
    for number, lines in enumerate(read_documents(text)):
        for line in spinner.document(lines, number):
            click.echo(line)


def _second(modes: Sequence[Mode]) -> CausalModel | None:
    """The model of the mode ``accurate``, if that is asked for, or no mode is and there is one."""
    if modes and "accurate" not in modes:
        return None
    try:
        return open_model()
    except ModelError:
        if modes:
            raise
        return None


def _annotated(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those of the folders."""
    for path in paths:
        yield from sorted(path.glob("*.gold.txt")) if path.is_dir() else [path]


def _command(context: click.Context) -> str:
    """The command as it was given, without what is the default anyway."""
    words = context.command_path.split()
    for parameter in context.command.get_params(context):
        value = context.params.get(parameter.name or "")
        if value == parameter.get_default(context) or value in ((), None):
            continue
        for one in value if isinstance(value, tuple) else (value,):
            words += [one] if isinstance(parameter, click.Argument) else [parameter.opts[-1], one]
    return shlex.join(map(str, words))


@click.command("weights")
@click.argument("texts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--annotated",
    multiple=True,
    metavar="FILE|FOLDER",
    type=click.Path(exists=True, path_type=Path),
    help="A spun article, {{spun=>original}}, or a folder of *.gold.txt; those of a folder weigh as much as all TEXT.",
)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Weights file.")
@click.option("--max-documents", type=click.IntRange(min=2), default=240, show_default=True, help="Of TEXT.")
@click.option("--max-damage", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Per 1,000 words.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the spinning.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice(["fast", "default", "accurate"]),
    help="Which judges' weights; if not given those of fast and default, and of accurate where its model is installed.",
)
@click.option("--reader", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Instead of the shipped.")
@click.option(
    "--start",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Weights that stay where nothing surely gains, and of which those come that are not fitted; by default the "
    "shipped ones.",
)
@click.pass_context
def weights_command(
    context: click.Context,
    texts: tuple[Path, ...],
    annotated: tuple[Path, ...],
    output: Path,
    max_documents: int,
    max_damage: float,
    seed: int,
    modes: tuple[Mode, ...],
    reader: Path | None,
    start: Path | None,
) -> None:
    """Fit the decoder's weights to clean TEXT, which is spun here, and to annotated articles.

    Modes are fitted one after the other, as each builds on the one before.

    Figures are means over the generated text and over the folders in which annotated articles lie.

    TEXT must not be text that the language model was trained on: JSON Lines, each record a document, or plain text.
    Documents are dealt out in turn to a tune and a check part. What the search finds on the first is taken only if the
    second gains by it more than twice the standard error. The figures in the file are those of the check
    part. The calibration is of both; its error is that of each part by a calibration on the other.
    """
    weights = Weights.load() if start is None else Weights.load(start)
    repairer = Repairer(weights=weights, reader=Reader(reader) if reader is not None else "shipped")
    second = _second(modes)
    source = islice((document for path in texts for document in read_documents(path)), max_documents)
    documents = [(d, "generated") for d in spin_documents(repairer.dictionary, source, seed)]
    golds = list(_annotated(annotated))
    for path in golds:
        documents.append(([read_annotated(line) for line in path.read_text("utf-8").splitlines()], path.parent.name))
    # In pairs: a generated document is in one part with what it was spun from.
    parts = [[pair for number, pair in enumerate(documents) if number // 2 % 2 == part] for part in (0, 1)]

    meter = Meter("step")

    def report(message: str) -> None:
        meter.clear()
        click.echo(message, err=True)

    def measure(done: int, total: int) -> None:
        if is_watched():
            meter.show(done, total)

    record: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "command": _command(context),
        "data": {
            f"{path.absolute().parent.name}/{path.name}": f"crc32 {zlib.crc32(path.read_bytes()):08x}"
            for path in (*texts, *golds)
        },
    }
    for mode in modes or (("fast", "default", "accurate") if second is not None else ("fast", "default")):
        tune, check = (Bench(repairer, [d for d, _ in part], [g for _, g in part], mode, second) for part in parts)
        weights, record[mode] = fit_mode(tune, check, weights, max_damage=max_damage, report=report, measure=measure)
        meter.clear()
        click.echo(json.dumps({mode: record[mode]["search"] | record[mode]["check"]}))
    record["weights"] = weights.as_dict()
    output.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
