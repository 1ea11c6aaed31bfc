"""Tell a document's format from how it begins.

One line after the other is looked at, so that the answer does not depend on how a stream was cut,
and a line of plain text is plain text at once: only what looks like the start of something else
is held back, and never more than ``LOOK_AHEAD``.
"""

from __future__ import annotations

import re
from typing import Final

from respin.errors import InputError
from respin.text import lazy_regex as regex

LOOK_AHEAD: Final = 1 << 16
"""Most code points that are looked at before a document is taken for what its name says, or for plain text."""

_BLOCKS: Final = (
    "html|head|body|title|meta|link|base|script|style|div|p|h[1-6]|ul|ol|li|dl|table|thead|tbody|tr|td|th|section"
    "|article|aside|main|nav|header|footer|figure|blockquote|form|hr|br|center|pre|iframe|noscript|template|svg"
)
_INLINES: Final = "a|abbr|b|big|cite|code|em|font|i|img|ins|del|mark|q|s|small|span|strong|sub|sup|time|u|picture|video"
TIMING: Final = regex.compile(r"\s*+(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{3}\s*+-->\s*+(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{3}")
"""The line of a cue that says when it is shown."""
MARKS: Final = ",;\t|"
"""What may stand between cells."""
_NAME: Final = regex.compile(r'"?[\p{L}_][\p{L}\p{N}_./:\-]{0,40}+(?:\ [\p{L}\p{N}_./:\-]{1,40}+){0,3}+"?')
_PROLOGUE: Final = regex.compile(r"\s*+(?:<!--(?:[^-]++|-(?!->))*+-->|<\?xml(?:[^?]++|\?(?!>))*+\?>)")
_PAGE: Final = regex.compile(r"<!doctype\s+html\b|<(?:html|head|body)(?=[\s>/])|<\?(?:php\b|=|\s)|<%", regex.IGNORECASE)
_ELEMENT: Final = regex.compile(rf"</?(?:{_BLOCKS}|{_INLINES})(?=[\s>/])", regex.IGNORECASE)
_TAG: Final = regex.compile(r"<(?P<name>[A-Za-z_][\w.:-]*+)(?P<rest>(?:\s[^<>]*+)?/?)>\s*+(?P<next>\S?)")
_FEED: Final = regex.compile(r"<(?:rss|feed|rdf:RDF|urlset|sitemapindex|opml)(?=[\s>])")
_UNFINISHED: Final = regex.compile(r"<(?:[A-Za-z!/?%_][^<>]*+)?+\Z")
_BLOCK_LINE: Final = regex.compile(rf"\s*+(?:<!doctype\s+html\b|</?(?:{_BLOCKS})(?=[\s>/])|<\?php\b)", regex.IGNORECASE)
_JSON_START: Final = regex.compile(r"""\{\s*+(?:"|\}|\Z)|\[\s*+(?:["{\[]|\]|\Z)""")
_HEADING: Final = regex.compile(r"#{1,6}[ \t]+\S")
_FENCE: Final = regex.compile(r"[ ]{0,3}(?:`{3,}[^`]*|~{3,}[^~]*)\Z")
_MATTER: Final = regex.compile(r"(?:---|\+\+\+)[ \t]*+\r?\n?\Z")
_MATTER_LINE: Final = regex.compile(r"""["']?[\w.\udc80-\udcff-]++["']?[ \t]*+[:=](?:\s|\Z)|\[|\#|---|\+\+\+""")
_FIELD: Final = regex.compile(r"([A-Za-z][A-Za-z0-9-]*+):(?:[ \t]|\r?\n?\Z)")
_FOLDED: Final = regex.compile(r"[ \t]+\S")
_MBOX: Final = regex.compile(r"From \S+ .*\d{4}")
_HTTP: Final = regex.compile(r"HTTP/\d(?:\.\d)? \d{3}")
_LONGEST_HEAD: Final = 400
"""Lines. Without a bound all fields would be read again with each that comes, for a list that is no mail at all."""
_MAIL_FIELDS: Final = frozenset(
    "from to cc subject date message-id received return-path delivered-to reply-to mime-version content-type"  # noqa: SIM905
    " content-transfer-encoding references in-reply-to sender list-id dkim-signature".split()
)


class FormatDetector:
    """Looks at the lines of a document until it is clear what they are.

    Args:
        expected: what the document is taken for if its content does not say otherwise: by the suffix
            of its name, or ``plain``.
    """

    def __init__(self, expected: str = "plain") -> None:
        self._expected = expected
        self._text = ""
        self._size = 0

    def see(self, text: str) -> str | None:
        """The format, after the next line or piece of one; ``None``: it can't be told yet."""
        self._size += len(text)
        if self._text or not text.lstrip("\ufeff").isspace():
            self._text += text
        if not self._text.lstrip("\ufeff"):
            return None if self._size < LOOK_AHEAD else self._expected
        name = _tell(self._text.lstrip("\ufeff \t\r\n") or "\n", self._expected)
        return self._expected if name is None and self._size >= LOOK_AHEAD else name

    def end(self) -> str:
        """The format of a document that has ended before it could be told."""
        if not self._text:
            return self._expected
        return _tell(self._text.lstrip("\ufeff \t\r\n") + "\n\n", self._expected) or self._expected


def turns_into(line: str) -> str | None:
    """What plain text turns into with a line that starts like no text: ``html``, ``markdown`` or nothing else.

    >>> turns_into("<body class=x>"), turns_into("```python"), turns_into("a <b>bold</b> word")
    ('html', 'markdown', None)
    """
    if "<" in line and _BLOCK_LINE.match(line):
        return "html"
    if ("```" in line or "~~~" in line) and _FENCE.match(line.rstrip("\r\n")):
        return "markdown"
    return None


def _tell(text: str, expected: str) -> str | None:
    """The format of a text without leading white space, ``None``: more is needed."""
    if text[0] == "<":
        found = _markup(text)
        if found == "html" and expected in ("html", "markdown", "xml"):
            # A name that says Markdown may begin with a tag; a page is a page.
            return "html" if expected == "xml" or _PAGE.match(_after_prologue(text)) else expected
        return expected if found == "plain" or (found == "xml" and expected == "markdown") else found
    if text[0] in "{[":
        found = _json(text)
        if expected in ("json", "jsonl", "markdown") or found == "plain":
            return expected
        return found
    if expected != "plain":
        return expected
    # Each asks for a plain sign first: prose has none, and needs not load the regex package.
    for look in (_subtitles, _mail, _matter, _table, _heading):
        found = look(text)
        if found != "plain":
            return found
    return "plain"


def _after_prologue(text: str) -> str:
    """The text without the comments, and the declaration, at its start."""
    at = 0
    while match := _PROLOGUE.match(text, at):
        at = match.end()
    return text[at:].lstrip()


def _markup(text: str) -> str | None:
    rest = _after_prologue(text)
    if not rest or (_UNFINISHED.match(rest) and len(rest) < 4096) or rest.startswith("<!--"):
        return None
    if rest[0] != "<":
        return "xml" if text.startswith("<?xml") else "plain"
    if _PAGE.match(rest):
        return "html"
    if text.startswith("<?xml") or rest.startswith(("<!DOCTYPE", "<?xml")) or _FEED.match(rest):
        root = re.search(r"<([A-Za-z_][\w.:-]*)", rest)
        return None if root is None else "html" if root[1].lower() == "html" else "xml"
    if _ELEMENT.match(rest):
        return "html"
    tag = _TAG.match(rest)
    if tag is None:
        return "plain"
    if "xmlns" in tag["rest"] or f"</{tag['name']}>" in rest:
        return "xml"
    return None if not tag["next"] else "xml" if tag["next"] == "<" else "plain"


def _json(text: str) -> str | None:
    if not _JSON_START.match(text):
        return "plain"
    from respin.formats.json_strings import TOKEN, Paths, Scanner

    scanner = Scanner(Paths(()))
    at = 0
    try:
        while match := TOKEN.match(text, at):
            if scanner.wanted == "end":
                break
            at = match.end()
            scanner.take(match)
    except InputError:
        return "plain"
    rest = text[at:].lstrip(" \t")
    if scanner.wanted == "end":
        return "jsonl" if not rest.strip("\r\n") or "\n" in rest or rest[0] == "\r" else "plain"
    if rest.strip() and rest[0] not in '"-0123456789tfnNI':
        return "plain"
    return "json" if scanner.tokens >= (3 if text[0] == "{" else 4) else None


def _subtitles(text: str) -> str | None:
    if text.startswith("WEBVTT") and text[6:7] in ("", " ", "\t", "\r", "\n"):
        return "subtitles"
    first, _, second = text.partition("\n")
    if "-->" in first and TIMING.match(first):
        return "subtitles"
    if not first.strip().isdecimal() or len(first) > 12:
        return "plain"
    if not second.strip() and "\n\n" not in text:
        return None
    return "subtitles" if TIMING.match(second) else "plain"


def _mail(text: str) -> str | None:
    """A message, or a page with the head of its transfer: at least two known fields before a blank line."""
    lines = text.splitlines()
    if len(lines) > _LONGEST_HEAD:
        return "plain"
    if lines[0].startswith(("From ", "HTTP/")) and (_MBOX.match(lines[0]) or _HTTP.match(lines[0])):
        del lines[0]
        if not lines:
            return None
    known = 0
    for number, line in enumerate(lines):
        field = _FIELD.match(line) if ":" in line else None
        if field is not None:
            known += field[1].lower() in _MAIL_FIELDS
        elif not line.strip():
            return "mail" if known > 1 or (text.startswith("HTTP/") and number) else "plain"
        elif not (number and _FOLDED.match(line)):
            return "plain"
    return None if known or text.startswith("HTTP/") else "plain"


def _matter(text: str) -> str | None:
    """Front matter: a rule, and a key below it."""
    first, _, rest = text.partition("\n")
    if not first.startswith(("---", "+++")) or not _MATTER.match(first):
        return "plain"
    line = rest.lstrip()
    if not line:
        return None
    return "markdown" if _MATTER_LINE.match(line) else "plain"


def _heading(text: str) -> str | None:
    """A heading, and something else below it: lines that all begin with such a mark are a comment."""
    if not text.startswith("#") or not _HEADING.match(text):
        return "plain"
    lines = text.splitlines()
    if len(lines) < 2:
        return None
    mark = text[: len(text) - len(text.lstrip("#"))]
    return "plain" if f"{lines[1]} ".startswith((f"{mark} ", f"{mark}\t")) else "markdown"


def _table(text: str) -> str | None:
    """A row that names columns, and another with as many cells."""
    first, _, rest = text.partition("\n")
    mark = mark_of(first)
    if mark is None or (mark != "\t" and first.count(mark) < 1):
        return "plain"
    if not rest.strip():
        return None if "\n\n" not in text else "plain"
    second = rest.partition("\n")[0]
    cells = re.sub(r'"(?:[^"]|"")*(?:"|\Z)', "", second).count(mark)
    if '"' not in second and cells != first.count(mark):
        return "plain"
    if '"' in second and cells == 0:
        return "plain"
    return "tsv" if mark == "\t" else "csv"


def mark_of(row: str) -> str | None:
    """What stands between the cells of a row that names columns; ``None`` if it looks like no such row.

    >>> mark_of("id;title;body"), mark_of("id,text"), mark_of("The mayor, who left, stated it.")
    (';', ',', None)
    """
    row = row.strip("\ufeff\r\n")
    for mark in sorted(MARKS, key=row.count, reverse=True):
        cells = row.split(mark)
        # In a sentence a blank follows the mark: that is found without the regex package.
        may_name = all(cell[:1].isalpha() or cell[:1] in ('"', "_") for cell in cells)
        if len(cells) > 1 and may_name and all(_NAME.fullmatch(cell) for cell in cells):
            return mark
    return None
