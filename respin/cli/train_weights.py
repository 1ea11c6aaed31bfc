"""The commands ``respin train weights`` and ``respin train spin``: arguments and files; no method."""

from __future__ import annotations

import datetime
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import DEFAULT
from respin.engine.reader import Reader
from respin.engine.repairer import Repairer
from respin.errors import ModelError
from respin.neural.store import open_model
from respin.output.meter import Meter, is_watched
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.bench import Bench
from respin.train.weights.calibration import cross_calibrated, operating_point, reliability
from respin.train.weights.fit import fit
from respin.train.weights.score import Gold, read_annotated

LINES_A_DOCUMENT = 12
"""Lines of running text that are taken for one document where a file does not mark them."""

if TYPE_CHECKING:
    from respin.engine.second_opinion import CausalModel
    from respin.train.weights.bench import Mode

Document = list[tuple[str, list[Gold]]]


def read_documents(path: Path) -> Iterator[list[str]]:
    """Documents of a text file: runs of lines between blank lines or dashes, or of a dozen lines."""
    document: list[str] = []
    for line in path.read_text("utf-8").splitlines():
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


@click.command("weights")
@click.argument("texts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--annotated",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A spun article, {{spun=>original}}; those of a folder weigh as much as all TEXT.  [repeatable]",
)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Weights file.")
@click.option("--max-documents", type=click.IntRange(min=2), default=240, show_default=True, help="Of TEXT.")
@click.option("--max-damage", type=click.FloatRange(min=0), default=0.1, show_default=True, help="Per 1,000 words.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the spinning.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice(["fast", "default", "accurate"]),
    help="Which judges' weights; if not given those of fast and default, and of accurate where its model is installed.",
)
@click.option("--reader", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Instead of the shipped.")
def weights_command(
    texts: tuple[Path, ...],
    annotated: tuple[Path, ...],
    output: Path,
    max_documents: int,
    max_damage: float,
    seed: int,
    modes: tuple[Mode, ...],
    reader: Path | None,
) -> None:
    """Fit the decoder's weights to clean TEXT, which is spun here, and to annotated articles.

    Modes are fitted one after the other, as each builds on the one before.

    Figures are means over the generated text and over the folders in which annotated articles lie.

    TEXT must not be text that the language model was trained on. Documents are dealt out in turn
    to a tune and a check part; the figures in the file are those of the check part. The calibration is of both; its
    error is that of each part by a calibration on the other.
    """
    repairer = Repairer(reader=Reader(reader) if reader is not None else "shipped")
    second = _second(modes)
    source = islice((document for path in texts for document in read_documents(path)), max_documents)
    documents = [(d, "generated") for d in spin_documents(repairer.dictionary, source, seed)]
    for path in annotated:
        documents.append(([read_annotated(line) for line in path.read_text("utf-8").splitlines()], path.parent.name))
    # In pairs: a generated document is in one part with what it was spun from.
    parts = [[pair for number, pair in enumerate(documents) if number // 2 % 2 == part] for part in (0, 1)]
    weights = repairer.weights

    meter = Meter("step")

    def report(message: str) -> None:
        meter.clear()
        click.echo(message, err=True)

    def measure(done: int, total: int) -> None:
        if is_watched():
            meter.show(done, total)

    record: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "data": [f"{path.name} crc32 {zlib.crc32(path.read_bytes()):08x}" for path in (*texts, *annotated)],
    }
    for mode in modes or (("fast", "default", "accurate") if second is not None else ("fast", "default")):
        tune, check = (Bench(repairer, [d for d, _ in part], [g for _, g in part], mode, second) for part in parts)
        weights = fit(tune, weights, max_damage=max_damage, report=report, measure=measure)
        meter.clear()
        halves = tune.verdicts(weights), check.verdicts(weights)
        point, curve = operating_point(tune, weights, [*halves[0], *halves[1]])
        fitted: dict[str, Any] = {mode: point}
        weights = replace(weights, **fitted)
        figures = check.measure(weights)
        table, error = reliability(cross_calibrated(halves), 1.0, 0.0)
        record[mode] = {
            "check": {
                "recall": round(figures.recall, 4),
                "precision": round(figures.precision, 4),
                "f0.5": round(figures.f05, 4),
                "damage": round(figures.damage, 3),
                "calibration error": round(error, 4),
            },
            "reliability": [[b.low, b.high, b.edits, round(b.confidence, 3), round(b.right, 3)] for b in table],
            "curve": [[t, round(f.recall, 4), round(f.precision, 4), round(f.f05, 4)] for t, f in curve],
        }
        click.echo(json.dumps({mode: record[mode]["check"]}))
    record["weights"] = weights.as_dict()
    output.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
