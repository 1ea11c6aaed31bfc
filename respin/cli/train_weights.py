"""The commands ``respin train weights`` and ``respin train spin``: arguments and files; no method."""

from __future__ import annotations

import datetime
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import click

from respin.dictionary.index import DEFAULT, Dictionary
from respin.engine.repairer import Repairer
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.fit import Bench, calibrate, fit, operating_points, reliability
from respin.train.weights.score import Gold, read_annotated

LINES_A_DOCUMENT = 12
"""Lines of running text that are taken for one document where a file does not mark them."""

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
    """Every third document as it is, the others spun."""
    spinner = Spinner(dictionary, seed=seed)
    for number, lines in enumerate(documents):
        if number % 3 == 2:
            yield [(line, []) for line in lines]
        else:
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


@click.command("weights")
@click.argument("texts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--annotated",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A spun article with its originals marked, {{spun=>original}}; weighs as much as all TEXT.  [repeatable]",
)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Weights file.")
@click.option("--max-documents", type=click.IntRange(min=2), default=240, show_default=True, help="Of TEXT.")
@click.option("--max-damage", type=click.FloatRange(min=0), default=0.1, show_default=True, help="Per 1,000 words.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the spinning.")
def weights_command(
    texts: tuple[Path, ...],
    annotated: tuple[Path, ...],
    output: Path,
    max_documents: int,
    max_damage: float,
    seed: int,
) -> None:
    """Fit the decoder's weights to clean TEXT, which is spun here, and to annotated articles.

    TEXT must not be text that the language model was trained on. Documents are dealt out in turn
    to a tune and a check part; the figures in the file are those of the check part.
    """
    repairer = Repairer()
    dictionary, model = repairer.dictionary, repairer.model
    source = islice((document for path in texts for document in read_documents(path)), max_documents)
    documents = [(d, "generated") for d in spin_documents(dictionary, source, seed)]
    for path in annotated:
        documents.append(([read_annotated(line) for line in path.read_text("utf-8").splitlines()], "annotated"))
    parts = []
    for part in (0, 1):
        # In threes, as every third generated document is clean: each part gets its share of these.
        chosen = [pair for number, pair in enumerate(documents) if number // 3 % 2 == part]
        parts.append(Bench(dictionary, model, [d for d, _ in chosen], [group for _, group in chosen]))
    tune, check = parts

    def report(message: str) -> None:
        click.echo(message, err=True)

    weights = fit(tune, repairer.weights, max_damage=max_damage, report=report)
    slope, shift = calibrate(tune.verdicts(weights))
    weights = replace(weights, sharpness=round(slope, 4), shift=round(shift, 4))
    default, conservative, aggressive, curve = operating_points(tune, weights)
    weights = replace(weights, threshold=default, conservative=conservative, aggressive=aggressive)
    figures = check.measure(weights)
    table, error = reliability(check.verdicts(weights), weights.sharpness, weights.shift)
    record: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "data": [f"{path.name} crc32 {zlib.crc32(path.read_bytes()):08x}" for path in (*texts, *annotated)],
        "check": {
            "recall": round(figures.recall, 4),
            "precision": round(figures.precision, 4),
            "f0.5": round(figures.f05, 4),
            "damage": round(figures.damage, 3),
            "calibration error": round(error, 4),
        },
        "reliability": [[b.low, b.high, b.edits, round(b.confidence, 3), round(b.right, 3)] for b in table],
        "curve": [[t, round(f.recall, 4), round(f.precision, 4), round(f.f05, 4)] for t, f in curve],
        "weights": weights.as_dict(),
    }
    output.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    click.echo(json.dumps(record["check"]))
