"""One document while it streams by: what its words alone rule out is passed on, the rest is read.

Nothing that reads is loaded before a line is to be read; most documents are clean, and many of a command's are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Final, Protocol

from respin.edits import Repair
from respin.engine.gatekeeper import Gatekeeper, Verdict
from respin.text.lines import Readable

if TYPE_CHECKING:
    from respin.engine.article import Article, Judgement
    from respin.engine.gate import Levels
    from respin.engine.repairer import Repairer

BATCH: Final = 1 << 16
"""Code points of lines that are read together. It bounds memory and has no influence on the output."""
_ASKED: Final = 1 << 19
"""Code points of lines that the gate is asked about together."""


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
        self.gate = repairer.gate if trace is None else None
        """What its lines are asked of before they are read."""
        self._keeper = None if self.gate is None else Gatekeeper(self.gate, others=not repairer.is_newsroom)
        self._dismissed = 0
        """Lines since the last one that was not dismissed."""

    @cached_property
    def _article(self) -> Article:
        from respin.engine.article import Article

        return Article(self._repairer, self._trace)

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        """Repair the next lines, in order. Many are read together, with the same output as one by one."""
        return feed_together([(self, lines)])

    def _stretches(self, lines: Iterable[Readable], levels: Iterator[Levels]) -> Iterator[_Stretch]:
        """The next lines in stretches; each is to be read before the next is asked for.

        Args:
            levels: what the gate says of each line of prose by itself.
        """
        keeper, stretch, dismissed = self._keeper, _Stretch(self), Verdict.DISMISSED
        for line in lines:
            if not line.prose:
                stretch.lines.append((line, False))
                continue
            if keeper is not None and keeper.is_due:
                yield stretch
                stretch = _Stretch(self)
                by_newsroom, by_others = self.suspects
                keeper.look(by_newsroom=by_newsroom, by_others=by_others)
            verdict = Verdict.READ if keeper is None else keeper.verdict(line.written, next(levels))
            if verdict is dismissed:
                stretch.lines.append((line, False))
                if keeper is not None:  # what an article begins with says little of the rest
                    self._dismissed += keeper.is_behind
            else:
                text = line.text
                stretch.lines.append((line, True))
                stretch.read.append((text, verdict))
                stretch.dismissed.append(self._dismissed)
                self._dismissed = 0
                stretch.size += len(text)
                if stretch.size >= BATCH:
                    yield stretch
                    stretch = _Stretch(self)
        yield stretch

    @property
    def suspects(self) -> tuple[bool, bool]:
        """Whether what was read so far looks as if newsroom's spinner had written it, and as if another family had."""
        return self._article.suspects if "_article" in vars(self) else (False, False)


class _Stretch:
    """The next lines of a document, up to where it has to know what they came to."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines: list[tuple[Readable, bool]] = []
        """Each with whether it is read or glanced at."""
        self.read: list[tuple[str, Verdict]] = []
        """Those lines, each with who may have written it."""
        self.dismissed: list[int] = []
        """How many lines were dismissed before each that is read."""
        self.size = 0
        """Code points of the lines that are read."""

    def repairs(self, read: Iterator[Repair]) -> Iterator[Repair]:
        """Of all lines, with those of the lines that are read."""
        for line, is_read in self.lines:
            yield next(read) if is_read else Repair(line.written)


def feed_together(fed: Iterable[tuple[Document, Iterable[Readable]]]) -> Iterator[Repair]:
    """Repair the next lines of each of some documents of one repairer, in order.

    Lines of all of them are read together; that makes no difference to the output.
    """
    for batch in _batches(fed):
        stretches = [
            document._stretches(lines, levels) for (document, lines), levels in zip(batch, _levels(batch), strict=True)
        ]
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


def _levels(batch: Sequence[tuple[Document, Sequence[Readable]]]) -> Iterator[Iterator[Levels]]:
    """What the gate says of each line of prose of some documents by itself; nothing where there is none."""
    gate = batch[0][0].gate
    if gate is None:
        return repeat(iter(()), len(batch))
    prose = [[line.written for line in lines if line.prose] for _, lines in batch]
    levels = iter(gate.lines(list(chain.from_iterable(prose))))
    return (iter(list(islice(levels, len(lines)))) for lines in prose)


def _read(stretches: Iterable[_Stretch]) -> Iterator[Iterator[Repair]]:
    """The repairs of stretches of different documents."""
    together: list[_Stretch] = []
    size = 0
    for stretch in stretches:
        if size and size + stretch.size > BATCH:
            yield from _read_together(together)
            together, size = [], 0
        together.append(stretch)
        size += stretch.size
    yield from _read_together(together)


def _read_together(stretches: Sequence[_Stretch]) -> Iterator[Iterator[Repair]]:
    parts = [(some.document._article, some.read, some.dismissed) for some in stretches if some.read]
    found: Iterator[Iterator[Repair]] = iter(())
    if parts:
        from respin.engine.article import read

        found = read(parts)
    for some in stretches:
        yield some.repairs(next(found) if some.read else iter(()))


def _batches(fed: Iterable[tuple[Document, Iterable[Readable]]]) -> Iterator[list[tuple[Document, list[Readable]]]]:
    batch: list[tuple[Document, list[Readable]]] = []
    size = 0
    for document, lines in fed:
        begun: list[Readable] = []
        batch.append((document, begun))
        for line in lines:
            if size and size + len(line.written) > _ASKED:
                yield [one for one in batch if one[1]]
                begun = []
                batch, size = [(document, begun)], 0
            begun.append(line)
            size += len(line.written)
    if batch := [one for one in batch if one[1]]:
        yield batch
