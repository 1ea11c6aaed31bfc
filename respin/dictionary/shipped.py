"""The dictionaries that come with respin: their names and files."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

DIRECTORY: Final = Path(__file__).parent.parent / "dictionaries"
_SOURCE_DIRECTORY: Final = Path(__file__).parent.parent.parent / "dictionaries"

DEFAULT: Final = ("newsroom", "newsroom-occasional")
"""Names of those that a repair uses unless told otherwise."""

OTHERS: Final = ("thesaurus", "thesaurus-occasional", "science")
"""Names of those of other families. `science-context` stands apart: what it lists has an innocent reading, too."""


def shipped() -> dict[str, Path]:
    """Name to file of each."""
    directory = DIRECTORY if DIRECTORY.is_dir() else _SOURCE_DIRECTORY
    return {path.stem: path for path in sorted(directory.glob("*.txt"))}


def checksums() -> dict[str, int]:
    """Name of each to the CRC-32 of its file."""
    return {name: zlib.crc32(path.read_bytes()) for name, path in shipped().items()}
