"""The corpus of nasty inputs in ``tests/engine/nasty``: TOML files that say how each input is put together.

A table is an input: ``parts`` are texts, or texts with how often they come, ``[["stated ", 3000]]``;
a part that starts with ``hex:`` gives bytes. ``format`` names the formats that it is meant for, by
default all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from respin.formats import NAMES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DIRECTORY: Final = Path(__file__).parent.parent / "tests" / "engine" / "nasty"


class Nasty(NamedTuple):
    """An input, and the formats that it is to be read as."""

    name: str
    data: bytes
    formats: tuple[str, ...]


def corpus() -> Iterator[Nasty]:
    """All inputs, by file and name."""
    for path in sorted(DIRECTORY.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text("utf-8")).items():
            data = b"".join(
                _bytes(part) if isinstance(part, str) else _bytes(part[0]) * part[1] for part in table["parts"]
            )
            yield Nasty(f"{path.stem}-{name}", data, tuple(table.get("format", NAMES)))


def _bytes(part: str) -> bytes:
    return bytes.fromhex(part[4:]) if part.startswith("hex:") else part.encode()
