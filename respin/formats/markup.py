"""Cut HTML into text, tags, comments and the rest, while it streams by, whatever it looks like.

This follows the tokenizer of the HTML standard where a reader could tell the difference, and
never loses, adds or moves a character. It is a state machine that looks at each character
once; it holds back no more than a few dozen at a time, so a picture inlined in a tag takes
no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, NamedTuple

import regex

MAX_ATTRIBUTES: Final = 1 << 16
"""Code points of a tag's attributes that are kept to be looked at; what is beyond is passed on unseen."""


class LexemeKind(Enum):
    """What a piece of HTML is."""

    TEXT = "text"
    OPEN = "open"
    """``<name``: a start tag begins; attributes follow."""
    CLOSE = "close"
    """``</name``: an end tag begins; it may be the whole tag."""
    ATTRIBUTES = "attributes"
    """A part of a tag's inside."""
    END = "end"
    """The ``>`` of a tag."""
    COMMENT = "comment"
    """A whole comment, with its marks."""
    SILENT = "silent"
    """Part of a long comment, a declaration, a program, or the inside of a script: no prose, no structure."""
    CDATA = "cdata"
    """Part of the inside of a CDATA section, in XML."""


class Lexeme(NamedTuple):
    """A piece of HTML.

    ``name`` is the lower-case name of the tag that an ``OPEN`` or ``CLOSE`` begins, and of the
    start tag that an ``END`` ends; ``attributes`` is the inside of that tag, on its ``END``.
    """

    kind: LexemeKind
    text: str
    name: str = ""
    attributes: str = ""


_NAME: Final = r"[A-Za-z][^\s/>]{0,63}+"
_TAG: Final = regex.compile(
    rf"""<(?P<slash>/?)(?P<name>{_NAME})
    (?P<attributes>(?:[^=><]++ | <(?![?%]) | =\s*+(?:"(?:[^"<]++|<(?![?%]))*+" | '(?:[^'<]++|<(?![?%]))*+'
      | (?!<[?%])[^\s>"'](?:[^\s><]++|<(?![?%]))*+ | (?=>)))*+)>""",
    regex.VERBOSE,
)
"""A whole tag without a program in it, by the same rules as the states inside a tag below."""
_START: Final = regex.compile(
    rf"""<(?: (?P<comment>!--) | (?P<cdata>!\[CDATA\[) | (?P<program>\?(?=[=\s]|php(?![\w-]))|%)
    | (?P<bogus>[!?]|/(?![A-Za-z])) | /?(?P<name>{_NAME}) )""",
    regex.VERBOSE,
)
_UNFINISHED: Final = regex.compile(
    rf"""(?: <(?: \?(?:p(?:hp?)?)?
    | !(?:-|\[(?:C(?:D(?:A(?:T(?:A)?)?)?)?)?)? | /?(?:{_NAME})? )? | &[\#A-Za-z0-9]{{0,33}} )\Z""",
    regex.VERBOSE,
)
"""What may become the start of markup, or a character reference, when more comes."""
_COMMENT_END: Final = regex.compile(r"--!?>")
RAW_TEXT: Final = {
    name: regex.compile(rf"</{name}(?=[\s/>])", regex.IGNORECASE)
    for name in ("script", "style", "textarea", "xmp", "iframe", "noembed", "noframes")
}
"""Elements whose inside is no markup, and where it ends."""
_RAW_UNFINISHED: Final = regex.compile(r"<(?:/[A-Za-z]{0,9})?\Z")
_PROGRAM: Final = r"<(?=[?%]|\Z)"
"""Where a program starts inside a tag: ``<a href="<?= $url ?>">``. Nothing in it ends the tag."""
_NAME_STOP: Final = regex.compile(rf"[=>]|{_PROGRAM}")
_VALUE_START: Final = regex.compile(r"\S")
_BARE_STOP: Final = regex.compile(rf"[\s>]|{_PROGRAM}")
_QUOTE_STOP: Final = {quote: regex.compile(rf"{quote}|{_PROGRAM}") for quote in "\"'"}


class MarkupLexer:
    """Turns chunks of HTML into pieces; all pieces joined give the input.

    Args:
        xml: read XML: no element has a special inside, and CDATA sections are text.
    """

    def __init__(self, *, xml: bool = False) -> None:
        self._xml = xml
        self._program_end = ""
        self._program_from: Callable[[str, int], int] = self._in_name
        """The state inside a tag that goes on after a program."""
        self._pending = ""
        self._state: Callable[[str, int, list[Lexeme]], int] = self._data
        self._name = ""
        self._opens = False
        self._attributes: list[str] = []
        self._attributes_left = 0
        self._inside: Callable[[str, int], int] = self._in_name
        self._comment_tail = ""

    def feed(self, text: str) -> list[Lexeme]:
        """The pieces of the next chunk; an unfinished few characters are held back."""
        text = self._pending + text
        self._pending = ""
        pieces: list[Lexeme] = []
        at = 0
        while at < len(text):
            state = self._state
            to = state(text, at, pieces)
            if to == at and self._state == state:  # what is left can't be told before more comes
                self._pending = text[at:]
                break
            at = to
        return pieces

    def finish(self) -> Iterator[Lexeme]:
        """What was held back, at the end of the document."""
        if self._pending:
            is_text = self._state == self._data and (self._pending[0] == "&" or self._pending == "<")
            yield Lexeme(LexemeKind.TEXT if is_text else LexemeKind.SILENT, self._pending)
            self._pending = ""

    def _data(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """Text up to the next tag, or the start of that tag."""
        while at < len(text):
            start = text.find("<", at)
            if start < 0:
                unfinished = _UNFINISHED.search(text, max(at, len(text) - 40))
                end = unfinished.start() if unfinished else len(text)
                if end > at:
                    pieces.append(Lexeme(LexemeKind.TEXT, text[at:end]))
                return end
            if start > at:
                pieces.append(Lexeme(LexemeKind.TEXT, text[at:start]))
            at = start
            match = _TAG.match(text, at)
            if match is None:
                return self._markup(text, at, pieces)
            self._take_tag(match, pieces)
            at = match.end()
            if self._state != self._data:
                break
        return at

    def _take_tag(self, match: regex.Match[str], pieces: list[Lexeme]) -> None:
        name = match["name"].lower()
        if match["slash"]:
            pieces.append(Lexeme(LexemeKind.CLOSE, match[0], name))
            return
        pieces.append(Lexeme(LexemeKind.OPEN, match[0][:-1], name))
        pieces.append(Lexeme(LexemeKind.END, ">", name, match["attributes"][:MAX_ATTRIBUTES]))
        if self._is_raw(name):
            self._name, self._state = name, self._raw

    def _is_raw(self, name: str) -> bool:
        return not self._xml and (name in RAW_TEXT or name == "plaintext")

    def _markup(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """What starts with ``<`` and is no whole tag; some of it may come later."""
        if _UNFINISHED.match(text, at) and len(text) - at < 68:
            return at
        match = _START.match(text, at)
        if match is None:
            pieces.append(Lexeme(LexemeKind.TEXT, "<"))
            return at + 1
        if match["comment"]:
            self._state = self._comment
            return self._comment(text, at, pieces)
        if match["name"] is None:
            self._state = self._cdata if match["cdata"] else self._program if match["program"] else self._bogus
            self._program_end = f"{match['program'] or ''}>"
            if self._xml and text[at + 1] == "?":
                self._state, self._program_end = self._program, "?>"
            pieces.append(Lexeme(LexemeKind.SILENT, match[0]))
            return int(match.end())
        self._name, self._opens = match["name"].lower(), text[at + 1] != "/"
        self._state, self._inside = self._tag, self._in_name
        self._attributes, self._attributes_left = [], MAX_ATTRIBUTES
        pieces.append(Lexeme(LexemeKind.OPEN if self._opens else LexemeKind.CLOSE, match[0], self._name))
        return int(match.end())

    def _tag(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """The inside of a tag up to its end, as far as it has come."""
        start = at
        while at < len(text):
            if text[at] == ">" and self._inside in (self._in_name, self._before_value, self._in_bare_value):
                break
            inside = self._inside
            to = inside(text, at)
            if to == at and self._inside == inside:  # a program may start or end here: wait for more
                break
            at = to
        if at > start:
            self._keep_attributes(text[start:at])
            pieces.append(Lexeme(LexemeKind.ATTRIBUTES, text[start:at]))
        if at < len(text) and text[at] == ">":
            pieces.append(Lexeme(LexemeKind.END, ">", self._name if self._opens else "", "".join(self._attributes)))
            self._state = self._raw if self._opens and self._is_raw(self._name) else self._data
            at += 1
        return at

    def _keep_attributes(self, text: str) -> None:
        if self._attributes_left > 0:
            self._attributes.append(text[: self._attributes_left])
            self._attributes_left -= len(text)

    # Inside a tag. Each state goes on to the next character that could end it.

    def _in_name(self, text: str, at: int) -> int:
        match = _NAME_STOP.search(text, at)
        if match is None:
            return len(text)
        if match[0] == "<":
            return self._enter_program(text, match.start())
        if match[0] == "=":
            self._inside = self._before_value
            return int(match.end())
        return int(match.start())

    def _before_value(self, text: str, at: int) -> int:
        match = _VALUE_START.search(text, at)
        if match is None:
            return len(text)
        quotes = {'"': self._in_double_quotes, "'": self._in_single_quotes}
        if match[0] != ">":
            self._inside = quotes.get(match[0], self._in_bare_value)
        return int(match.end() if match[0] in quotes else match.start())

    def _in_double_quotes(self, text: str, at: int) -> int:
        return self._in_quotes(text, at, '"')

    def _in_single_quotes(self, text: str, at: int) -> int:
        return self._in_quotes(text, at, "'")

    def _in_quotes(self, text: str, at: int, quote: str) -> int:
        match = _QUOTE_STOP[quote].search(text, at)
        if match is None:
            return len(text)
        if match[0] == "<":
            return self._enter_program(text, match.start())
        self._inside = self._in_name
        return int(match.end())

    def _in_bare_value(self, text: str, at: int) -> int:
        match = _BARE_STOP.search(text, at)
        if match is None:
            return len(text)
        if match[0] == "<":
            return self._enter_program(text, match.start())
        if match[0] != ">":
            self._inside = self._in_name
        return int(match.start())

    def _enter_program(self, text: str, at: int) -> int:
        """At a ``<`` that may start a program; at the end of what has come it can't be told yet."""
        if at + 1 < len(text):
            self._program_end, self._program_from = f"{text[at + 1]}>", self._inside
            self._inside = self._in_program
            return at + 2
        return at

    def _in_program(self, text: str, at: int) -> int:
        end = text.find(self._program_end, at)
        if end < 0:
            return len(text) - 1 if text[-1] == self._program_end[0] else len(text)
        self._inside = self._program_from
        return end + 2

    # What is no tag.

    def _comment(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """A comment up to its end; ``<!-->`` is a whole one, so its first dashes may be its last."""
        is_start = text.startswith("<!--", at) and not self._comment_tail
        # Only the start of a chunk goes on with a comment, so the copy is made once a chunk.
        tail, whole = ("", text) if is_start else (self._comment_tail, self._comment_tail + text[at:])
        match = _COMMENT_END.search(whole, at + 2 if is_start else 0)
        if match is None:
            pieces.append(Lexeme(LexemeKind.SILENT, text[at:]))
            self._comment_tail = (text[at + 2 :] if is_start else whole)[-3:]
            return len(text)
        end = match.end() if is_start else at + match.end() - len(tail)
        pieces.append(Lexeme(LexemeKind.COMMENT if is_start else LexemeKind.SILENT, text[at:end]))
        self._state, self._comment_tail = self._data, ""
        return int(end)

    def _cdata(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        if not self._xml:
            return self._silent_until("]]>", text, at, pieces)
        end = text.find("]]>", at)
        stop = end if end >= 0 else max(at, len(text) - 2)
        if stop > at:
            pieces.append(Lexeme(LexemeKind.CDATA, text[at:stop]))
        if end >= 0:
            pieces.append(Lexeme(LexemeKind.SILENT, "]]>"))
            self._state = self._data
            return end + 3
        return stop

    def _program(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """``<?php … ?>``, ``<% … %>``: to a browser it would be a comment, if it came that far."""
        return self._silent_until(self._program_end, text, at, pieces)

    def _bogus(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """A declaration, an instruction, or what a browser takes for a comment."""
        return self._silent_until(">", text, at, pieces)

    def _silent_until(self, mark: str, text: str, at: int, pieces: list[Lexeme]) -> int:
        end = text.find(mark, at)
        if end >= 0:
            end += len(mark)
            self._state = self._data
        else:
            end = max(at, len(text) - len(mark) + 1)
        if end > at:
            pieces.append(Lexeme(LexemeKind.SILENT, text[at:end]))
        return end

    def _raw(self, text: str, at: int, pieces: list[Lexeme]) -> int:
        """The inside of a script and the like, up to its end tag."""
        pattern = RAW_TEXT.get(self._name)
        match = pattern.search(text, at) if pattern else None
        if match is not None:
            self._state = self._data
            end = match.start()
        else:
            unfinished = _RAW_UNFINISHED.search(text, max(at, len(text) - 12)) if pattern else None
            end = unfinished.start() if unfinished else len(text)
        if end > at:
            pieces.append(Lexeme(LexemeKind.SILENT, text[at:end]))
        return int(end)
