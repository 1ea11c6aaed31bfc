"""The corpus of nasty inputs in ``tests/engine/nasty``: TOML files that say how each input is put together.

    python -m benchmarks.nasty          # what takes longest, beside the benchmark's prose, spun
    python -m benchmarks.nasty --fast   # without the reader

A table is an input: ``parts`` are texts, or texts with how often they come, ``[["stated ", 3000]]``;
a part that starts with ``hex:`` gives bytes. ``format`` names the formats that it is meant for, by
default all of them. Times are processor time a byte, in relation to prose that was spun: words of a spinner stand in
nearly all of them, so that all is read, while most prose that was not spun is dismissed unread. Inputs of less than
2 kB are left out, as what every document costs is most of theirs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from respin import Repairer
from respin.dictionary.index import Dictionary
from respin.files.stream import read_lines
from respin.formats import NAMES, format_for
from respin.formats.mapping import FormattedDocument
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import read_annotated

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DIRECTORY: Final = Path(__file__).parent.parent / "tests" / "engine" / "nasty"


class Nasty(NamedTuple):
    """An input, and the formats that it is to be read as."""

    name: str
    data: bytes
    formats: tuple[str, ...]


def corpus() -> Iterator[Nasty]:
    """All inputs, by file and name."""
    for path in sorted(DIRECTORY.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text("utf-8")).items():
            data = b"".join(
                _bytes(part) if isinstance(part, str) else _bytes(part[0]) * part[1] for part in table["parts"]
            )
            yield Nasty(f"{path.stem}-{name}", data, tuple(table.get("format", NAMES)))


def _bytes(part: str) -> bytes:
    return bytes.fromhex(part[4:]) if part.startswith("hex:") else part.encode()


def seconds(repairer: Repairer, data: bytes, format: str, rounds: int = 3) -> float:
    """What a document takes: processor time, the least of some rounds."""
    least = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        document = FormattedDocument(repairer.document, format_for(format), repairer.together)
        for lines, _ in read_lines(BytesIO(data)):
            list(document.feed(lines))
        list(document.finish())
        least = min(least, time.process_time() - begun)
    return least


def main() -> None:
    """Print what is far slower than prose."""
    from benchmarks.accuracy import prose_articles

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fast", action="store_true", help="without the reader")
    parser.add_argument(
        "--least", type=float, default=3.0, metavar="X", help="leave out what is less than X times prose"
    )
    args = parser.parse_args()
    repairer = Repairer(mode="fast" if args.fast else "default")
    lines = [line for article in prose_articles() for line in article]
    spinner = Spinner(Dictionary.load(), SpinRules(unspun=0.0))
    units = []
    for text in (lines, [read_annotated(line)[0] for line in spinner.document(lines, 0)]):
        prose = "".join(f"{line}\n" for line in text).encode()
        seconds(repairer, prose, "plain")
        units.append(seconds(repairer, prose, "plain") / len(prose))
    clean, unit = units
    print(f"prose: {unit * 1e6:.2f} us a byte, {clean * 1e6:.2f} us where it was not spun")
    found = []
    for nasty in corpus():
        for format in nasty.formats if len(nasty.data) >= 2000 else ():
            ratio = seconds(repairer, nasty.data, format, rounds=1) / len(nasty.data) / unit
            if ratio >= args.least:
                ratio = min(ratio, seconds(repairer, nasty.data, format) / len(nasty.data) / unit)
            found.append((ratio, nasty.name, format, len(nasty.data)))
    for ratio, name, format, size in sorted(found, reverse=True):
        if ratio >= args.least:
            print(f"{ratio:5.1f}x {name} as {format}, {size:,} bytes")
    print(f"{len(found)} documents; {sum(ratio > 5 for ratio, *_ in found)} above five times prose")


if __name__ == "__main__":
    main()
