"""One document while it streams by: what its words alone rule out is passed on, the rest is read.

Nothing that reads is loaded before a line is to be read; most documents are clean, and many of a command's are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from respin.edits import Repair
from respin.engine.gate import GateState
from respin.text.lines import Line

if TYPE_CHECKING:
    from respin.engine.article import Article, Judgement
    from respin.engine.repairer import Repairer

_LOOK: Final = 4
"""Lines of an article that are read first, whatever the gate says of them; none where newsroom is taken for granted."""
_CLOSED, _OPEN = 16, 64
"""Lines after which it is asked again whether the article looks spun, while the gate is closed and while it is open."""

BATCH: Final = 1 << 16
"""Code points of lines that are decoded together. It bounds memory and has no influence on the output."""


class Trace(Protocol):
    """Told what each line of prose came to, in order."""

    def note(self, judgement: Judgement) -> None:
        """Take note of a line."""


class Document:
    """One article, to be fed its lines as they come.

    The output does not depend on how the lines are grouped into calls; more lines a call are faster.

    Args:
        repairer: dictionary, models and weights.
        trace: told of each line of prose; it has no influence on the repair.
    """

    def __init__(self, repairer: Repairer, trace: Trace | None = None) -> None:
        self._repairer, self._trace = repairer, trace
        # Whoever wants to know why is told of all lines.
        gate = repairer.gate if trace is None else None
        self._gate = None if gate is None else GateState(gate, fast=True, others=not repairer.is_newsroom)
        self._is_open = not repairer.is_newsroom
        """Whether the gate lets all lines through."""
        self._until = _LOOK
        """Lines before it is asked again whether the article looks spun."""
        self._dismissed = 0
        """Lines since the last one that was not dismissed."""

    @cached_property
    def _article(self) -> Article:
        from respin.engine.article import Article

        return Article(self._repairer, self._trace)

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """Repair the next lines, in order. They are decoded together, about ``BATCH`` code points at a time."""
        for batch in _batches(lines):
            waiting: list[tuple[Line, bool]] = []
            for line in batch:
                if line.prose and self._gate is not None:
                    if not self._until:
                        yield from self._read(waiting)
                        waiting = []
                        self._look_again()
                    self._until -= 1
                waiting.append((line, line.prose and not self._dismisses(line.text)))
            yield from self._read(waiting)

    def _read(self, lines: Sequence[tuple[Line, bool]]) -> Iterator[Repair]:
        """Repair some lines, each with whether it is to be read."""
        read: list[str] = []
        dismissed: list[int] = []
        for line, is_next in lines:
            if is_next:
                read.append(line.text)
                dismissed.append(self._dismissed)
                self._dismissed = 0
            elif line.prose:
                self._dismissed += 1
        repairs = self._article.read(read, dismissed) if read else iter(())
        for line, is_next in lines:
            yield next(repairs) if is_next else Repair(line.text)

    def _look_again(self) -> None:
        """Open the gate where what was read looks spun: words alone do not tell a spinner that nobody has listed."""
        self._is_open = "_article" in vars(self) and self._article.is_suspicious
        self._until = _OPEN if self._is_open else _CLOSED

    def _dismisses(self, line: str) -> bool:
        return self._gate is not None and not self._is_open and self._gate.dismisses(line)


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and size + len(line.text) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.text)
    if batch:
        yield batch
