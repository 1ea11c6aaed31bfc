"""Find the files that a command line names: files, folders, globs; what is ignored; in a fixed order."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from respin import formats
from respin.errors import SettingsError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_DATA: Final = ("json", "csv", "tsv", "xml")
_PROGRAMS: Final = (".php", ".asp", ".aspx", ".jsp")
SUFFIXES: Final = (
    ".txt",
    ".text",
    *(suffix for suffix, name in formats.SUFFIXES.items() if name not in _DATA and suffix not in _PROGRAMS),
)
"""Names that are taken from a folder end like this; a file that is named itself may have any name.
Programs, and formats that mostly hold something else than articles, are not taken unless they are asked for."""

STANDARD_INPUT: Final = "-"


class ByteStream(Protocol):
    """A binary file or pipe that is read."""

    def read(self, size: int = -1, /) -> bytes:
        """All there is, or ``size`` bytes of it."""

    def read1(self, size: int, /) -> bytes:
        """What is there, at most ``size`` bytes; none at the end."""

    def fileno(self) -> int:
        """The file descriptor."""


class Found(NamedTuple):
    """A file to read.

    ``relative`` is its path below the folder that was named, or its bare name.
    """

    path: str
    relative: str


class Unreadable(NamedTuple):
    """A folder that can't be looked into, or a pattern that fits nothing."""

    name: str
    cause: str


def find(
    names: Sequence[str], exclude: Sequence[str] = (), include: Sequence[str] = (), written: Sequence[str] = ()
) -> Iterator[Found | Unreadable]:
    """The files in the order given; those of a folder by name.

    Folders are searched all the way down, without hidden ones, symbolic links, and what a
    ``.gitignore`` there or above it in the same repository leaves out.

    Args:
        names: files, folders, patterns with ``*``, ``?``, ``[…]`` and ``**``, ``-``.
        exclude: patterns as in ``.gitignore`` files, relative to the current folder, of what to
            leave out even if it was named.
        include: patterns of the names to take from folders, in place of ``SUFFIXES``.
        written: files and folders that the run writes; they are not taken from folders.

    Raises:
        SettingsError: a pattern that can't be read.
    """
    excluded = _spec(exclude)
    included = _spec(include)
    seen = {os.path.realpath(path) for path in written}
    named: set[str] = set()
    for name in names:
        if name == STANDARD_INPUT:
            yield Found(name, name)
        elif excluded is not None and _is_excluded(excluded, name):
            continue
        elif os.path.isdir(name):
            for found in _Walk(name, excluded, included, seen).files():
                yield from _once(found, seen)
        elif _has_magic(name) and not os.path.lexists(name):
            yield from _matching(name, excluded, seen)
        else:
            # A file that the run writes is read all the same if it is named: -o may be that of the input.
            if os.path.realpath(name) not in named:
                yield Found(name, os.path.basename(name))
            named.add(os.path.realpath(name))
            seen.add(os.path.realpath(name))


def _once(found: Found | Unreadable, seen: set[str]) -> Iterator[Found | Unreadable]:
    """A file that was named before, itself or with its folder, does not come again."""
    if isinstance(found, Found):
        real = os.path.realpath(found.path)
        if real in seen:
            return
        seen.add(real)
    yield found


def _matching(pattern: str, excluded: GitIgnoreSpec | None, seen: set[str]) -> Iterator[Found | Unreadable]:
    """The files below a pattern's first fixed folders that match the rest of it."""
    parts = pattern.replace(os.sep, "/").split("/")
    magic = next(index for index, part in enumerate(parts) if _has_magic(part))
    root = "/".join(parts[:magic]) or ("/" if pattern.startswith("/") else ".")
    rest = "/".join(parts[magic:])
    spec = _spec([f"/{rest}"])
    # A pattern that names a suffix means it; one that matches folders means the prose in them.
    walk = _Walk(root, excluded, _spec(["*"]) if "." in parts[-1].lstrip(".") else None, seen)
    matched = False
    for found in walk.files() if os.path.isdir(root) else ():
        if isinstance(found, Unreadable):
            yield found
        elif spec is not None and spec.match_file(found.relative):
            matched = True
            yield from _once(found, seen)
    if not matched:
        yield Unreadable(pattern, "no file matches")


def open_source(path: str) -> AbstractContextManager[ByteStream]:
    """A file, or standard input for ``-``.

    Raises:
        OSError: it can't be opened.
    """
    if path != STANDARD_INPUT:
        return open(path, "rb")
    if sys.stdin is None:
        raise OSError(0, "is closed")
    stream: ByteStream = sys.stdin.buffer  # type: ignore[assignment]
    return nullcontext(stream)


class _Walk:
    """The files of one folder and all below it."""

    def __init__(
        self, root: str, excluded: GitIgnoreSpec | None, included: GitIgnoreSpec | None, seen: set[str]
    ) -> None:
        self._root, self._excluded, self._included, self._seen = root, excluded, included, seen

    def files(self) -> Iterator[Found | Unreadable]:
        """All files, folder by folder, each by name."""
        yield from self._below(self._root, "", _outer_ignores(self._root))

    def _below(
        self, folder: str, relative: str, ignores: list[tuple[str, GitIgnoreSpec]]
    ) -> Iterator[Found | Unreadable]:
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield Unreadable(folder, error.strerror or str(error))
            return
        if any(entry.name == ".gitignore" for entry in entries):
            ignores = [*ignores, *_ignore_file(folder)]
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            below = f"{relative}{entry.name}"
            if entry.name.startswith(".") or entry.is_symlink() or self._leaves_out(entry.path, is_folder, ignores):
                continue
            if is_folder:
                if os.path.realpath(entry.path) not in self._seen:
                    yield from self._below(entry.path, below + "/", ignores)
            elif entry.is_file(follow_symlinks=False) and self._takes(entry.name, below):
                yield Found(entry.path.removeprefix("./"), below)

    def _takes(self, name: str, relative: str) -> bool:
        if self._included is not None:
            return self._included.match_file(relative)
        return name.lower().endswith(SUFFIXES)

    def _leaves_out(self, path: str, is_folder: bool, ignores: list[tuple[str, GitIgnoreSpec]]) -> bool:
        if self._excluded is not None and _is_excluded(self._excluded, path, is_folder):
            return True
        for folder, spec in reversed(ignores):  # the nearest file that has an opinion decides
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            verdict = spec.check_file(relative + "/" * is_folder).include
            if verdict is not None:
                return verdict
        return False


def _outer_ignores(root: str) -> list[tuple[str, GitIgnoreSpec]]:
    """The ``.gitignore`` files above a folder, up to the top of its repository, outermost first."""
    found: list[tuple[str, GitIgnoreSpec]] = []
    folder = os.path.realpath(root)
    inside = folder
    while not os.path.exists(os.path.join(inside, ".git")):
        parent = os.path.dirname(inside)
        if parent == inside:
            return []  # no repository: what lies above has no say
        inside = parent
    while folder != inside:
        folder = os.path.dirname(folder)
        found[:0] = _ignore_file(folder)
    return found


def _ignore_file(folder: str) -> list[tuple[str, GitIgnoreSpec]]:
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            spec = _spec(file.read().splitlines())
    except OSError:
        return []
    return [] if spec is None else [(os.path.realpath(folder), spec)]


def _spec(patterns: Sequence[str]) -> GitIgnoreSpec | None:
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise SettingsError(f"--exclude or --include: {error}") from None


def _is_excluded(spec: GitIgnoreSpec, path: str, is_folder: bool | None = None) -> bool:
    relative = os.path.relpath(path).replace(os.sep, "/")
    if is_folder is None:
        is_folder = os.path.isdir(path)
    return spec.match_file(relative + "/" * is_folder)


def _has_magic(name: str) -> bool:
    return any(char in name for char in "*?[")
