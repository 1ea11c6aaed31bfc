"""What a file is, by its first bytes: compressed, binary, or text in which encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

from respin.text import lazy_regex as regex

LOOK_AHEAD: Final = 4096
"""Most bytes that are waited for to find out the encoding, and only where a page says it later than at once."""

_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_BINARY: Final = (
    b"%PDF-", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"PK\x03\x04", b"PK\x05\x06", b"\x7fELF",
    b"MZ\x90",
    b"RIFF", b"OggS", b"ID3\x03", b"ID3\x04", b"\xd0\xcf\x11\xe0", b"Rar!\x1a", b"7z\xbc\xaf", b"SQLite format 3",
    b"\xca\xfe\xba\xbe", b"wOFF", b"wOF2", b"{\\rtf",
)  # fmt: skip
"""How files of pictures, sounds, programs, archives and word processors start."""

_CONTROL: Final = bytes({*range(32), 127} - {*b"\b\t\n\v\f\r\x1b"})
_PRINTED: Final = bytes({*range(256)} - {*_CONTROL})
_MOST_CONTROL: Final = 0.05
"""Share of control characters from which on something is no text; scraped text has a few."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABEL: Final = regex.compile(
    rb"""(?xi) \A(?:\xef\xbb\xbf)?\s*+<\?xml[^>]*?\sencoding\s*+=\s*+["'](?P<xml>[\w.:-]++)
    | <meta\s[^>]*?charset\s*+=\s*+["']?\s*+(?P<meta>[\w.:-]++)"""
)
_PAGE: Final = regex.compile(rb"\s*+<(?:!doctype|html|head|meta|\?xml)", regex.IGNORECASE)
_PAST_LABEL: Final = regex.compile(rb"</head|<body|<p[\s>]|\?>\s*+<(?!!|html)", regex.IGNORECASE)
_SINGLE_BYTE: Final = regex.compile(r"latin|iso8859|cp125\d|koi8|mac|cp437|cp850|cp866|ascii")
"""Encodings that a label is believed for: one byte a character, and the same letters as ASCII has.
In the others (of East Asia, say) the bytes pass through as they are, which loses nothing."""


class Stream(Protocol):
    """A binary file or pipe."""

    def read1(self, size: int, /) -> bytes:
        """What is there, at most ``size`` bytes; none at the end."""


class Peeked:
    """A stream whose start can be looked at before it is read."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.start = b""
        """What was read ahead, and not taken yet."""

    def peek(self, size: int, is_enough: Callable[[bytes], bool] = lambda start: False) -> bytes:
        """The start of the stream: ``size`` bytes, or fewer if it ends before, or they are enough."""
        while len(self.start) < size and not (self.start and is_enough(self.start)):
            chunk = self._stream.read1(1 << 16)
            if not chunk:
                break
            self.start += chunk
        return self.start

    def read1(self, size: int, /) -> bytes:
        """What is there."""
        if self.start:
            taken, self.start = self.start[:size], self.start[size:]
            return taken
        return self._stream.read1(size)

    def read(self, size: int = -1, /) -> bytes:
        """All there is; or, for a size, what is there of it."""
        if size >= 0:
            return self.read1(size)
        parts = []
        while chunk := self.read1(1 << 20):
            parts.append(chunk)
        return b"".join(parts)


class Content(NamedTuple):
    """What a stream holds.

    ``compression`` is its name if the stream is compressed, ``stream`` reads through it.
    ``encoding`` is ``None`` for what is no text.
    """

    stream: Peeked
    compression: str | None
    encoding: str | None


def sniff(stream: Stream, encoding: str | None = None, *, is_text: bool = False) -> Content:
    """Look at the start of a stream.

    Args:
        stream: read from its start.
        encoding: the one that was named; ``None``: it is told from the content.
        is_text: take it for text, whatever it looks like.

    Raises:
        OSError: it is compressed in a way that this Python can't read, or damaged.
    """
    peeked = Peeked(stream)
    compression = _compression(peeked.peek(6, lambda start: not any(m.startswith(start[:6]) for m in _COMPRESSED)))
    if compression is not None and not is_text:
        peeked = Peeked(_Decompressed(peeked, compression))
    else:
        compression = None
    start = peeked.peek(LOOK_AHEAD, _is_enough)
    found = _encoding(start) if encoding is None else encoding
    if not is_text and _is_binary(start, found):
        return Content(peeked, compression, None)
    return Content(peeked, compression, found)


def _compression(start: bytes) -> str | None:
    return next((name for mark, name in _COMPRESSED.items() if start.startswith(mark)), None)


def _is_enough(start: bytes) -> bool:
    """Whether more would not tell more: only the head of a page is waited for."""
    if len(start) < 4 and not start.endswith((b"\n", b"\r")):
        return False
    # Without a tag there is nothing to match, and the regex package stays unloaded.
    return b"<" not in start or not _PAGE.match(start) or bool(_LABEL.search(start) or _PAST_LABEL.search(start))


def _is_binary(start: bytes, encoding: str) -> bool:
    if start.startswith(_BINARY):
        return True
    if encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        return False
    return len(start) - len(start.translate(None, _CONTROL)) > _MOST_CONTROL * len(start)


def _encoding(start: bytes) -> str:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    wide = _wide(start[:1024])
    if wide is not None:
        return wide
    match = _LABEL.search(start, 0, LOOK_AHEAD) if b"<" in start else None
    if match is None:
        return "utf-8"
    label = (match["xml"] or match["meta"]).decode("ascii", "replace")
    try:
        info = codecs.lookup(label)
    except LookupError:
        return "utf-8"
    if not info._is_text_encoding or not _SINGLE_BYTE.match(info.name):
        return "utf-8"
    if info.name in ("ascii", "iso8859-1"):  # what pages call these is the larger set of Windows
        info = codecs.lookup("cp1252")
    # A label that is plainly wrong: text that reads as UTF-8 hardly ever is anything else.
    return "utf-8" if not start.isascii() and _is_utf8(start) else info.name


def _is_utf8(start: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(start)
        return True
    return False


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: text in the letters of ASCII has a zero in every other byte, and nowhere else."""
    if len(start) < 4 or b"\0" not in start:
        return None
    even, odd = start[::2], start[1::2]
    for zeros, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) >= 0.7 * len(zeros) and not letters.translate(None, _PRINTED):
            return name
    return None


class _Decompressed:
    """Reads through a compressed stream."""

    def __init__(self, stream: Peeked, compression: str) -> None:
        self._name = compression
        self._file = _reader(stream, compression)

    def read1(self, size: int, /) -> bytes:
        """What is there.

        Raises:
            OSError: it is damaged, or cut short.
        """
        try:
            data: bytes = self._file.read1(size) if hasattr(self._file, "read1") else self._file.read(size)
        except EOFError:
            raise OSError(0, f"the {self._name} data is cut short") from None
        except OSError as error:
            if error.errno:
                raise
            raise OSError(0, f"the {self._name} data is damaged: {error}") from None
        except Exception as error:  # each library has an error of its own
            raise OSError(0, f"the {self._name} data is damaged: {error}") from None
        return data


def _reader(stream: Peeked, compression: str) -> Any:
    source: Any = stream
    try:
        if compression == "gzip":
            import gzip

            return gzip.GzipFile(fileobj=source)
        if compression == "bz2":
            import bz2

            return bz2.BZ2File(source)
        if compression == "xz":
            import lzma

            return lzma.LZMAFile(source)
        from importlib import import_module

        return import_module("compression.zstd").ZstdFile(source)
    except ImportError:
        raise OSError(0, f"{compression}-compressed; this Python can't read that, so unpack it first") from None
