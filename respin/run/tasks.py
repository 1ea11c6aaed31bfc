"""What there is to do for several processes: whole files, and parts of sources that hold many documents."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import NamedTuple

from respin.engine.repairer import Repairer
from respin.errors import InputError
from respin.files.find import STANDARD_INPUT, Found, Unreadable
from respin.formats.division import division_for
from respin.run.parts import Cutter, LongDocument, Part, PartReader, PartRepairs, may_be_cut, new_format
from respin.run.reading import Chunk, Opened, chunks, opened
from respin.run.settings import Settings
from respin.text.lines import Line


class SourceAtWork:
    """A source that is worked on. If it is given up, no more of it is read."""

    def __init__(self, found: Found | Unreadable) -> None:
        self.found = found
        self.is_given_up = False

    def chunk_of(self, part: PartRepairs) -> Chunk:
        """The repairs of its next part."""
        raise NotImplementedError


class CutSource(SourceAtWork):
    """A source of which processes repair parts; what they can't know is known here."""

    def __init__(self, found: Found, source: Opened, kind: str, settings: Settings, repairer: Repairer) -> None:
        super().__init__(found)
        self._opened, self._kind, self._settings, self._repairer = source, kind, settings, repairer
        self._format = new_format(kind, settings, source.warnings.append)
        source.chosen(kind)

    def chunk_of(self, part: PartRepairs) -> Chunk:
        """The repairs of its next part."""
        self._format.add(part.tally)
        self._opened.warnings += part.warnings
        return self._opened.chunk(part.repairs)

    def read(self, document: LongDocument) -> Iterator[Chunk]:
        """The repairs of a long document, in this process."""
        reader = PartReader(self._kind, document.place, self._settings, self._repairer, self._opened.warnings.append)
        for group in reader.groups(document.groups):
            yield self._opened.chunk(group)
        self._format.add(reader.tally())

    def end(self) -> Iterator[Chunk]:
        """What there is to say of the whole."""
        list(self._format.finish())
        yield self._opened.chunk(())


class Task(NamedTuple):
    """Something to do, which comes to the next chunks of a source.

    Either another process does it, or ``here`` gives the chunks. ``is_last`` is the last task of its source.
    """

    source: SourceAtWork
    job: Found | Part | None = None
    here: Iterator[Chunk] = iter(())
    is_last: bool = True


class Wait(NamedTuple):
    """Said before something that may have to wait: for a stream, or else for all tasks so far."""

    descriptor: int | None = None


def tasks(
    all_found: Iterable[Found | Unreadable], settings: Settings, repairer: Repairer
) -> Generator[Task | Wait, None, None]:
    """The tasks for all sources, in order."""
    for found in all_found:
        if isinstance(found, Unreadable):
            yield Task(SourceAtWork(found))
        elif found.path == STANDARD_INPUT:
            # It is read here, and nobody knows when it comes.
            yield Wait()
            yield from _tasks_of(found, settings, repairer)
        elif may_be_cut(found, settings):
            yield from _tasks_of(found, settings, repairer)
        else:
            yield Task(SourceAtWork(found), found)


def _tasks_of(found: Found, settings: Settings, repairer: Repairer) -> Iterator[Task | Wait]:
    source = SourceAtWork(found)
    try:
        with opened(found, settings, repairer.document, together=repairer.together) as read:
            descriptor = _descriptor(read) if found.path == STANDARD_INPUT else None
            kind = read.told()
            division = division_for(kind)
            if division is not None:
                source = cut = CutSource(found, read, kind, settings, repairer)
                lines = _unless_given_up(source, read.lines())
                for part in Cutter(kind, lines, division).parts():
                    if isinstance(part, LongDocument):
                        yield Task(source, here=cut.read(part), is_last=False)
                        yield Wait()
                    else:
                        yield Task(source, part, is_last=False)
                        if descriptor is not None and not read.has_more:
                            yield Wait(descriptor)
                yield Task(source, here=cut.end())
            elif found.path == STANDARD_INPUT:
                yield Task(source, here=chunks(read, repairer))
            else:
                yield Task(source, found)
    except (OSError, InputError) as error:
        yield Task(source, here=_failing(error))


def _descriptor(read: Opened) -> int | None:
    """What can be asked whether there is more to read."""
    try:
        return read.stream.fileno()
    except (OSError, ValueError):  # no file of the system
        return None


def _unless_given_up(source: SourceAtWork, groups: Iterator[list[Line]]) -> Iterator[list[Line]]:
    while not source.is_given_up and (lines := next(groups, None)) is not None:
        yield lines


def _failing(error: Exception) -> Iterator[Chunk]:
    raise error
    yield
