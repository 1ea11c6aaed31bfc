"""XML: feeds, and documents of whatever vocabulary. Only running text is repaired.

A passage ends at every tag that is not known to stand inside a sentence. Text of one word is a
value, not prose, and is left alone; so is what is in elements that hold addresses, dates, names or
code. Where a text is itself HTML, escaped or in a CDATA section, as in most feeds, it is read as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import regex

from respin.formats.directives import Switch
from respin.formats.entities import pieces
from respin.formats.html import INLINE, MAX_HELD, Html, escape_markup, is_notranslate
from respin.formats.layers import Written, passages_within
from respin.formats.markup import Lexeme, LexemeKind, MarkupLexer
from respin.formats.passages import STAND_IN, Passage, Run, Unwritable
from respin.text.lines import MAX_LINE, Line


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IN_SENTENCE: Final = INLINE | _names(
    "italic bold emphasis emph hi sc xref ext-link ulink link citetitle quote foreignphrase named-content monospace"
    " filename literal g ph bpt ept it x"
)
"""Elements that do not end a passage: those of HTML, JATS, DocBook, TEI and XLIFF."""

_HIDDEN: Final = _names(
    "code kbd samp tt var math script style literal filename monospace programlisting screen formula"
    " id guid loc url uri href link date pubdate lastbuilddate updated published lastmod created issued modified"
    " generator language author creator email category key g bpt ept x"
)
"""Elements whose content is an address, a date, a name, a key or code; by their names without a prefix."""

_BEGINS_ARTICLE: Final = _names("item entry url")
"""Elements that hold an article of their own: items of RSS, entries of Atom."""

_TWO_WORDS: Final = regex.compile(r"(?<!\S)[^\s\p{L}]*+\p{L}\S*+\s++[^\s\p{L}]*+\p{L}")
_SECTION_MARKS: Final = ("<![CDATA[", "]]>")
_MARKUP: Final = regex.compile(r"<[A-Za-z!/]")


class Xml:
    """Holds a passage back until it ends, or grows out of all proportion (``html.MAX_HELD``)."""

    def __init__(self) -> None:
        self._lexer = MarkupLexer(xml=True)
        self._switch = Switch()
        self._held: list[tuple[str, str | None]] = []
        """What came since the last passage: pieces of the source, and what they read as; ``None``: they are holes."""
        self._size = 0
        self._has_tags = self._has_text = self._has_cdata = False
        """What the pieces that are held are, behind the first text."""
        self._hidden = ""
        self._depth = 0
        self._new_document = False

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that end in ``lines``."""
        for text, prose in lines:
            for piece in self._lexer.feed(text):
                yield from self._take(piece, prose)
            if self._held and not (self._has_text or self._has_cdata):  # nothing to wait for
                yield from self._flush()

    def finish(self) -> Iterator[Passage]:
        """The last passage."""
        for piece in self._lexer.finish():
            yield from self._take(piece, True)
        yield from self._flush()

    def escape(self, text: str, source: str) -> str:
        """Markup, and characters that the source does not use itself, as references."""
        return escape_xml(text, source)

    def _take(self, piece: Lexeme, prose: bool) -> Iterator[Passage]:
        kind, text, name = piece.kind, piece.text, piece.name.rpartition(":")[2]
        if kind in (LexemeKind.TEXT, LexemeKind.CDATA):
            is_prose = prose and not self._hidden and self._switch.is_on
            if is_prose and not text.isspace():
                self._has_text = self._has_text or kind is LexemeKind.TEXT
                self._has_cdata = self._has_cdata or kind is LexemeKind.CDATA
            cut = pieces(text) if kind is LexemeKind.TEXT else iter([(text, None)])
            for source, reads in cut:
                self._hold(source, (source if reads is None else reads) if is_prose else None)
            if self._size > MAX_LINE and not self._has_cdata:
                yield from self._flush()
        else:
            if kind in (LexemeKind.OPEN, LexemeKind.CLOSE):
                if name not in _IN_SENTENCE and not self._hidden:
                    yield from self._flush()
                if kind is LexemeKind.OPEN and name in _BEGINS_ARTICLE:
                    self._new_document = True
                self._has_tags = self._has_tags or self._has_text or self._has_cdata
            self._hold(text, None)
            self._follow(kind, name, piece.attributes)
            if kind is LexemeKind.COMMENT:
                self._switch.see(text)
        if self._size > MAX_HELD:
            yield from self._flush()

    def _follow(self, kind: LexemeKind, name: str, attributes: str) -> None:
        """Note which element hides its content."""
        if kind is LexemeKind.CLOSE and name == self._hidden:
            self._depth -= 1
            self._hidden = self._hidden if self._depth else ""
        elif kind is LexemeKind.END and name and not attributes.rstrip().endswith("/"):
            if self._hidden:
                self._depth += name == self._hidden
            elif name in _HIDDEN or is_notranslate(attributes):
                self._hidden, self._depth = name, 1
                if name in _IN_SENTENCE:
                    self._hold("", STAND_IN)

    def _hold(self, source: str, reads: str | None) -> None:
        self._held.append((source, reads))
        self._size += len(source)

    def _flush(self) -> Iterator[Passage]:
        """What is held, as one passage, or as those of the page that it holds."""
        held, has_tags = self._held, self._has_tags
        has_text, has_cdata = self._has_text, self._has_cdata
        self._held, self._size = [], 0
        self._has_tags = self._has_text = self._has_cdata = False
        if not held:
            return
        if has_text and has_cdata:  # what is markup in one is none in the other: nothing moves across
            held = [(piece, STAND_IN if piece in _SECTION_MARKS else reads) for piece, reads in held]
        source = "".join(piece for piece, _ in held)
        text = "".join(reads for _, reads in held if reads is not None)
        if not (has_text or has_cdata) or not _TWO_WORDS.search(text):
            yield Passage(source)
            return
        new_document, self._new_document = self._new_document, False
        escape = escape_xml if not has_cdata else _in_cdata if not has_text else _in_both
        if _MARKUP.search(text) and not has_tags:
            yield from self._page(source, held, new_document, has_cdata, has_text)
            return
        runs: list[Run] = []
        at = 0
        for piece, reads in held:
            if reads is not None:
                runs.append(Run(at, at + len(piece), None if reads == piece else reads))
            at += len(piece)
        yield Passage(source, tuple(runs), new_document, escape)

    @staticmethod
    def _page(
        source: str, held: list[tuple[str, str | None]], new_document: bool, has_cdata: bool, has_text: bool
    ) -> Iterator[Passage]:
        """The passages of HTML that stands in one text."""
        escape = escape_xml if not has_cdata else _in_cdata if not has_text else _in_both
        written: list[Written] = []
        at = 0
        for piece, reads in held:
            written.append(Written(at, at + len(piece), reads or ""))
            at += len(piece)
        yield from passages_within(source, written, Html(), escape, new_document=new_document)


def escape_xml(text: str, source: str) -> str:
    """``text`` with markup, and what is beyond ASCII and not used by ``source``, as references.

    XML knows no named ones but those of its own marks.

    >>> escape_xml("a & é", "plain")
    'a &amp; &#233;'
    """
    escaped = escape_markup(text)
    return "".join(char if char.isascii() or char in source else f"&#{ord(char)};" for char in escaped)


def _in_cdata(text: str, source: str) -> str:
    """In a CDATA section everything stands for itself; nothing may end it."""
    if "]]" in text or text.startswith(("]", ">")) or text.endswith("]"):
        raise Unwritable(text)
    return text


def _in_both(text: str, source: str) -> str:
    """Where text and sections alternate, what is the same in both."""
    if _in_cdata(text, source) != escape_xml(text, source):
        raise Unwritable(text)
    return text
