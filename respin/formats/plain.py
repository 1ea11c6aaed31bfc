"""Plain text: every line is prose, but for what directives switch off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from respin.formats.directives import Switch
from respin.formats.passages import Passage, Run
from respin.text.lines import Line


class Plain:
    """Each line is a passage. A directive must stand on one line."""

    def __init__(self) -> None:
        self._switch = Switch()

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """One or more passages a line, at once."""
        for text, prose in lines:
            for piece, is_on in self._switch.split(text):
                yield Passage(piece, (Run(0, len(piece)),) if is_on and prose else ())

    def finish(self) -> Iterator[Passage]:
        """Nothing: no line is held back."""
        return iter(())

    def escape(self, text: str, source: str) -> str:
        """The text itself."""
        return text
