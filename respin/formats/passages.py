"""What a document format says about a text: which stretches of it are prose, and what they read as.

A format cuts a document into passages. All passages joined give the document, character by
character, so that whatever the repair leaves alone comes out as it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from respin.text.lines import Line

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

    def forget_runs(self) -> None:
        """Take the runs so far for no prose, as they hold none."""
        self._runs, self.is_blank = [], True

    def take(self, *, new_document: bool = False) -> Passage:
        """The passage; the builder starts the next one. Runs without a single letter are dropped."""
        source = "".join(self._parts)
        has_letters = not self.is_blank and any(
            any(map(str.isalpha, source[start:end] if prose is None else prose)) for start, end, prose in self._runs
        )
        passage = Passage(source, tuple(self._runs) if has_letters else (), new_document)
        self._parts, self._runs, self.size, self.is_blank = [], [], 0, True
        return passage
