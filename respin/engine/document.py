"""One document while it streams by: what its words alone rule out is passed on, the rest is read.

Nothing that reads is loaded before a line is to be read; most documents are clean, and many of a command's are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from respin.edits import Repair
from respin.engine.gate import GateState, Place, Verdict
from respin.text.lines import Line

if TYPE_CHECKING:
    from respin.engine.article import Article, Judgement
    from respin.engine.repairer import Repairer

LOOK: Final = 4
"""Lines of an article before the gate closes: less in them has them read, and unless newsroom is taken for granted
all of them are glanced at. Of the lines that it begins with, those come before them that the gate is sure of."""
_CLOSED, _OPEN = 16, 64
"""Lines after which it is asked again whether the article looks spun: when the gate has just closed, and while it is
open. The longer it was closed the longer it stays so: as many lines again, up to ``_LONGEST``."""
_LONGEST: Final = 512

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
        self._gate = None if gate is None else GateState(gate, others=not repairer.is_newsroom)
        self._first = LOOK
        """Lines that are still to be looked at before the gate closes."""
        self._is_open = False
        """Whether the gate lets all lines through behind these."""
        self._stays = 0
        """Lines for which it was closed when it closed last."""
        self._until = 0
        """Lines before it is asked again whether the article looks spun."""
        self._dismissed = 0
        """Lines since the last one that was not dismissed."""

    @cached_property
    def _article(self) -> Article:
        from respin.engine.article import Article

        return Article(self._repairer, self._trace)

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """Repair the next lines, in order. They are decoded together, about ``BATCH`` code points at a time."""
        return feed_together([(self, lines)])

    def _stretches(self, lines: Iterable[Line]) -> Iterator[_Stretch]:
        """The next lines in stretches; each is to be read before the next is asked for."""
        stretch = _Stretch(self)
        for line in lines:
            if line.prose and self._gate is not None and not self._first:
                if not self._until:
                    yield stretch
                    stretch = _Stretch(self)
                    self._look_again()
                self._until -= 1
            if not line.prose:
                stretch.lines.append((line, False))
            elif (verdict := self._verdict(line.text)) is Verdict.DISMISSED:
                stretch.lines.append((line, False))
                self._dismissed += not self._first  # what an article begins with says little of the rest
            else:
                stretch.lines.append((line, True))
                stretch.read.append((line.text, verdict is Verdict.READ))
                stretch.dismissed.append(self._dismissed)
                self._dismissed = 0
        yield stretch

    @property
    def looks_spun(self) -> bool:
        """Whether something in what was read so far looks as if it had been spun."""
        return "_article" in vars(self) and self._article.is_suspicious

    def _look_again(self) -> None:
        """Open the gate where what was read looks spun: words alone do not tell a spinner that nobody has listed."""
        self._is_open = self.looks_spun
        self._stays = 0 if self._is_open else min(_LONGEST, 2 * self._stays) or _CLOSED
        self._until = self._stays or _OPEN

    def _verdict(self, line: str) -> Verdict:
        if self._gate is None or self._is_open:
            return Verdict.READ
        if not self._first:
            return self._gate.verdict(line)
        place = Place.LEADING if self._first == LOOK else Place.FIRST
        verdict = self._gate.verdict(line, place)
        self._first -= place is Place.FIRST or verdict is not Verdict.DISMISSED
        return verdict


class _Stretch:
    """The next lines of a document, up to where it has to know what they came to."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines: list[tuple[Line, bool]] = []
        """Each with whether it is read or glanced at."""
        self.read: list[tuple[str, bool]] = []
        """Those lines, each with whether it is more than glanced at."""
        self.dismissed: list[int] = []
        """How many lines were dismissed before each that is read."""

    def repairs(self, read: Iterator[Repair]) -> Iterator[Repair]:
        """Of all lines, with those of the lines that are read."""
        for line, is_read in self.lines:
            yield next(read) if is_read else Repair(line.text)


def feed_together(fed: Iterable[tuple[Document, Iterable[Line]]]) -> Iterator[Repair]:
    """Repair the next lines of each of some documents of one repairer, in order.

    All of them are decoded together, about ``BATCH`` code points at a time; that makes no difference to the output.
    """
    for batch in _batches(fed):
        stretches = [document._stretches(lines) for document, lines in batch]
        if len(stretches) == 1:  # each line is given back when it is there
            for only in stretches[0]:
                for repairs in _read([only]):
                    yield from repairs
            continue
        found: list[list[Repair]] = [[] for _ in stretches]
        while going_on := [
            (number, stretch)
            for number, document in enumerate(stretches)
            if (stretch := next(document, None)) is not None
        ]:
            for (number, _), repairs in zip(going_on, _read([stretch for _, stretch in going_on]), strict=True):
                found[number] += repairs
        for some in found:
            yield from some


def _read(stretches: Sequence[_Stretch]) -> Iterator[Iterator[Repair]]:
    """The repairs of stretches of different documents."""
    parts = [(some.document._article, some.read, some.dismissed) for some in stretches if some.read]
    found: Iterator[Iterator[Repair]] = iter(())
    if parts:
        from respin.engine.article import read

        found = read(parts)
    for some in stretches:
        yield some.repairs(next(found) if some.read else iter(()))


def _batches(fed: Iterable[tuple[Document, Iterable[Line]]]) -> Iterator[list[tuple[Document, list[Line]]]]:
    batch: list[tuple[Document, list[Line]]] = []
    size = 0
    for document, lines in fed:
        begun: list[Line] = []
        batch.append((document, begun))
        for line in lines:
            if size and size + len(line.text) > BATCH:
                yield [one for one in batch if one[1]]
                begun = []
                batch, size = [(document, begun)], 0
            begun.append(line)
            size += len(line.text)
    if batch := [one for one in batch if one[1]]:
        yield batch
