"""Comments by which a document says what is not to be repaired.

``<!-- respin: off -->`` leaves alone what follows, up to ``<!-- respin: on -->``, and
``<!-- respin: ignore-file -->`` all that follows. They work in HTML, Markdown and plain text.
"""

from __future__ import annotations

from typing import Final

import regex

_DIRECTIVE: Final = regex.compile(r"<!--\s*+respin:\s*+(off|on|ignore-file)\s*+-->")


class Switch:
    """Whether the repair is on at this point of a document."""

    def __init__(self) -> None:
        self.is_on = True
        self._ignores_file = False

    def see(self, text: str) -> None:
        """Obey the directives in ``text``, which holds comments, in order."""
        if "respin:" in text:
            for match in _DIRECTIVE.finditer(text):
                self._ignores_file = self._ignores_file or match[1] == "ignore-file"
                self.is_on = match[1] == "on" and not self._ignores_file

    def split(self, text: str) -> list[tuple[str, bool]]:
        """Cut a text at its directives and obey them: pieces, and whether each is to be repaired.

        >>> Switch().split("one <!-- respin: off -->two<!-- respin: on --> three")[::2]
        [('one ', True), ('two<!-- respin: on -->', False)]
        """
        if "respin:" not in text:
            return [(text, self.is_on)]
        pieces: list[tuple[str, bool]] = []
        at = 0
        for match in _DIRECTIVE.finditer(text):
            # A directive itself is never prose: it goes with the side that is off.
            end = match.start() if self.is_on else match.end()
            pieces.append((text[at:end], self.is_on))
            pieces.append((text[end : match.end()], False))
            at = match.end()
            self.see(match[0])
        pieces.append((text[at:], self.is_on))
        return [piece for piece in pieces if piece[0]]
