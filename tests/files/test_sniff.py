"""What a stream is, by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.files.sniff import Peeked, sniff

TEXT = "The folks stated “it”.\n"


def stream(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "utf-8"),
        (TEXT.encode(), "utf-8"),
        (b"\xff\xfeT\0", "utf-16-le"),
        (b"\xfe\xff\0T", "utf-16-be"),
        (b"\xff\xfe\0\0T\0\0\0", "utf-32-le"),
        ("The folks stated it.\n".encode("utf-16-le"), "utf-16-le"),
        ("The folks stated it.\n".encode("utf-16-be"), "utf-16-be"),
        (b'<?xml version="1.0" encoding="ISO-8859-15"?><a>caf\xe9</a>', "iso8859-15"),
        (b'<html><head><meta charset="windows-1252"><title>caf\xe9 x', "cp1252"),
        (b"<html><head><meta http-equiv='x' content='text/html; charset=iso-8859-1'><p>caf\xe9 x", "cp1252"),
        (b'<html><head><meta charset="windows-1252"><title>' + "café".encode(), "utf-8"),
        (b'<html><head><meta charset="shift_jis"><title>caf\xe9', "utf-8"),
        (b'<html><head><meta charset="nosuch"><title>caf\xe9', "utf-8"),
        (b"The folks stated caf\xe9.\n", "utf-8"),
        (b"one \0 zero byte in a line of text is no reason to leave it\n", "utf-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), None),
        (b"%PDF-1.7\nfolks stated", None),
        (b"PK\x03\x04folks stated", None),
        (bytes(1000), None),
        (bytes(range(256)) * 4, None),
    ],
)
def test_encoding(data: bytes, encoding: str | None) -> None:
    content = sniff(stream(data))
    assert (content.encoding, content.compression) == (encoding, None)
    assert content.stream.read() == data


@pytest.mark.parametrize(
    ("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bz2"), (lzma.compress, "xz")], ids=["gzip", "bz2", "xz"]
)
def test_packed_text_is_read_through(pack: Callable[[bytes], bytes], name: str) -> None:
    data = TEXT.encode() * 5000
    content = sniff(stream(pack(data) + pack(b"more")))
    assert (content.encoding, content.compression) == ("utf-8", name)
    assert content.stream.read() == data + b"more"
    for broken, cause in ((pack(data)[:-20], "short|damaged"), (pack(data)[:30] + b"folks" * 9, "damaged|short")):
        with pytest.raises(OSError, match=cause):
            sniff(stream(broken)).stream.read()


def test_what_is_named_is_believed() -> None:
    assert sniff(stream(b"\0" * 9), "utf-16-le").encoding == "utf-16-le"
    assert sniff(stream(b"%PDF-1.7"), is_text=True).encoding == "utf-8"
    assert sniff(stream(gzip.compress(b"folks")), is_text=True).compression is None


class Slow:
    """Gives one piece a read, as a pipe may."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def read1(self, size: int, /) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def test_only_the_head_of_a_page_is_waited_for() -> None:
    slow = Slow(b"The folks stated it.\n", b"more")
    sniff(slow)
    assert slow.pieces == [b"more"]
    slow = Slow(b"<html><head>", b"<meta charset=koi8-r>", b"more")
    assert sniff(slow).encoding == "koi8-r"
    assert slow.pieces == [b"more"]


@given(st.binary(max_size=300), st.integers(1, 9))
def test_nothing_is_lost_by_looking_ahead(data: bytes, step: int) -> None:
    peeked = Peeked(Slow(*(data[at : at + step] for at in range(0, len(data), step))))
    peeked.peek(50)
    parts = []
    while part := peeked.read1(7):
        parts.append(part)
    assert b"".join(parts) == data
