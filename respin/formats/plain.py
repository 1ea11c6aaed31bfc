"""Plain text: every paragraph is prose, but for what directives switch off.

A paragraph is a line, or several where lines look wrapped (`respin.text.paragraphs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from respin.formats.directives import Switch
from respin.formats.passages import Passage, Run, seen
from respin.text.lines import Line
from respin.text.paragraphs import MAX_HELD, MAX_WIDTH, Body, Wrapping, body_of, ends_sentence, is_prose

_READABLE: Final = re.compile(r"\w")
_MAX_LINE: Final = MAX_WIDTH + 80
"""Longest line, its indent and end included, that may be one of several, in code points."""


class Plain:
    """A line that does not look wrapped is a passage at once. A directive must stand on one line."""

    def __init__(self) -> None:
        self._switch = Switch()
        self._wrapping = Wrapping()
        self._held: list[tuple[str, Body]] = []
        """Lines of the paragraph that is open."""
        self._is_starred = False
        """Whether a comment is open whose lines begin with an asterisk."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that ``lines`` complete."""
        for text, prose in lines:
            if not (text[:1].isalpha() or _READABLE.search(text)) and "*" not in text:  # a file may hold millions
                yield from self._let_go()
                yield Passage(text)
                continue
            if not prose or "respin:" in text or not self._switch.is_on:
                yield from self._let_go()
                for piece, is_on in self._switch.split(text):
                    yield _passage(piece) if is_on and prose else Passage(piece)
                continue
            if len(text) > _MAX_LINE:
                if self._held:
                    yield from self._let_go()
                yield _passage(text)
                continue
            if "/*" in text:
                self._is_starred = True
            elif not self._held and self._wrapping.is_unknown and "*/" not in text and ends_sentence(text):
                yield _passage(text)
                continue
            body = body_of(text, starred=self._is_starred)
            if "*/" in text:
                self._is_starred = False
            if self._held and not self._wrapping.goes_on(self._held[-1][1], body):
                yield from self._let_go()
            self._held.append((text, body))
            if len(self._held) == MAX_HELD or not self._wrapping.may_go_on(body):
                yield from self._let_go()

    def finish(self) -> Iterator[Passage]:
        """The last paragraph."""
        return self._let_go()

    def escape(self, text: str, source: str) -> str:
        """The text itself."""
        return text

    def _let_go(self) -> Iterator[Passage]:
        """The paragraph that is open: one passage, if it reads like one."""
        held, self._held = self._held, []
        if len(held) > 1 and is_prose(" ".join([body.text for _, body in held])):
            yield _joined(held)
        else:
            for text, _ in held:
                yield _passage(text)
        if held:
            self._wrapping.end()


def _passage(text: str) -> Passage:
    run = _run((0, len(text), None))
    return _made((text, (run,) if text.isascii() else seen(text, (run,)), False, None))


_run: Final = partial(tuple.__new__, Run)
_made: Final = partial(tuple.__new__, Passage)
"""Made without a call of Python code: there is one for each line of most files."""


def _joined(lines: list[tuple[str, Body]]) -> Passage:
    """Lines as one passage, in which the line ends, with the marks of a quotation, read as blanks."""
    runs: list[Run] = []
    at = 0
    for index, (text, body) in enumerate(lines):
        start, end = at + body.start, at + (body.end if index < len(lines) - 1 else len(text))
        if runs:
            before = lines[index - 1][1].text
            goes_on = before.endswith("\u00ad") or (before.endswith("-") and before[-2:-1].isalpha())
            runs.append(Run(runs[-1].end, start, "" if goes_on else " "))
        runs.append(Run(start, end))
        at += len(text)
    source = "".join([text for text, _ in lines])
    return Passage(source, seen(source, runs))
