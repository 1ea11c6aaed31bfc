"""Bytes in, bytes out: decode a stream without losing a byte, and follow it at its own pace."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final, Protocol

from respin.errors import InputError
from respin.text.lines import Line, LineSplitter

CHUNK, _LARGEST_CHUNK = 1 << 16, 1 << 18
"""Bytes asked for in one read: at first, and at most. A read gives back what is there, so a slow pipe is not waited on.
Larger ones are faster, and asked for when four times as much was read: who waits is not kept waiting much longer."""


_KEEPS_BYTES: Final = ("utf-8", "ascii", "iso8859-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
"""Encodings in which text has one spelling in bytes only; of the others it is checked."""


AUTO: Final = "auto"
"""Stands for the encoding that the content is in."""


class ByteSource(Protocol):
    """A binary file or pipe."""

    def read1(self, size: int, /) -> bytes:
        """At most ``size`` bytes, as many as one read of the source gives; none at its end."""


def check_encoding(name: str) -> str:
    """The canonical name of a text encoding.

    Raises:
        InputError: unknown, or not an encoding of text.
    """
    try:
        info = codecs.lookup(name)
    except LookupError:
        raise InputError(f"unknown encoding {name!r}; try utf-8, latin-1, cp1252 or utf-16") from None
    if not info._is_text_encoding:
        raise InputError(f"{name!r} is not an encoding of text")
    return info.name


def is_single_byte_safe(encoding: str) -> bool:
    """Whether undecodable bytes can pass through as they are (encodings of one-byte units)."""
    return not encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32"))


def encode(text: str, encoding: str) -> bytes:
    """Bytes of a piece of text; the bytes that could not be decoded come back as they were.

    Raises:
        InputError: a character that the encoding lacks.
    """
    if encoding == "utf-16":  # the encoder would write a byte order mark for each piece
        raise InputError("name the byte order: utf-16-le or utf-16-be")
    try:
        return text.encode(encoding, "surrogateescape" if is_single_byte_safe(encoding) else "strict")
    except UnicodeEncodeError as error:
        raise InputError(f"{text[error.start]!r} can't be written in {encoding}") from None


def resolve(encoding: str, start: bytes) -> str:
    """The encoding with its byte order, told from the byte order mark that the input starts with.

    The mark itself stays in the text, and so comes out again.
    """
    if encoding == "utf-16":
        return "utf-16-be" if start.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    if encoding == "utf-32":
        return "utf-32-be" if start.startswith(codecs.BOM_UTF32_BE) else "utf-32-le"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def read_lines(source: ByteSource, encoding: str = "utf-8") -> Iterator[tuple[list[Line], str]]:
    """The lines of a byte stream, in groups as they arrive, each with the encoding resolved.

    Bytes that are not of the encoding become lone surrogates (PEP 383) where its units are
    single bytes.

    Raises:
        InputError: undecodable input in an encoding of wider units, or bytes that would not
            come out again as they are.
    """
    chunk = source.read1(CHUNK)
    encoding = resolve(encoding, chunk)
    errors = "surrogateescape" if is_single_byte_safe(encoding) else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    splitter = LineSplitter()
    spelling = None if encoding in _KEEPS_BYTES else _Spelling(encoding)
    position = 0
    try:
        while chunk:
            lines = splitter.feed(decoder.decode(chunk))
            if spelling is not None:
                spelling.check(chunk, lines)
            if lines:
                yield lines, encoding
            position += len(chunk)
            chunk = source.read1(min(max(CHUNK, position // 4), _LARGEST_CHUNK))
        lines = splitter.feed(decoder.decode(b"", True)) + splitter.finish()
    except UnicodeDecodeError as error:
        raise InputError(f"not {encoding}: byte {position + error.start}: {error.reason}") from None
    except UnicodeError as error:
        raise InputError(f"{encoding} can't be read: {error}") from None
    if spelling is not None:
        spelling.check(b"", lines, is_last=True)
    if lines:
        yield lines, encoding


class _Spelling:
    """Makes sure that text comes out in the bytes that it came in.

    Some encodings have several spellings of one text (UTF-7, ISO 2022, doubles in those of East Asia).
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._pending = b""
        self._position = 0

    def check(self, chunk: bytes, lines: list[Line], *, is_last: bool = False) -> None:
        """Compare the next lines with what was read for them.

        Raises:
            InputError: they would be written in other bytes.
        """
        self._pending += chunk
        written = b"".join(encode(line.text, self._encoding) for line in lines)
        if not self._pending.startswith(written) or (is_last and written != self._pending):
            raise InputError(
                f"{self._encoding} has more than one spelling for what stands from byte {self._position} on;"
                " convert it to utf-8 first"
            )
        self._pending = self._pending[len(written) :]
        self._position += len(written)
