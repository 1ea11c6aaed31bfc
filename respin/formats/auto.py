"""A document whose format is told from its content; see `respin.formats.detect`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from respin.formats.detect import FormatDetector, turns_into
from respin.formats.directives import Switch
from respin.formats.passages import Format, Passage
from respin.text.lines import Line

_TURNS: Final = ("<", "```", "~~~", "respin:")
"""What a line has that turns plain text into something else, or says whether it may."""


class Auto:
    """Holds lines back until it is clear what they are; then the format that they are in reads them.

    Plain text may turn into a page later: from the line on that begins with a block tag.

    Args:
        make: makes a format by its name.
        expected: what the document's name says, or ``plain``.
        chosen: is told the name of each format that is found.
    """

    def __init__(
        self, make: Callable[[str], Format], expected: str = "plain", chosen: Callable[[str], None] = lambda name: None
    ) -> None:
        self._make, self._expected, self._chosen = make, expected, chosen
        self._detector = FormatDetector(expected)
        self._held: list[Line] = []
        self._format: Format | None = None
        self._first: Format | None = None
        self._may_turn = False
        self._switch = Switch()
        """Whether directives have switched the repair off; then plain text turns into nothing."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that ``lines`` complete, once it is clear what they are."""
        lines = list(lines)
        if self._format is None:
            for number, line in enumerate(lines):
                self._held.append(line)
                name = self._detector.see(line.text)
                if name is not None:
                    yield from self._begin(name)
                    lines = lines[number + 1 :]
                    break
            else:
                return
        yield from self._go_on(lines)

    def finish(self) -> Iterator[Passage]:
        """What is left."""
        if self._format is None:
            yield from self._begin(self._detector.end())
        assert self._format is not None
        yield from self._marked(self._format.finish())

    def escape(self, text: str, source: str) -> str:
        """As the format writes it that was found first; passages of another one say how themselves."""
        assert self._first is not None
        return self._first.escape(text, source)

    def _begin(self, name: str) -> Iterator[Passage]:
        self._format = self._first = self._make(name)
        self._chosen(name)
        self._may_turn = name == self._expected == "plain"
        held, self._held = self._held, []
        yield from self._go_on(held)

    def _go_on(self, lines: Sequence[Line]) -> Iterator[Passage]:
        assert self._format is not None
        text = "".join([line.text for line in lines]) if self._may_turn else ""
        if any(mark in text for mark in _TURNS):
            for number, line in enumerate(lines):
                self._switch.see(line.text)
                name = turns_into(line.text) if self._switch.is_on else None
                if name is not None:
                    yield from self._format.feed(lines[:number])
                    yield from self._format.finish()
                    self._format = self._make(name)
                    self._may_turn = False
                    self._chosen(name)
                    lines = lines[number:]
                    break
        yield from self._marked(self._format.feed(lines))

    def _marked(self, passages: Iterator[Passage]) -> Iterator[Passage]:
        """Passages that are written as their own format says."""
        if self._format is self._first or self._format is None:
            yield from passages
            return
        for passage in passages:
            yield passage if passage.escape else passage._replace(escape=self._format.escape)
