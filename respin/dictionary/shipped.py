"""The dictionaries that come with respin: their names and files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DIRECTORY: Final = Path(__file__).parent.parent / "dictionaries"
_SOURCE_DIRECTORY: Final = Path(__file__).parent.parent.parent / "dictionaries"

DEFAULT: Final = ("newsroom", "newsroom-occasional")
"""Names of those that a repair uses unless told otherwise."""


def shipped() -> dict[str, Path]:
    """Name to file of each."""
    directory = DIRECTORY if DIRECTORY.is_dir() else _SOURCE_DIRECTORY
    return {path.stem: path for path in sorted(directory.glob("*.txt"))}
