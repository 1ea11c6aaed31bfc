"""Cut a source that holds many documents into parts, to be repaired by several processes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from respin.edits import Repair
from respin.errors import InputError
from respin.files.find import STANDARD_INPUT, Found
from respin.formats import format_for
from respin.formats.division import Divisible, Division
from respin.formats.mapping import FormattedDocument
from respin.formats.passages import Warn
from respin.run.settings import Settings
from respin.text.lines import Line, split_lines

if TYPE_CHECKING:
    from respin.engine.repairer import Repairer

WORTH_IT: Final = 1 << 18
"""Bytes from which on a file may be cut; a smaller one is repaired as a whole."""

MOST_HELD: Final = 1 << 20
"""Code points of a part that are held in memory. A longer document is repaired while it is read."""


class Part(NamedTuple):
    """Some documents of a source, for a process that never saw it.

    ``kind`` is the name of the source's format, and ``place`` says where in it the part begins. It ends
    where a document does, unless the source could not be read on.
    """

    kind: str
    place: Any
    text: str
    is_whole: bool = True


class PartRepairs(NamedTuple):
    """What a part came to: its repairs, what there is to say of it, and what is to be added up with other parts."""

    repairs: list[Repair]
    warnings: list[str]
    tally: Any


class LongDocument(NamedTuple):
    """A part that is too long to be held: its lines are read when they are asked for, before any other part."""

    place: Any
    groups: Iterator[list[Line]]


def may_be_cut(found: Found, settings: Settings) -> bool:
    """Whether it is worth a look if a source can be cut into parts."""
    if settings.extract:
        return False
    if found.path == STANDARD_INPUT:
        return True
    try:
        return os.stat(found.path).st_size >= WORTH_IT
    except OSError:
        return False  # it fails when its turn comes


class Cutter:
    """Cuts what is read of a source, as soon as it is read, and as far as documents end in it.

    Args:
        groups: all lines of the source, as they come.
        division: of the source's format.
    """

    def __init__(self, kind: str, groups: Iterator[list[Line]], division: Division) -> None:
        self._kind, self._groups, self._division = kind, groups, division
        self._held: list[Line] = []
        self._size = 0
        self._place = division.place

    def parts(self) -> Iterator[Part | LongDocument]:
        """The parts in order; a long document is to be read to its end before the next one is asked for.

        Raises:
            OSError, InputError: the source can't be read on; what was read of it is in the parts.
        """
        try:
            yield from self._parts()
        except (OSError, InputError):
            if self._held:
                yield self._part(self._place, self._held)._replace(is_whole=False)
            raise
        if self._held:
            yield self._part(self._place, self._held)

    def _parts(self) -> Iterator[Part | LongDocument]:
        for lines in self._groups:
            begun = self._place
            at = self._last_cut(lines)
            if at is not None:
                whole = self._held + lines[:at]
                self._hold(lines[at:])
                if whole:
                    yield self._part(begun, whole)
                continue
            self._held += lines
            self._size += sum(len(line.text) for line in lines)
            if self._size > MOST_HELD:
                yield LongDocument(begun, self._rest_of_document())

    def _part(self, place: Any, lines: list[Line]) -> Part:
        return Part(self._kind, place, "".join([line.text for line in lines]))

    def _rest_of_document(self) -> Iterator[list[Line]]:
        held = self._held
        self._hold([])
        yield held
        for lines in self._groups:
            at = self._last_cut(lines)
            if at is not None:
                self._hold(lines[at:])
                yield lines[:at]
                return
            yield lines

    def _last_cut(self, lines: list[Line]) -> int | None:
        """The number of lines before the last place where a document begins, which is noted."""
        last = None
        for number, line in enumerate(lines):
            at = self._division.cut(line.text)
            if at is not None:
                last, self._place = number + at, self._division.place
        return last

    def _hold(self, lines: list[Line]) -> None:
        self._held, self._size = lines, sum(len(line.text) for line in lines)


class PartReader:
    """Reads a part of a source, or a long document of it, with a format object of its own.

    Args:
        kind: the name of the source's format.
        place: where the part begins.
        warn: takes what there is to say of it.
    """

    def __init__(self, kind: str, place: Any, settings: Settings, repairer: Repairer, warn: Warn) -> None:
        self._format = new_format(kind, settings, warn)
        self._format.begin(place)
        self._document = FormattedDocument(repairer.document, self._format, repairer.together)

    def groups(self, groups: Iterable[list[Line]], *, is_whole: bool = True) -> Iterator[Iterator[Repair]]:
        """The repairs, group by group; each is to be read before the next."""
        for lines in groups:
            yield self._document.feed(lines)
        if is_whole:
            yield self._document.finish()

    def tally(self) -> Any:
        """What is to be added up with other parts, when all was read."""
        return self._format.tally()


def new_format(kind: str, settings: Settings, warn: Warn) -> Divisible:
    """A format object for a source that can be cut, or for a part of it."""
    return cast(Divisible, format_for(kind, fields=settings.field, field_format=settings.field_format, warn=warn))


def repaired_part(part: Part, settings: Settings, repairer: Repairer) -> PartRepairs:
    """Repair a part."""
    warnings: list[str] = []
    reader = PartReader(part.kind, part.place, settings, repairer, warnings.append)
    groups = reader.groups([split_lines(part.text)], is_whole=part.is_whole)
    return PartRepairs([repair for group in groups for repair in group], warnings, reader.tally())
