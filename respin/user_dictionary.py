"""The user's own dictionary: where it lies, and how an entry gets into it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, NamedTuple

from respin.dictionary import DictionaryError, Group

FILE_NAME: Final = "dictionary.txt"

_HEADER: Final = (
    "# Your own synonym groups: the original first, then what the spinner writes instead.",
    "# respin reads this file beside the dictionary that it comes with.",
    "name = own",
    "about = the user's own groups",
    "---",
)


def path() -> Path:
    """Where the user's dictionary lies, whether or not it exists.

    ``$XDG_CONFIG_HOME/respin/dictionary.txt`` where that variable holds an absolute path, else the
    platform's folder for settings: ``~/.config``, ``~/Library/Application Support``, ``%APPDATA%``.
    """
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # the XDG base directory specification: a relative path is ignored
        if sys.platform == "win32":
            base = os.environ.get("APPDATA") or os.path.expanduser(r"~\AppData\Roaming")
        elif sys.platform == "darwin":
            base = os.path.expanduser("~/Library/Application Support")
        else:
            base = os.path.expanduser("~/.config")
    return Path(base, "respin", FILE_NAME)


class Addition(NamedTuple):
    """What an addition did: the group as it stands in the file now, and which variants are new in it."""

    group: Group
    new: tuple[str, ...]


def add(line: str, file: Path | None = None) -> Addition:
    """Add a group line to a dictionary file, by default the user's own; a group that is there grows.

    A file that does not exist is made, with a header. It is replaced as a whole, so a reader
    never sees half of it.

    Raises:
        DictionaryError: the line is no group or has a fault that ``dict lint`` calls an error,
            or the file is no dictionary.
        OSError: the file can't be written.
    """
    from respin.dictionary_source import DictionarySource, group_of
    from respin.lint import Severity, check_group

    file = path() if file is None else file
    group = group_of("the entry", line)
    for fault in check_group(group):
        if fault.severity is Severity.ERROR:
            raise DictionaryError("the entry", 0, fault.message)
    if file.exists():
        source = DictionarySource.read(file)
    else:
        source = DictionarySource(str(file), header=list(_HEADER))
    added = source.merge(group)
    if added.new:
        file.parent.mkdir(parents=True, exist_ok=True)
        source.write(file)
    return Addition(*added)
