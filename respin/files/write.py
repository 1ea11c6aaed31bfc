"""Write files whole or not at all: what is half done has no name, or a temporary one that goes away."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from typing import BinaryIO

from respin.errors import OutputError


class Replacement:
    """A new version of a file. Until ``commit`` the old one stands, after it the new one does.

    Where the file system can, the new version is a file without a name until it is complete, so
    that not even a killed process leaves anything behind.

    Args:
        path: of the file, with symbolic links resolved.
        before: the file's state when it was read; ``commit`` refuses to write over a later one.
            ``None``: there is no such file yet.
        like: whose permissions to take; by default those of ``before``.
    """

    def __init__(self, path: str, before: os.stat_result | None, like: os.stat_result | None = None) -> None:
        self._path, self._before, self._like = path, before, like or before
        self._temporary: str | None = None
        self._folder = os.path.dirname(path) or "."
        self._file = self._create()

    @staticmethod
    def check(path: str) -> os.stat_result:
        """The state of a file that is to be replaced.

        Raises:
            OSError: it is no regular file, or read-only.
        """
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(0, "not a regular file; it can't be replaced")
        # The folder decides what may be renamed, so a read-only file has to be respected on purpose.
        if not state.st_mode & 0o222 or not os.access(path, os.W_OK):
            raise OSError(0, "read-only; left as it is")
        return state

    def write(self, data: bytes) -> None:
        """Add to the new version."""
        self._file.write(data)

    def copy_start(self, size: int) -> None:
        """Add the first ``size`` bytes of the old version."""
        with open(self._path, "rb") as old:
            while size and (chunk := old.read(min(size, 1 << 20))):
                self._file.write(chunk)
                size -= len(chunk)

    def commit(self, backup: str | None = None) -> None:
        """Put the new version in place, on disk before it has the name. ``backup`` is a suffix for the old one.

        Raises:
            OSError: it could not be written, or the file changed since it was read. The old version stands.
        """
        try:
            self._keep_attributes()
            self._file.flush()
            os.fsync(self._file.fileno())
            if self._before is not None and _identity(os.stat(self._path)) != _identity(self._before):
                raise OSError(0, "changed by someone else while it was repaired; left as it is")
            self._give_name()
            assert self._temporary is not None
            if backup and self._before is not None:
                _keep_copy(self._path, self._path + backup)
            os.replace(self._temporary, self._path)
            self._temporary = None
        finally:
            self.discard()
        _sync_folder(self._folder)

    def discard(self) -> None:
        """Forget the new version, if it is not in place."""
        with suppress(OSError):  # what could not be flushed need not be
            self._file.close()
        if self._temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(self._temporary)
            self._temporary = None

    def _create(self) -> BinaryIO:
        if hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd"):
            with suppress(OSError):  # not every file system has unnamed files
                return open(os.open(self._folder, os.O_TMPFILE | os.O_RDWR, 0o600), "w+b")
        self._temporary = self._new_name()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return open(os.open(self._temporary, flags, 0o600), "w+b")

    def _new_name(self) -> str:
        return os.path.join(self._folder, f".respin-{os.urandom(8).hex()}.tmp")

    def _give_name(self) -> None:
        if self._temporary is None:
            name = self._new_name()
            folder = os.open(self._folder, os.O_RDONLY)
            try:  # the folder's descriptor makes this linkat(), which follows the link in /proc
                os.link(
                    f"/proc/self/fd/{self._file.fileno()}",
                    os.path.basename(name),
                    dst_dir_fd=folder,
                    follow_symlinks=True,
                )
            finally:
                os.close(folder)
            self._temporary = name

    def _keep_attributes(self) -> None:
        descriptor = self._file.fileno()
        if self._like is None:
            mask = os.umask(0)
            os.umask(mask)
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o666 & ~mask)
            return
        if hasattr(os, "fchown") and (self._like.st_uid, self._like.st_gid) != (os.geteuid(), os.getegid()):
            with suppress(OSError):  # only root may give files away
                os.fchown(descriptor, self._like.st_uid, self._like.st_gid)
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, stat.S_IMODE(self._like.st_mode))
        if self._before is not None and hasattr(os, "listxattr"):
            with suppress(OSError):
                for name in os.listxattr(self._path):
                    os.setxattr(descriptor, name, os.getxattr(self._path, name))


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Give a file new content, all of it or none; permissions are kept. A link's target is written, not the link.

    Raises:
        OSError: it could not be written; the old content stands.
    """
    real = os.path.realpath(path)
    replacement = Replacement(real, Replacement.check(real) if os.path.exists(real) else None)
    try:
        replacement.write(data)
        replacement.commit()
    finally:
        replacement.discard()


class StandardOutput:
    """Standard output, flushed at each write so that a reader sees lines as they are repaired."""

    def __init__(self) -> None:
        if sys.stdout is None:
            raise OutputError("standard output is closed; name a file with -o")
        self._file = sys.stdout.buffer

    def is_file(self, state: os.stat_result | None) -> bool:
        """Whether the output goes to just this file: what is read from it would never end.

        Args:
            state: of a file; ``None``: of standard input.
        """
        try:
            ours = os.fstat(self._file.fileno())
            if state is None and sys.stdin is not None:
                state = os.fstat(sys.stdin.fileno())
        except (OSError, ValueError):
            return False
        return state is not None and stat.S_ISREG(ours.st_mode) and os.path.samestat(ours, state)

    def write(self, data: bytes, /) -> None:
        """Write and flush.

        Raises:
            OutputError: the disk is full or the like. A closed pipe is a ``BrokenPipeError``.
        """
        try:
            self._file.write(data)
            self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"standard output: {error.strerror}") from None

    def close(self, *, whole: bool = True) -> None:
        """Nothing is left to do."""


class OutputFile:
    """The file of ``-o``: a new one appears whole at the end; a device or pipe is written to as it goes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._replacement: Replacement | None = None
        self._file: BinaryIO | None = None
        path = os.path.realpath(name)
        try:
            if os.path.exists(path) and not os.path.isfile(path):
                self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - close() does
            else:
                before = Replacement.check(path) if os.path.exists(path) else None
                self._replacement = Replacement(path, before)
        except OSError as error:
            raise OutputError(f"{name}: {error.strerror}") from None

    def write(self, data: bytes, /) -> None:
        """Write; what is written to a device or pipe is there at once."""
        try:
            if self._replacement is not None:
                self._replacement.write(data)
            elif self._file is not None:
                view = memoryview(data)
                while view:
                    view = view[self._file.write(view) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"{self._name}: {error.strerror}") from None

    def close(self, *, whole: bool = True) -> None:
        """Put the file in place, if it is whole."""
        try:
            if self._replacement is not None and whole:
                self._replacement.commit()
            elif self._replacement is not None:
                self._replacement.discard()
            elif self._file is not None:
                self._file.close()
        except OSError as error:
            raise OutputError(f"{self._name}: {error.strerror}") from None


def _identity(state: os.stat_result) -> tuple[int, int, int, int]:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _keep_copy(path: str, copy: str) -> None:
    """Let ``copy`` name the file that is about to be replaced; an older copy goes."""
    with suppress(FileNotFoundError):
        os.unlink(copy)
    try:
        os.link(path, copy)
    except OSError:  # a file system without links
        import shutil

        shutil.copy2(path, copy)


def _sync_folder(folder: str) -> None:
    """Make a rename last through a power cut, where folders can be synced at all."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
