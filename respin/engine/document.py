"""One document while it streams by: what its words alone rule out is passed on, the rest is read.

Nothing that reads is loaded before a line is to be read; most documents are clean, and many of a command's are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from respin.edits import Repair
from respin.engine.gate import GateState
from respin.text.lines import Line

if TYPE_CHECKING:
    from respin.engine.article import Article, Judgement
    from respin.engine.repairer import Repairer

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
        self._gate = None if gate is None else GateState(gate, fast=repairer.is_fast)
        self._dismissed = 0
        """Lines since the last one that was not dismissed."""

    @cached_property
    def _article(self) -> Article:
        from respin.engine.article import Article

        return Article(self._repairer, self._trace)

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """Repair the next lines, in order. They are decoded together, about ``BATCH`` code points at a time."""
        for batch in _batches(lines):
            read: list[str] = []
            dismissed: list[int] = []
            is_read = [line.prose and not self._dismisses(line.text) for line in batch]
            for line, is_next in zip(batch, is_read, strict=True):
                if is_next:
                    read.append(line.text)
                    dismissed.append(self._dismissed)
                    self._dismissed = 0
                elif line.prose:
                    self._dismissed += 1
            repairs = self._article.read(read, dismissed) if read else iter(())
            for line, is_next in zip(batch, is_read, strict=True):
                yield next(repairs) if is_next else Repair(line.text)

    def _dismisses(self, line: str) -> bool:
        return self._gate is not None and self._gate.dismisses(line)


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
