"""Comments by which a document says what is not to be repaired.

``<!-- respin: off -->`` leaves alone what follows, up to ``<!-- respin: on -->``, and
``<!-- respin: ignore-file -->`` all that follows; ``<!-- respin: ignore-next-line -->`` takes back the
edits of the line after its own. They work in HTML, Markdown and plain text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from respin.edits import Edit, Reason, Repair
from respin.text import lazy_re as re

_NEXT_LINE: Final = re.compile(r"<!--\s*respin:\s*ignore-next-line\s*-->")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_DIRECTIVE: Final = re.compile(r"<!--\s*respin:\s*(off|on|ignore-file)\s*-->")


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


class NextLine:
    """Takes back the edits of the line behind an ``ignore-next-line``; lines that are blank do not count.

    It follows the repairs of a document, whose sources are its text, whatever its format.
    """

    def __init__(self) -> None:
        self._ends_to_go = 0
        """Line ends up to that of the line: 2 from the directive on, 1 in the line itself, 0 elsewhere."""

    def obeyed(self, repair: Repair) -> Repair:
        """The next repair, without the edits that are not wanted.

        >>> text = "<!-- respin: ignore-next-line -->\\n\\nThey stated it.\\nThey stated it.\\n"
        >>> edits = (Edit(40, 46, "stated", "said", 0.9), Edit(56, 62, "stated", "said", 0.9))
        >>> [edit.start for edit in NextLine().obeyed(Repair(text, edits)).edits]
        [56]
        """
        if not self._ends_to_go and "ignore-next-line" not in repair.source:
            return repair
        ranges = list(self._ranges(repair.source))
        if not ranges or not repair.edits:
            return repair
        kept: list[Edit] = []
        article: Edit | None = None
        for edit in repair.edits:
            if edit.reason is Reason.ARTICLE:  # it is changed for the edit behind it
                article = edit
                continue
            group = [edit] if article is None else [article, edit]
            article = None
            if not any(one.start < end and start < one.end for one in group for start, end in ranges):
                kept += group
        if article is not None:
            kept.append(article)
        return replace(repair, edits=tuple(kept))

    def _ranges(self, source: str) -> Iterator[tuple[int, int]]:
        """The parts of the source that are on such a line."""
        at = 0
        while True:
            if not self._ends_to_go:
                directive = _NEXT_LINE.search(source, at)
                if directive is None:
                    return
                at, self._ends_to_go = directive.end(), 2
            end = _LINE_END.search(source, at)
            stop = len(source) if end is None else end.end()
            line = source[at:stop]
            if self._ends_to_go == 1:
                yield at, stop
            if end is None:
                return
            at = stop
            if self._ends_to_go == 2 or _NEXT_LINE.search(line):
                self._ends_to_go = 1
            elif line.strip():
                self._ends_to_go = 0
