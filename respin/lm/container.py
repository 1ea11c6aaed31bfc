"""The container of binary models: named arrays in one file, mapped into memory, checked on opening.

File, all numbers little-endian: 40 bytes (`PREFIX`), a JSON header that names the sections, the
sections, each aligned to 64 bytes.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from respin.errors import ModelError

T = TypeVar("T")
Header = dict[str, Any]
"""What JSON holds."""
Sections = dict[str, NDArray[Any]]
"""Arrays of one dimension by their names."""

PREFIX: Final = struct.Struct("<8sIIIIQQ")
"""Magic, version, bytes of JSON, CRC-32 of the JSON, zero, bytes of the file, checksum of the body."""
ALIGNMENT: Final = 64
MAX_HEADER: Final = 1 << 20
"""Most bytes of JSON; models that are trained have a few thousand."""


class Container(NamedTuple):
    """A kind of file: the eight bytes that it begins with, the newest version that is read, and its name."""

    magic: bytes
    version: int
    name: str


def checksum(body: bytes | memoryview | mmap.mmap, offset: int = 0) -> int:
    """Checksum of a file's sections: CRC-32 over the 64-bit sums of blocks of 32 KiB.

    Some ten times as fast as a CRC of all bytes, so that opening can afford it.
    """
    words = np.frombuffer(body, "<u8", offset=offset)
    whole = len(words) // 4096 * 4096
    sums = np.add.reduce(words[:whole].reshape(-1, 4096), axis=1)
    rest = words[whole:]
    return zlib.crc32(rest.astype("<u8").tobytes(), zlib.crc32(sums.astype("<u8").tobytes()))


def open_container(
    path: str | Path, kind: Container, make: Callable[[Header, Sections], T], *, verify: bool = True
) -> T:
    """What is made of a file, mapped into memory; processes that open the same file share it.

    Args:
        make: takes header and sections, and raises one of the errors of a wrong look-up or number, such as
            ``ValueError``, if they make no sense.
        verify: compare the checksum of the whole file, which reads it once.

    Raises:
        ModelError: the file can't be read, or is no intact file of this kind and a known version.
    """
    try:
        with Path(path).open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise ModelError(f"{path}: an empty file, not a {kind.name}") from None
    try:
        return make(*_parse(data, kind, verify))
    except _Damage as damage:
        raise ModelError(f"{path}: {damage}") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # The checksums agree: somebody made it so.
        raise ModelError(f"{path}: corrupt {kind.name}: its header makes no sense") from None


def let_go(sections: Sections) -> None:
    """Give back the memory that the pages of a mapped file take; what is asked for again is mapped again."""
    if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        view: Any = next(iter(sections.values())).base
        view.obj.madvise(mmap.MADV_DONTNEED)


def read_container(path: str | Path, kind: Container, *, verify: bool = True) -> tuple[Header, Sections]:
    """Header and sections of a file, as `open_container` maps and checks them."""
    return open_container(path, kind, lambda header, sections: (header, sections), verify=verify)


class _Damage(Exception):
    """What is wrong with the bytes of a file."""


def _parse(data: mmap.mmap, kind: Container, verify: bool) -> tuple[Header, Sections]:
    if data[: len(kind.magic)] != kind.magic[: len(data)]:
        raise _Damage(f"not a respin {kind.name}")
    if len(data) < PREFIX.size:
        raise _Damage(f"truncated {kind.name}")
    _, version, header_size, header_crc, _, file_size, body = PREFIX.unpack_from(data)
    if version > kind.version:
        raise _Damage(
            f"{kind.name} of version {version}, this respin reads up to version {kind.version}; upgrade respin"
        )
    if len(data) < file_size:
        raise _Damage(f"truncated {kind.name}: {len(data):,} of {file_size:,} bytes")
    text = data[PREFIX.size : PREFIX.size + header_size]
    if len(data) != file_size or zlib.crc32(text) != header_crc:
        raise _Damage(f"corrupt {kind.name}: its header does not match its checksum")
    if header_size > MAX_HEADER:
        raise _Damage(f"corrupt {kind.name}: its header is too long")
    header: dict[str, Any] = json.loads(text)
    start = _body_start(header_size)
    if verify and checksum(data, start) != body:
        raise _Damage(f"corrupt {kind.name}: its contents do not match their checksum")
    sections = {
        name: np.frombuffer(data, np.dtype(kind_of), size, start + offset)
        for name, (kind_of, offset, size) in header["sections"].items()
    }
    if any(offset < 0 or offset % ALIGNMENT for _, offset, _ in header["sections"].values()):
        raise ValueError("a section")
    return header, sections


def _body_start(header_size: int) -> int:
    return -(-(PREFIX.size + header_size) // ALIGNMENT) * ALIGNMENT


def write_container(path: Path, kind: Container, header: Header, sections: Sections) -> int:
    """Write a file and return its size in bytes. The same header and sections give the same bytes.

    ``header`` is anything that JSON holds, without a key ``sections``.
    """
    body = bytearray()
    places: dict[str, tuple[str, int, int]] = {}
    for name, values in sections.items():
        kind_of = values.dtype.newbyteorder("<")
        places[name] = (kind_of.str, len(body), values.size)
        body += values.astype(kind_of).tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    text = json.dumps({**header, "sections": places}, sort_keys=True, separators=(",", ":")).encode("ascii")
    start = _body_start(len(text))
    size = start + len(body)
    prefix = PREFIX.pack(kind.magic, kind.version, len(text), zlib.crc32(text), 0, size, checksum(bytes(body)))
    with path.open("wb") as file:
        file.write((prefix + text).ljust(start, b"\0"))
        file.write(body)
    return size
