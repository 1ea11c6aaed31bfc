"""The user's own list of words and phrases that are never touched."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from respin.dictionary import own as user_dictionary
from respin.errors import DictionaryError

FILE_NAME: Final = "keep.txt"

_MAX_BYTES: Final = 4 * 1024 * 1024

_HEADER: Final = "# Words and phrases that respin never touches, one a line, in any letter case.\n"


def path() -> Path:
    """Where the list lies, whether or not it exists: beside the user's dictionary."""
    return user_dictionary.path().with_name(FILE_NAME)


def read(file: Path | None = None) -> tuple[str, ...]:
    """The words and phrases of the list, none if there is no such file.

    Raises:
        DictionaryError: it can't be read.
    """
    file = path() if file is None else file
    try:
        with open(file, "rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise DictionaryError(str(file), 0, "larger than any list of words to keep")
        text = data.decode("utf-8-sig", "replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise DictionaryError(str(file), 0, error.strerror or str(error)) from None
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def add(phrases: Iterable[str], file: Path | None = None) -> tuple[str, ...]:
    """Put phrases on the list, and give back those that were not on it.

    Raises:
        DictionaryError, OSError: it can't be read or written; it is as it was then.
    """
    from respin.files.write import write_atomically

    file = path() if file is None else file
    known = {phrase.casefold() for phrase in read(file)}
    new = tuple(phrase for phrase in dict.fromkeys(phrases) if phrase.casefold() not in known)
    if new:
        before = file.read_text("utf-8-sig", "replace") if file.exists() else _HEADER
        if before and not before.endswith("\n"):
            before += "\n"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, (before + "".join(f"{phrase}\n" for phrase in new)).encode("utf-8"))
    return new
