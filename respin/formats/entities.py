"""Character references: what ``caf&eacute;`` reads as, and how to write what needs one."""

from __future__ import annotations

import html
from collections.abc import Iterator
from html.entities import codepoint2name
from typing import Final

from respin.text import lazy_regex as regex

_REFERENCE: Final = r"&(?:#[xX][0-9a-fA-F]{1,6}+|#[0-9]{1,7}+|[A-Za-z][A-Za-z0-9]{0,31}+);"

HTML_REFERENCE: Final = regex.compile(_REFERENCE + "?")
"""A character reference in HTML, or something that reads like one: ``AT&T``. It stays whole either way,
so that no replacement can turn a bare ampersand and a word into a reference."""

MARKDOWN_REFERENCE: Final = regex.compile(_REFERENCE)
"""A character reference in Markdown, where the semicolon is required."""

_INVISIBLE: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


def meaning(reference: str) -> str:
    """What a character reference reads as; itself if it is none.

    Soft hyphens and other marks of no width read as nothing, as a word does not end there.

    >>> meaning("&rsquo;"), meaning("&shy;"), meaning("&T"), meaning("&nosuch;")
    ('’', '', '&T', '&nosuch;')
    """
    text = html.unescape(reference)
    return "" if text in _INVISIBLE else text


def pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Cut a text node at its references: each piece with what it reads as, ``None``: as it stands.

    >>> list(pieces("caf&eacute; au lait"))
    [('caf', None), ('&eacute;', 'é'), (' au lait', None)]
    """
    at = 0
    if "&" in text:
        for match in HTML_REFERENCE.finditer(text):
            if match.start() > at:
                yield text[at : match.start()], None
            yield match[0], meaning(match[0])
            at = match.end()
    if at < len(text):
        yield text[at:], None


def reference(char: str) -> str:
    """The reference that stands for a character.

    >>> reference("é"), reference("ő")
    ('&eacute;', '&#337;')
    """
    name = codepoint2name.get(ord(char))
    return f"&{name};" if name else f"&#{ord(char)};"


def escape_foreign(text: str, source: str) -> str:
    """Write characters beyond ASCII that the source does not use itself as references.

    A page that writes ``&rsquo;`` may be in an encoding that has no such character.
    """
    if text.isascii():
        return text
    return "".join(char if char.isascii() or char in source else reference(char) for char in text)
