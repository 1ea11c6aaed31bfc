"""Real pages, out of packages that test with them: their prose spun in its place, and what a repair does to the rest.

No page is kept here. `pages` reads them from the packages' archives as the registries give them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple

from respin.formats import format_for
from respin.text.lines import split_lines
from respin.train.spin import Spinner
from respin.train.weights.score import Gold, read_annotated

_SUFFIXES: Final = (".html", ".htm")
_SPACE: Final = re.compile(r"\s")
_LEAST_WORDS: Final = 8
"""Of a stretch of text that is spun."""


class Page(NamedTuple):
    """A page, as it came."""

    name: str
    data: bytes


class Stretch(NamedTuple):
    """Text between two tags or references, spun, and where it stands in the page and in its prose."""

    in_page: int
    in_prose: int
    text: str
    golds: list[Gold]


class SpunPage(NamedTuple):
    """A page whose prose was spun: its source, and the same as plain text, a passage a line."""

    name: str
    source: str
    prose: str
    stretches: list[Stretch]


def pages(places: Iterable[Path]) -> Iterator[Page]:
    """The pages in folders and in packed folders (tar), by name."""
    for place in sorted(places):
        if place.is_dir():
            for path in sorted(place.rglob("*")):
                if path.suffix in _SUFFIXES and path.is_file():
                    yield Page(str(path.relative_to(place)), path.read_bytes())
            continue
        with tarfile.open(place) as archive:
            for member in sorted(archive, key=lambda member: member.name):
                if member.isfile() and member.name.endswith(_SUFFIXES):
                    file = archive.extractfile(member)
                    assert file is not None
                    yield Page(member.name, file.read())


def spun(page: Page, spinner: Spinner, number: int) -> SpunPage:
    """The page with its longer stretches of text spun; between tags and references, so that all of these stay."""
    reader = format_for("html", page.name)
    source, prose = _Text(), _Text()
    stretches: list[Stretch] = []
    lines = split_lines(page.data.decode("utf-8", "surrogateescape"))
    for passage in (*reader.feed(lines), *reader.finish()):
        at = 0
        for start, end, reads in passage.runs:
            text = passage.source[start:end]
            source.add(passage.source[at:start])
            if reads is None and len(text.split()) >= _LEAST_WORDS:
                text, golds = read_annotated("".join(spinner.document([text], number)))
                stretches.append(Stretch(source.size, prose.size, text, golds))
            source.add(text)
            prose.add(_SPACE.sub(" ", text if reads is None else reads))
            at = end
        source.add(passage.source[at:])
        if passage.runs:
            prose.add("\n")
    return SpunPage(page.name, "".join(source.parts), "".join(prose.parts), stretches)


class _Text:
    """A text that grows."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def add(self, part: str) -> None:
        """Put a part behind what is there."""
        self.parts.append(part)
        self.size += len(part)


class _Skeleton(HTMLParser):
    """The tags, comments and scripts of a page as the standard library reads them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """A start tag as it is written."""
        self.seen.append(self.get_starttag_text() or tag)

    def handle_endtag(self, tag: str) -> None:
        """An end tag."""
        self.seen.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.seen.append(data)

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self.seen.append(decl)

    def handle_data(self, data: str) -> None:
        """What stands in a script or style."""
        if self.cdata_elem is not None:
            self.seen.append(data)


def skeleton(page: str) -> list[str]:
    """All of a page that is not text, in order, by another reader than ours."""
    parser = _Skeleton()
    parser.feed(page)
    parser.close()
    return parser.seen


def by_command(texts: Sequence[SpunPage]) -> Iterator[tuple[str, list[str]]]:
    """What comes out of the command, of standard input and of files, page for page."""
    command = [sys.executable, "-m", "respin", "-q"]
    datas = [page.source.encode("utf-8", "surrogateescape") for page in texts]
    outputs = [subprocess.run(command, input=data, capture_output=True, check=True).stdout for data in datas]
    yield "standard input", [_decoded(data) for data in outputs]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.html") for number in range(len(texts))]
        for path, data in zip(paths, datas, strict=True):
            path.write_bytes(data)
        subprocess.run([*command, "-w", *map(str, paths)], check=True)
        yield "file", [_decoded(path.read_bytes()) for path in paths]


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
