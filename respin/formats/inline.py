"""Markdown inside a paragraph: what is prose, and what it reads as.

One pass from left to right, as CommonMark has it. A reader that does not know the link
definitions yet can't tell every construct; where in doubt, text is left alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

import regex

from respin.formats.directives import Switch
from respin.formats.entities import MARKDOWN_REFERENCE, meaning
from respin.formats.html import HIDDEN, HIDDEN_ASIDE, INLINE, is_notranslate
from respin.formats.passages import STAND_IN

_TARGET: Final = r"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\)"
"""A link's target in parentheses, which may hold one more pair of them."""

_LETTER: Final = r"[\p{L}\p{M}\p{N}_\uDC80-\uDCFF]"
"""Between two of these an underscore is no emphasis; a byte that could not be decoded counts as a letter."""

_INLINE: Final = regex.compile(
    rf"""
    (?=[\\$`<!\[\]{{&*~_]|\ {{2}})                         # what else could start anything: it makes the search fast
    (?: (?P<formula>\\\([^\n]{{0,300}}?\\\) | \$\$[^$]{{1,2000}}+\$\$
      | (?<![\\$\p{{L}}\p{{N}}])\$(?=[^\s$])[^$\n]{{0,300}}[^\s$\\]\$(?![$\p{{L}}\p{{N}}]))
  | (?P<escape>\\[!-/:-@\[-`{{-~])
  | (?P<break>(?:\\|(?<!\ )\ {{2,}}+)(?=[\r\n]))        # a hard line break
  | (?P<code>`++)
  | (?P<comment><!--)
  | (?P<autolink><(?:[A-Za-z][A-Za-z0-9+.\-]{{1,31}}:[^\s<>]*+|[^\s<>@]++@[^\s<>@]++)>)
  | (?P<tag></?(?P<name>[A-Za-z][A-Za-z0-9-]*+)(?P<attributes>(?:[\s/](?:[^<>"']|"[^"]*+"|'[^']*+')*+)?+)>)
  | (?P<broken><[A-Za-z][A-Za-z0-9-]*+[\s/][^<>"']*+["'])  # a tag, once an edit changes a quote that follows
  | (?P<angles><(?=\S)[^<>]*+>)                         # no tag yet, but an edit in it could make it one
  | (?P<image>!\[[^\[\]]*+\](?:{_TARGET}|\[[^\[\]]*+\])?)
  | (?P<footnote>\[\^[^\[\]\s]++\])
  | (?P<bracket>\[[^\[\]]*+\](?:\[\]|(?![(\[])))        # may be a reference: its text is its target
  | (?P<open>\[)
  | (?P<target>\](?:{_TARGET}|\[[^\[\]]*+\]))
  | (?P<template>\{{\{{[^{{}}\n]*+\}}\}} | \{{%[^%\n]*+%\}} | \{{[#.:][^{{}}\n]*+\}})
  | {MARKDOWN_REFERENCE.pattern.replace("&", "(?P<reference>&", 1).replace("#", chr(92) + "#")})
  | (?P<emphasis>(?<![\s*])\*++ | (?<!\*)\*++(?!\s) | (?<!~)~~(?!~)
      | (?<!{_LETTER})_++(?=\S) | (?<=[^\s_])_++(?!{_LETTER}))
    )
    """,
    regex.VERBOSE,
)

_IN_SENTENCE: Final = ("formula", "autolink", "angles", "image", "template")
"""Constructs that have a place in the sentence, though they are no prose."""

_BACKTICKS: Final = regex.compile(r"`++")
_SPECIAL: Final = regex.compile(r"[\\`*_\[\]<>|~$]|&(?=[#A-Za-z])")


class Segment(NamedTuple):
    """A range of a paragraph.

    Prose stands for itself, or reads as ``reads`` and can only be replaced as a whole. What is no
    prose is not seen, or leaves ``reads``, a ``STAND_IN``, in its place.
    """

    start: int
    end: int
    is_prose: bool
    reads: str | None = None


def escape_markdown(text: str) -> str:
    """``text`` with a backslash before each character that Markdown would take for markup."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def segments(text: str, switch: Switch) -> Iterator[Segment]:
    """Cut a paragraph into segments, in order and without gaps, obeying the directives in it.

    ``STAND_IN`` as ``reads`` marks the place of code, images and formulas.
    """
    scan = _Scan(text, switch)
    at = 0
    while match := _INLINE.search(text, at):
        if match.start() > at:
            yield Segment(at, match.start(), switch.is_on)
        segment = scan.construct(match)
        yield segment if switch.is_on else segment._replace(is_prose=False, reads=None)
        at = segment.end
    if at < len(text):
        yield Segment(at, len(text), switch.is_on)


class _Scan:
    """Tells how far a construct reaches; remembers what it has looked for in vain."""

    def __init__(self, text: str, switch: Switch) -> None:
        self._text, self._switch = text, switch
        self._backticks: dict[int, list[int]] | None = None
        self._unclosed: set[str] = set()

    def construct(self, match: regex.Match[str]) -> Segment:
        """The segment of a construct of which ``match`` is the start or the whole."""
        start, end = match.span()
        kind = match.lastgroup
        if kind == "code":
            return self._code(start, end)
        if kind == "comment":
            return self._comment(start)
        if kind == "tag":
            return self._tag(match)
        if kind == "broken":
            close = self._text.rfind(">", end) + 1
            return Segment(start, close or end, not close, STAND_IN if close else None)
        if kind == "escape":
            return Segment(start, end, True, self._text[start + 1])
        if kind == "reference":
            return Segment(start, end, True, meaning(match[0]))
        if kind == "bracket":
            return Segment(start, end, True, match[0])
        if kind == "break":
            return Segment(start, end, True, " ")
        return Segment(start, end, False, STAND_IN if kind in _IN_SENTENCE else None)

    def _code(self, start: int, end: int) -> Segment:
        """Inline code, if as many backticks close it."""
        if self._backticks is None:
            self._backticks = {}
            for match in _BACKTICKS.finditer(self._text):
                self._backticks.setdefault(len(match[0]), []).append(match.start())
        places = self._backticks.get(end - start, [])
        index = bisect_left(places, end)
        if index == len(places):
            return Segment(start, end, True)
        return Segment(start, places[index] + end - start, False, STAND_IN)

    def _comment(self, start: int) -> Segment:
        close = -1 if "!" in self._unclosed else self._text.find("-->", start + 2)
        if close < 0:
            self._unclosed.add("!")
            return Segment(start, start + 4, True)
        self._switch.see(self._text[start : close + 3])
        return Segment(start, close + 3, False)

    def _tag(self, match: regex.Match[str]) -> Segment:
        """A tag, or the whole element if its content is no prose."""
        start, end = match.span()
        name = match["name"].lower()
        if name == "img":
            return Segment(start, end, False, STAND_IN)
        if name == "br":
            return Segment(start, end, True, " ")
        if name not in INLINE or name in self._unclosed:  # where a line begins it would begin a block
            return Segment(start, end, False, STAND_IN)
        if self._text[start + 1] == "/":
            return Segment(start, end, False)
        if name in HIDDEN or is_notranslate(match["attributes"]):
            close = regex.compile(rf"</{name}\s*+>", regex.IGNORECASE).search(self._text, end)
            if close is not None:
                return Segment(start, close.end(), False, None if name in HIDDEN_ASIDE else STAND_IN)
            self._unclosed.add(name)
            return Segment(start, end, False, STAND_IN)
        return Segment(start, end, False)
