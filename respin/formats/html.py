"""HTML: only text that a reader reads as prose is repaired; every other byte stays.

A passage ends at a block tag. Inline tags are holes in it: the repairer reads across them, and
an edit leaves them where they were, as far as it can. A ``<br>`` reads as a line end: two of them,
or one after the end of a sentence, end a passage, too. Text is left alone in what is no prose
(scripts, code, formulas, form fields) and where the page says so (``translate="no"``, class
``notranslate``). An element that is never closed is left alone to the end of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import regex

from respin.formats.directives import Switch
from respin.formats.entities import escape_foreign, pieces
from respin.formats.markup import RAW_TEXT, Lexeme, LexemeKind, MarkupLexer
from respin.formats.passages import Passage, PassageBuilder
from respin.text.lines import MAX_LINE, Line
from respin.text.paragraphs import ends_sentence


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


INLINE: Final = _names(
    "a abbr acronym b bdi bdo big blink cite data del dfn em font i img ins label mark nobr q rb rp rt rtc ruby s"
    " small span strike strong sub sup time tt u wbr code kbd samp var math svg script style template noscript"
)
"""Elements that do not end a passage. All others do, also those that nobody knows."""

HIDDEN_INLINE: Final = _names("code kbd samp tt var math svg")
"""Inline elements whose content is no prose, but has a place in the sentence."""

HIDDEN_ASIDE: Final = _names("sub sup rt rp rtc script style template")
"""Inline elements whose content is no part of the sentence: footnote marks, scripts."""

HIDDEN_BLOCK: Final = _names(
    "pre textarea select datalist object applet canvas audio video xmp iframe noembed noframes plaintext"
)
"""Block elements whose content is no prose."""

HIDDEN: Final = HIDDEN_INLINE | HIDDEN_ASIDE | HIDDEN_BLOCK

VOID: Final = _names("area base br col embed hr img input link meta param source track wbr")
"""Elements without content or end tag."""

_SELF_CLOSED: Final = regex.compile(r"""(?:\A|[\s"'])/\Z""")

_ENDS_PARAGRAPH: Final = _names(
    "address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav"
    " ol p pre section table ul"
)
"""Elements whose start tag ends a ``<p>`` that is open."""

MAX_HELD: Final = 16 * MAX_LINE
"""Most code points, tags included, that are held back until the end of a passage."""

_ATTRIBUTE: Final = regex.compile(
    r"""([^\s=>"'/][^\s=>/]*+)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>"'][^\s>]*+)))?+"""
)


def is_notranslate(attributes: str) -> bool:
    """Whether a tag says that its content must stay as it is.

    >>> is_notranslate(' translate=no'), is_notranslate(' class="a NoTranslate"'), is_notranslate(' title="no"')
    (True, True, False)
    """
    if "translate" not in attributes.lower():
        return False
    for match in _ATTRIBUTE.finditer(attributes):
        name, value = match[1].lower(), (match[2] or match[3] or match[4] or "").lower()
        if name == "translate" and value.strip() == "no":
            return True
        if name == "class" and "notranslate" in value.split():
            return True
    return False


def escape_markup(text: str) -> str:
    """``text`` with the characters that are markup written as references."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Html:
    """Holds a passage back until it ends, or grows out of all proportion (``MAX_HELD``)."""

    def __init__(self) -> None:
        self._lexer = MarkupLexer()
        self._switch = Switch()
        self._builder = PassageBuilder()
        self._hidden = ""
        """Name of the element that hides its content; empty outside of such."""
        self._depth = 0
        """How many elements of that name are open."""
        self._break: int | None = None
        """Where in the passage a ``<br>`` begins that is open."""
        self._is_after_break = False
        self._ends_sentence = False
        """Whether the last text of the passage ends a sentence."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that end in ``lines``."""
        done: list[Passage] = []
        for text, prose in lines:
            for piece in self._lexer.feed(text):
                self._take(piece, prose, done)
            if self._builder.is_blank and self._builder.size:  # nothing to wait for
                done.append(self._builder.take())
            yield from done
            done.clear()

    def finish(self) -> Iterator[Passage]:
        """The last passage."""
        done: list[Passage] = []
        for piece in self._lexer.finish():
            self._take(piece, True, done)
        yield from done
        if self._builder.size:
            yield self._builder.take()

    def escape(self, text: str, source: str) -> str:
        """Markup and characters that the page writes as references only are written as such."""
        return escape_foreign(escape_markup(text), source)

    def _take(self, piece: Lexeme, prose: bool, done: list[Passage]) -> None:
        """Add a piece to the passage, and to ``done`` the passages that end with it."""
        builder = self._builder
        kind = piece.kind
        if kind is LexemeKind.TEXT:
            if prose and not self._hidden and self._switch.is_on:
                for source, meaning in pieces(piece.text):
                    builder.read(source, meaning)
                if not piece.text.isspace():
                    self._is_after_break, self._ends_sentence = False, ends_sentence(piece.text)
            else:
                builder.skip(piece.text)
            if builder.size > MAX_LINE:
                done.append(builder.take())
            return
        if kind is LexemeKind.OPEN or kind is LexemeKind.CLOSE:
            self._meet_tag(piece, done)
        builder.skip(piece.text)
        if kind is LexemeKind.END:
            if self._break is not None:
                builder.read_as(self._break, " ")
                self._break, self._is_after_break = None, True
            if piece.name:
                self._enter(piece.name, piece.attributes)
        elif kind is LexemeKind.CLOSE:
            if piece.name == self._hidden:
                self._depth -= 1
                if not self._depth:
                    self._hidden = ""
        elif kind is LexemeKind.COMMENT:
            self._switch.see(piece.text)
        if builder.size > MAX_HELD:
            self._break = None
            done.append(builder.take())

    def _meet_tag(self, piece: Lexeme, done: list[Passage]) -> None:
        """Before a tag: it may end the passage."""
        if self._hidden == "p" and piece.kind is LexemeKind.OPEN and piece.name in _ENDS_PARAGRAPH:
            self._hidden = ""
        self._break = None
        if self._hidden or piece.name in INLINE:
            return
        if piece.name == "br" and piece.kind is LexemeKind.OPEN and not (self._is_after_break or self._ends_sentence):
            self._break = self._builder.size
            return
        self._is_after_break = False
        if self._builder.is_blank:
            self._builder.forget_runs()
        else:
            done.append(self._builder.take())

    def _enter(self, name: str, attributes: str) -> None:
        """A start tag is over: its element may hide its content."""
        if name == "img" and not self._hidden:
            self._builder.stand_in()
        if name in VOID or (_SELF_CLOSED.search(attributes) and name not in RAW_TEXT):
            return
        if self._hidden:
            self._depth += name == self._hidden
        elif name in HIDDEN or is_notranslate(attributes):
            self._hidden, self._depth = name, 1
            if name in INLINE and name not in HIDDEN_ASIDE:
                self._builder.stand_in()
