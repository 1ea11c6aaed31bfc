"""Mail, one message or a mailbox (mbox), and pages with the head of their transfer (HTTP).

The text of a message is prose, and that of its parts which are plain text or HTML, also where it is
written as quoted-printable. Head fields but the subject, attachments and what is in base64 stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import regex

from respin.formats.division import BEFORE, WithoutTally
from respin.formats.layers import Written, passages_within
from respin.formats.passages import Escape, Format, Passage, Run, Unwritable
from respin.text.lines import Line

MAX_PART: Final = 1 << 21
"""Longest part in quoted-printable that is read, in code points; a longer one is passed on as it is."""

_MAX_HEAD: Final = 1 << 16
_FIELD: Final = regex.compile(r"(?P<name>[A-Za-z][A-Za-z0-9-]*+):[ \t]*+(?P<value>.*)")
_PARAMETER: Final = regex.compile(r""";\s*+(?P<name>[\w*-]++)\s*+=\s*+(?:"(?P<quoted>[^"]*+)"|(?P<bare>[^\s;"]++))""")
_CODED: Final = regex.compile(r"(?:=[0-9A-Fa-f]{2})++|=[ \t]*+(?:\r\n|\n|\r)|[^=]++|=")
_FROM: Final = regex.compile(r"From \S+ .*\d{4}")
_HTTP: Final = regex.compile(r"HTTP/\d")


class Messages:
    """Finds where messages begin: a line of a mailbox for it, or the first one of a transfer, below a blank line."""

    place = None

    def __init__(self) -> None:
        self._after_blank = True

    def cut(self, text: str) -> int | None:
        """Before the first line of a message."""
        begins = self._after_blank and (_FROM.match(text) or _HTTP.match(text))
        self._after_blank = not text.strip()
        return BEFORE if begins else None


class Mail(WithoutTally):
    """Reads head and body in turn; parts are told by their boundaries.

    Args:
        make: makes the format of a part by its name, ``plain`` or ``html``.
    """

    def __init__(self, make: Callable[[str], Format]) -> None:
        self._make = make
        self._head: list[str] | None = []
        """The lines of the head that is being read; ``None`` in a body."""
        self._head_size = 0
        self._boundaries: list[str] = []
        self._part: Format | None = None
        """What reads the part; ``None``: it is left alone."""
        self._coded: list[str] | None = None
        """The lines of a part in quoted-printable."""
        self._coded_size = 0
        self._charset = "utf-8"
        self._messages = Messages()
        self._is_new = True
        """Whether a message begins."""

    def feed(self, lines: Iterable[Line]) -> Iterator[Passage]:
        """The passages that ``lines`` complete."""
        for line in lines:
            text = line.text
            if self._messages.cut(text) is not None:
                yield from self._end_part()
                self._boundaries, self._head, self._head_size, self._is_new = [], [], 0, False
                yield Passage(text, new_document=True)
            elif self._boundaries and text.startswith("--") and self._is_boundary(text):
                yield from self._end_part()
                yield Passage(text)
            elif self._head is not None:
                yield from self._read_head(text)
            else:
                yield from self._read_body(line)

    def finish(self) -> Iterator[Passage]:
        """The rest of the last part."""
        yield from self._end_part()

    def escape(self, text: str, source: str) -> str:
        """What stands in a subject."""
        if not text.isascii() or "\n" in text or "\r" in text or "=?" in text:
            raise Unwritable(text)
        return text

    def _is_boundary(self, text: str) -> bool:
        mark = text[2:].rstrip()
        for index in range(len(self._boundaries) - 1, -1, -1):
            if mark == self._boundaries[index]:
                del self._boundaries[index + 1 :]
                self._head, self._head_size = [], 0
                return True
            if mark == self._boundaries[index] + "--":
                del self._boundaries[index:]
                self._head = None
                return True
        return False

    def _read_head(self, text: str) -> Iterator[Passage]:
        assert self._head is not None
        if not text.strip():
            self._begin_part(self._head)
            self._head = None
            yield Passage(text)
            return
        self._head.append(text)
        self._head_size += len(text)
        if self._head_size > _MAX_HEAD:  # no head at all: leave alone what comes
            self._head, self._part = None, None
        field = _FIELD.match(text)
        runs: tuple[Run, ...] = ()
        if field and field["name"].lower() == "subject" and "=?" not in text and text.isascii():
            runs = (Run(field.start("value"), field.end("value")),) if field["value"].strip() else ()
        yield Passage(text, runs, self._is_new)
        self._is_new = False

    def _begin_part(self, head: list[str]) -> None:
        """Choose how the body below a head is read."""
        fields: dict[str, str] = {}
        name = ""
        for line in head:
            field = _FIELD.match(line)
            if field and not line[0].isspace():
                name = field["name"].lower()
                fields.setdefault(name, field["value"].strip())
            elif name and name in fields:
                fields[name] += " " + line.strip()
        kind, _, rest = fields.get("content-type", "text/plain").partition(";")
        parameters = {
            match["name"].lower(): match["quoted"] or match["bare"] or "" for match in _PARAMETER.finditer(f";{rest}")
        }
        if parameters.get("boundary") and kind.strip().lower().startswith("multipart/"):
            self._boundaries.append(parameters["boundary"])
        self._charset = parameters.get("charset", "utf-8")
        format = {"text/plain": "plain", "text/html": "html", "application/xhtml+xml": "html"}.get(kind.strip().lower())
        encoding = fields.get("content-transfer-encoding", "8bit").lower()
        is_attached = fields.get("content-disposition", "").lower().startswith("attachment")
        readable = format is not None and not is_attached and encoding in ("7bit", "8bit", "binary", "quoted-printable")
        self._part = self._make(format) if readable and format is not None else None
        self._coded_size = 0
        self._coded = [] if self._part is not None and encoding == "quoted-printable" else None

    def _read_body(self, line: Line) -> Iterator[Passage]:
        if self._part is None:
            yield Passage(line.text)
        elif self._coded is None:
            yield from self._marked(self._part.feed([line]))
        else:
            self._coded.append(line.text)
            self._coded_size += len(line.text)
            if self._coded_size > MAX_PART:
                yield Passage("".join(self._coded))
                self._part = self._coded = None

    def _end_part(self) -> Iterator[Passage]:
        part, coded = self._part, self._coded
        self._part = self._coded = None
        if part is None:
            return
        if coded is None:
            yield from self._marked_by(part, part.finish())
        elif coded:
            source = "".join(coded)
            charset = self._charset
            yield from passages_within(source, _decoded(source, charset), part, _coder(charset))

    def _marked(self, passages: Iterator[Passage]) -> Iterator[Passage]:
        assert self._part is not None
        return self._marked_by(self._part, passages)

    @staticmethod
    def _marked_by(part: Format, passages: Iterator[Passage]) -> Iterator[Passage]:
        for passage in passages:
            yield passage if passage.escape else passage._replace(escape=part.escape)


def _decoded(source: str, charset: str) -> Iterator[Written]:
    """What text in quoted-printable reads as. Soft line breaks read as nothing."""
    for match in _CODED.finditer(source):
        start, end = match.span()
        if match[0][0] != "=" or match[0] == "=":
            yield Written(start, end, match[0])
        elif match[0][1:2].isspace():
            yield Written(start, end, "")
        else:
            yield from _bytes(bytes.fromhex(match[0].replace("=", "")), charset, start)


def _bytes(data: bytes, charset: str, start: int) -> Iterator[Written]:
    """Each character of some coded bytes, three code points of the source a byte."""
    import codecs

    try:
        decoder = codecs.getincrementaldecoder(charset)("replace")
    except LookupError:
        decoder = codecs.getincrementaldecoder("latin-1")("replace")
    begin = start
    for number, byte in enumerate(data):
        text = decoder.decode(bytes((byte,)), number == len(data) - 1)
        if text:
            yield Written(begin, start + 3 * (number + 1), text)
            begin = start + 3 * (number + 1)
    if begin < start + 3 * len(data):
        yield Written(begin, start + 3 * len(data), "\ufffd")


def _coder(charset: str) -> Escape:
    def escape(text: str, source: str) -> str:
        try:
            return "".join(
                char if char.isascii() and char != "=" else "".join(f"={byte:02X}" for byte in char.encode(charset))
                for char in text
            )
        except (UnicodeEncodeError, LookupError):
            raise Unwritable(text) from None

    return escape
