"""The user's own dictionary: where it lies, and how an entry gets into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from respin.dictionary.shipped import DEFAULT
from respin.errors import DictionaryError
from respin.files.folders import user_folder

if TYPE_CHECKING:
    from respin.dictionary.file import Group

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
    return user_folder("XDG_CONFIG_HOME", "~/.config", windows=("APPDATA", r"~\AppData\Roaming")) / FILE_NAME


def default_dictionaries() -> tuple[str, ...]:
    """Names and files of the dictionaries that a repair uses, and every tool that looks at them.

    The shipped ones, and the user's own if there is one.
    """
    own = path()
    return (*DEFAULT, *([str(own)] if own.is_file() else []))


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
    from respin.dictionary.lint import Severity, check_group
    from respin.dictionary.source import DictionarySource, group_of

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
