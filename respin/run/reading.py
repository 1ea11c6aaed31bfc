"""Read a source and repair it: a stream of chunks, each with what the printers need to know."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from respin.edits import Repair
from respin.files.find import STANDARD_INPUT, ByteStream, Found, open_source
from respin.files.stream import read_lines
from respin.formats import format_for
from respin.formats.extract import extract_article
from respin.formats.mapping import FormattedDocument
from respin.run.settings import Settings
from respin.text.lines import Line, split_lines

if TYPE_CHECKING:
    from respin.engine.repairer import Repairer


class Chunk(NamedTuple):
    """The next repairs of a source.

    ``encoding`` is that of the source, with its byte order; ``state`` that of the file when it
    was opened, ``None`` for standard input. They are the same in all chunks of a source.
    ``warnings`` are for the user.
    """

    encoding: str
    state: os.stat_result | None
    repairs: list[Repair]
    warnings: tuple[str, ...] = ()


def repaired(found: Found, settings: Settings, repairer: Repairer) -> Iterator[Chunk]:
    """The repairs of a source as they come, in at least one chunk.

    Raises:
        OSError: the file can't be opened or read on.
        InputError: it is undecodable, or there is no article in the page.
    """
    warnings: list[str] = []

    def chunk(repairs: Iterable[Repair]) -> Chunk:
        listed = list(repairs)
        said = tuple(warnings)
        warnings.clear()
        return Chunk(encoding, state, listed, said)

    encoding = settings.encoding
    with open_source(found.path) as stream:
        state = None if found.path == STANDARD_INPUT else os.fstat(stream.fileno())
        name = (settings.stdin_filename or "") if found.path == STANDARD_INPUT else found.path
        kind = "plain" if settings.extract else None if settings.input_format == "auto" else settings.input_format
        format = format_for(kind, name, fields=settings.field, warn=warnings.append)
        document = FormattedDocument(repairer.document, format)
        empty = True
        groups = _extracted(stream) if settings.extract else read_lines(stream, encoding)
        for lines, encoding in groups:  # noqa: B007 - it goes into the chunks
            yield chunk(document.feed(lines))
            empty = False
        last = chunk(document.finish())
        if empty or last.repairs or last.warnings:
            yield last


def _extracted(stream: ByteStream) -> Iterator[tuple[list[Line], str]]:
    """The lines of the article in a page; what the page's encoding was shows no more."""
    page = stream.read()
    if page:
        yield split_lines(extract_article(page)), "utf-8"
