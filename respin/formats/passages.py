"""What a document format says about a text: which stretches of it are prose, and what they read as.

A format cuts a document into passages. All passages joined give the document, character by
character, so that whatever the repair leaves alone comes out as it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol
from unicodedata import combining, normalize

from respin.text.lines import Line
from respin.text.look_through import clusters, is_read_as_written

STAND_IN: Final = "\ufffc"
"""What the repairer reads in place of something that has a place in the sentence but is no prose:
inline code, an image, a formula. To the tokenizer it is a mark, so no phrase reaches across it."""

Warn = Callable[[str], None]
"""Takes a remark for the user, without the name of the file."""


class Run(NamedTuple):
    """A range of a passage's source, in code points, that is read as prose.

    ``prose`` is ``None`` where the source is read as it stands. Otherwise it is what the range
    stands for (``&rsquo;`` for an apostrophe, ``\\n`` in a JSON string for a line break), and the
    range can only be replaced as a whole.
    """

    start: int
    end: int
    prose: str | None = None


Escape = Callable[[str, str], str]
"""Writes a text as it must stand in a source, see :meth:`Format.escape`."""


class Unwritable(ValueError):
    """A text that can't stand in a source at all; the edit is not made."""


class Passage(NamedTuple):
    """The next stretch of a document, exactly as it came.

    The ``runs``, in order, make one line for the repairer; what lies between them (tags, markers)
    is not seen and not touched. Without runs the passage is passed on as it is. ``new_document``
    says that an article of its own begins here, which has nothing to do with the text before.
    ``escape`` is for a passage that is written otherwise than the rest of its document, such as
    HTML in a field of JSON; ``None``: as its format says.
    """

    source: str
    runs: tuple[Run, ...] = ()
    new_document: bool = False
    escape: Escape | None = None


def prose_of(passage: Passage) -> str:
    """What the repairer reads: all runs of a passage in one line."""
    source, runs = passage.source, passage.runs
    if len(runs) == 1 and runs[0].prose is None:
        return source[runs[0].start : runs[0].end]
    return "".join(source[start:end] if prose is None else prose for start, end, prose in runs)


class Format(Protocol):
    """Finds the prose in a document that streams by. One object reads one document."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that ``lines`` complete. How the lines are grouped into calls makes no difference."""

    def finish(self) -> Iterator[Passage]:
        """What is left at the end of the document."""

    def escape(self, text: str, source: str) -> str:
        """``text`` as it must be written to stand in ``source``, a passage of this format.

        Raises:
            Unwritable: it can't stand there in any way.
        """


def seen(source: str, runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs, with what a reader does not see between letters taken out (`respin.text.look_through`)."""
    if is_read_as_written(source) and all(prose is None or prose.isascii() for _, _, prose in runs):
        return tuple(runs)
    found: list[Run] = []
    for run in runs:
        start, end, prose = run
        if prose is not None:
            if not prose.isascii():
                if found and found[-1].end == start and all(map(combining, prose)):
                    _merge(found, source, run)
                    continue
                for begin, close, reads in reversed(list(clusters(prose, 0, len(prose)))):
                    prose = prose[:begin] + reads + prose[close:]
            found.append(Run(start, end, prose))
            continue
        for begin, close, reads in clusters(source, start, end):
            if begin > start:
                found.append(Run(start, begin))
            found.append(Run(begin, close, reads))
            start = close
        if start < end:
            found.append(Run(start, end))
    return tuple(found)


def _merge(runs: list[Run], source: str, marks: Run) -> None:
    """Join a mark that is a run of its own (an accent as a reference) with the letter before it."""
    start, end, prose = runs.pop()
    if prose is None:
        if end - start > 1:
            runs.append(Run(start, end - 1))
        start, prose = end - 1, source[end - 1]
    runs.append(Run(start, marks.end, normalize("NFC", prose + (marks.prose or ""))))


class PassageBuilder:
    """Builds a passage from left to right."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self.size = 0
        """Length of the passage so far, in code points."""
        self.is_blank = True
        """Whether no run so far holds anything but white space."""

    def skip(self, source: str) -> None:
        """Add something that is no prose."""
        self._parts.append(source)
        self.size += len(source)

    def read(self, source: str, prose: str | None = None) -> None:
        """Add a run: ``source``, which reads as ``prose``, or as it stands where that is ``None``."""
        if not source:
            return
        self._runs.append(Run(self.size, self.size + len(source), prose))
        self.is_blank = self.is_blank and (source if prose is None else prose).isspace()
        self.skip(source)

    def stand_in(self) -> None:
        """Mark the place of something that is no prose but has a place in the sentence."""
        self._runs.append(Run(self.size, self.size, STAND_IN))

    def read_as(self, start: int, prose: str) -> None:
        """Take what was added from ``start`` on, as no prose, to read as ``prose``."""
        self._runs.append(Run(start, self.size, prose))

    def forget_runs(self) -> None:
        """Take the runs so far for no prose, as they hold none."""
        self._runs, self.is_blank = [], True

    def take(self, *, new_document: bool = False) -> Passage:
        """The passage; the builder starts the next one. Runs without a single letter are dropped."""
        source = "".join(self._parts)
        has_letters = not self.is_blank and any(
            any(map(str.isalpha, source[start:end] if prose is None else prose)) for start, end, prose in self._runs
        )
        passage = Passage(source, seen(source, self._runs) if has_letters else (), new_document)
        self._parts, self._runs, self.size, self.is_blank = [], [], 0, True
        return passage
