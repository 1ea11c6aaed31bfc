"""Read a source and repair it: the one way from a file's bytes to repairs, for all commands.

Open it, find out what it is (compressed, binary, its encoding, its format), decode, find the
prose, repair it, put it back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from respin.edits import Repair
from respin.errors import InputError
from respin.files.find import STANDARD_INPUT, ByteStream, Found, open_source
from respin.files.sniff import Peeked, sniff
from respin.files.stream import AUTO, read_lines
from respin.formats import AUTO as AUTO_FORMAT
from respin.formats import format_for, format_name
from respin.formats.detect import FormatDetector
from respin.formats.extract import extract_article
from respin.formats.mapping import D, FormattedDocument, Together, one_by_one
from respin.formats.passages import Format
from respin.run.settings import Settings
from respin.text.lines import Line, split_lines

if TYPE_CHECKING:
    from respin.engine.repairer import Repairer

_ANY_BYTE: Final = "latin-1"
"""The encoding in which bytes of whatever kind pass through."""


@dataclass(slots=True)
class Opened:
    """A source that is open.

    ``encoding`` has its byte order resolved; that of a binary source takes any byte. ``state`` is that of
    the file when it was opened, ``None`` for standard input. ``compression`` is named if the source is
    read through one. ``warnings`` and ``details`` are for the user, and grow while the source is read.
    """

    encoding: str
    stream: ByteStream
    state: os.stat_result | None = None
    compression: str | None = None
    is_binary: bool = False
    warnings: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    kind: str | None = "plain"
    """The name of the format; ``None``: :meth:`told` tells it from the content."""
    _name: str = ""
    _bytes: Peeked | None = None
    _groups: Iterator[list[Line]] = field(default_factory=lambda: iter(()))
    _format: Format | None = None
    _document: FormattedDocument[Any] | None = None

    def lines(self) -> Iterator[list[Line]]:
        """Its lines as they come, for who does not want :meth:`groups`.

        Raises:
            OSError: the source can't be read on.
            InputError: it is undecodable.
        """
        return self._groups

    def told(self) -> str:
        """The name of its format, told from as many lines as that takes. They are read again by others.

        Raises:
            OSError, InputError: as :meth:`lines`.
        """
        if self.kind is None:
            detector = FormatDetector(format_name(None, self._name))
            held: list[list[Line]] = []
            for lines in self._groups:
                held.append(lines)
                self.kind = next(filter(None, (detector.see(line.text) for line in lines)), None)
                if self.kind is not None:
                    break
            self._groups = chain(held, self._groups)
            self.kind = self.kind or detector.end()
        return self.kind

    @property
    def has_more(self) -> bool:
        """Whether its next lines need no other look at the stream, or may need none."""
        return self.compression is not None or (self._bytes is not None and bool(self._bytes.start))

    def groups(self) -> Iterator[Iterator[Repair]]:
        """The repairs, group by group as the source gives them; each group is to be read before the next.

        Raises:
            OSError: the source can't be read on.
            InputError: it is undecodable, or there is no article in it.
        """
        if self._document is None:
            for lines in self._groups:
                yield (Repair(line.text) for line in lines)
            return
        for lines in self._groups:
            yield self._document.feed(lines)
        yield self._document.finish()

    def chosen(self, kind: str) -> None:
        """Take note of the format that it is read as."""
        detail = f"read as {kind}, {self.encoding}"
        if detail not in self.details:
            self.details.append(detail)

    def chunk(self, repairs: Iterable[Repair]) -> Chunk:
        """The next repairs, with what there is to say meanwhile."""
        listed = list(repairs)
        said, noted = tuple(self.warnings), tuple(self.details)
        self.warnings.clear()
        self.details.clear()
        return Chunk(self.encoding, self.state, listed, said, noted, self.compression)

    def escape(self, text: str, source: str) -> str:
        """A wording that a person typed, as it must be written to stand in ``source``."""
        return text if self._format is None else self._format.escape(text, source)


_LARGEST_PAGE: Final = 64 << 20
"""Bytes of a page that an article is taken out of: all of it is held in memory, several times over."""


@contextmanager
def opened(
    found: Found,
    settings: Settings,
    new_document: Callable[[], D],
    stream: ByteStream | None = None,
    together: Together[D] = one_by_one,
) -> Iterator[Opened]:
    """Open a source and find out what it is.

    Args:
        new_document: gives what repairs an article.
        stream: what to read in place of the source.
        together: repairs lines of several articles.

    Raises:
        OSError: it can't be opened, or is compressed in a way that can't be read.
        InputError: there is no article in it.
        SettingsError: there is no such format.
    """
    is_stdin = found.path == STANDARD_INPUT
    with open_source(found.path) if stream is None else nullcontext(stream) as file:
        source = Opened(settings.encoding, file)
        if not is_stdin and stream is None:
            source.state = os.fstat(file.fileno())
        name = (settings.stdin_filename or "") if is_stdin else found.path
        content = sniff(file, None if settings.encoding == AUTO else settings.encoding, is_text=settings.text)
        source.compression, source._bytes = content.compression, content.stream
        if content.compression is not None:
            source.details.append(f"read through {content.compression}")
            name = os.path.splitext(name)[0]
        if content.encoding is None:
            if settings.extract:
                raise InputError("binary; there is no article in it")
            source.encoding, source.is_binary = _ANY_BYTE, True
            source.warnings.append("binary, skipped (--text reads it all the same)")
            source._groups = _decoded(content.stream, source)
        else:
            source.encoding = content.encoding
            if settings.extract:
                source._groups = _extracted(content.stream, source)
            else:
                source._groups = _decoded(content.stream, source)
            kind = "plain" if settings.extract else settings.input_format
            source.kind, source._name = (None if kind == AUTO_FORMAT else kind), name
            source._format = format_for(
                kind,
                name,
                fields=settings.field,
                field_format=settings.field_format,
                warn=source.warnings.append,
                chosen=source.chosen,
            )
            source._document = FormattedDocument(new_document, source._format, together)
        yield source


def _decoded(stream: Peeked, source: Opened) -> Iterator[list[Line]]:
    for lines, encoding in read_lines(stream, source.encoding):
        source.encoding = encoding
        yield lines


def _extracted(stream: Peeked, source: Opened) -> Iterator[list[Line]]:
    """The lines of the article in a page; what the page's encoding was shows no more."""
    page = bytearray()
    while chunk := stream.read1(1 << 20):
        page += chunk
        if len(page) > _LARGEST_PAGE:
            raise InputError(f"larger than {_LARGEST_PAGE >> 20} MiB, too large a page for --extract")
    source.encoding = "utf-8"
    if page:
        yield split_lines(extract_article(bytes(page)))


class Chunk(NamedTuple):
    """The next repairs of a source.

    ``encoding``, ``state`` and ``compression`` are as in :class:`Opened`, the same in all chunks of a
    source. ``warnings`` are for the user, ``details`` for the curious one.
    """

    encoding: str
    state: os.stat_result | None
    repairs: list[Repair]
    warnings: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    compression: str | None = None


def repaired(found: Found, settings: Settings, repairer: Repairer) -> Iterator[Chunk]:
    """The repairs of a source as they come, in at least one chunk.

    Raises:
        OSError, InputError, SettingsError: as :func:`opened`.
    """
    with opened(found, settings, repairer.document, together=repairer.together) as source:
        yield from chunks(source, repairer)


def chunks(source: Opened, repairer: Repairer) -> Iterator[Chunk]:
    """The repairs of an open source as they come, in at least one chunk.

    Raises:
        OSError, InputError: as :meth:`Opened.groups`.
    """
    is_first = True
    for group in source.groups():
        # A second opinion takes its time: each line is passed on as soon as it is there.
        for part in (group,) if not repairer.has_second else ((repair,) for repair in group):
            made = source.chunk(part)
            if is_first or made.repairs or made.warnings or made.details:
                yield made
            is_first = False
    if is_first or source.warnings or source.details:
        yield source.chunk(())
