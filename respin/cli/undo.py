"""Take repairs back, or make them again as a hand-edited log says: ``respin undo``, ``respin apply``.

Nothing is guessed. A file is touched only if its digest says in which state it is, and the result
of taking edits back is written only if its digest is that of the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from respin.errors import Exit, InputError
from respin.files.find import open_source
from respin.files.stream import check_encoding, encode, is_single_byte_safe
from respin.files.write import write_atomically
from respin.output.edit_log import STANDARD_INPUT, Change, FileRecord, read_log
from respin.run.remarks import Remarks, cause_of
from respin.text.wording import counted

_MAX_LOG: Final = 1 << 30
"""Largest log that is read, in bytes."""
_START: Final = 4096
"""Bytes that are looked at first: a device that never ends is no log."""

_CHANGED: Final = "was changed since (its SHA-256 is neither that of the original nor that of the repaired text)"


def restore(data: bytes, record: FileRecord) -> bytes:
    """The original bytes of a file, from its bytes now.

    The file may be in its original state, as respin wrote it, or as ``apply`` made it from the
    log's edit lines.

    Raises:
        InputError: it is in none of them.
    """
    digest = sha256(data).hexdigest()
    if digest == record.input_sha256:
        return data
    listed: list[Change] = [(e.edit.start, e.edit.spun, e.edit.original) for e in record.edits]
    for changes in (record.changes, listed) if digest == record.output_sha256 else (listed,):
        try:
            original = _encode(_take_back(_decode(data, record), changes), record)
        except InputError:
            continue
        if sha256(original).hexdigest() == record.input_sha256:
            return original
    if digest == record.output_sha256:
        raise InputError("the log's undo record is missing or damaged, so its original can't be told")
    raise InputError(_CHANGED)


def replay(data: bytes, record: FileRecord) -> bytes:
    """The file with the edits that the log lists now, and no others, made on its original text.

    Raises:
        InputError: the original can't be told, or an edit line does not fit it.
    """
    text = _decode(restore(data, record), record)
    parts: list[str] = []
    at = 0
    for logged in record.edits:
        edit = logged.edit
        if text[edit.start : edit.end] != edit.spun:
            found = text[edit.start : edit.end]
            raise InputError(
                f"line {logged.log_line} of the log does not fit: not {edit.spun!r} but {found!r} is there"
            )
        if edit.start < at:
            raise InputError(f"line {logged.log_line} of the log overlaps the edit before it")
        parts += (text[at : edit.start], edit.original)
        at = edit.end
    parts.append(text[at:])
    return _encode("".join(parts), record)


def _take_back(text: str, changes: Iterable[Change]) -> str:
    """The text before the changes, whose offsets are into just that text."""
    parts: list[str] = []
    at = 0  # in the changed text
    before = 0  # in the original text
    for start, spun, original in changes:
        kept = start - before
        there = at + kept
        if kept < 0 or text[there : there + len(original)] != original:
            raise InputError(f"no {original!r} where the log says")
        parts += (text[at:there], spun)
        at = there + len(original)
        before = start + len(spun)
    parts.append(text[at:])
    return "".join(parts)


def _decode(data: bytes, record: FileRecord) -> str:
    errors = "surrogateescape" if is_single_byte_safe(record.encoding) else "strict"
    try:
        return data.decode(check_encoding(record.encoding), errors)
    except UnicodeDecodeError as error:
        raise InputError(f"not {record.encoding}: byte {error.start}: {error.reason}") from None


def _encode(text: str, record: FileRecord) -> bytes:
    return encode(text, check_encoding(record.encoding))


def locate(record: FileRecord) -> Path:
    """The record's file: by its path from here, else from where the log was made.

    Raises:
        InputError: there is none.
    """
    if record.path == STANDARD_INPUT:
        raise InputError("was read from standard input; there is no file to write")
    here = Path(record.path)
    there = Path(record.directory) / here
    for path in (here, there):
        if path.is_file():
            return path
    raise InputError("no such file" if here == there else f"no such file, neither here nor in {record.directory}")


def _process(
    log: str,
    make: Callable[[bytes, FileRecord], bytes],
    said: tuple[str, str, str],
    *,
    backwards: bool,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Give each file of a log the bytes that ``make`` says; one that refuses does not stop the others.

    Args:
        said: what to say of a file that was written, that would be, and that is as it should be.
        backwards: last record first: what was repaired twice is taken back in the opposite order.
    """
    name = "standard input" if log == "-" else log
    try:
        with open_source(log) as stream:
            start = stream.read(_START)
            if b"\0" in start:
                raise InputError("no edit log")
            data = start + stream.read(_MAX_LOG)
            if len(data) > _MAX_LOG:
                raise InputError(f"larger than {_MAX_LOG >> 30} GB; split it")
            records = list(read_log(data.splitlines()))
    except (InputError, OSError) as error:
        raise InputError(f"{name}: {cause_of(error)}") from None
    done, would, already = said
    remarks = Remarks(quiet=quiet)
    failed = False
    pretended: dict[Path, bytes] = {}  # what a dry run would have written: a log may list a file twice
    for record in reversed(records) if backwards else records:
        try:
            path = locate(record)
            data = pretended.get(path) or path.read_bytes()
            wanted = make(data, record)
            if dry_run:
                pretended[path] = wanted
            elif wanted != data:
                write_atomically(path, wanted)
        except (InputError, OSError) as error:
            remarks.error(f"{record.path}: not touched: {cause_of(error)}")
            failed = True
            continue
        remark = already if wanted == data else would if dry_run else done
        remarks.remark(f"{record.path}: {remark.format(edits=counted(len(record.edits), 'edit'))}")
    if failed:
        raise SystemExit(Exit.ERROR)


_log = click.argument("log", type=click.Path(), metavar="LOG")
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
_help = click.help_option("-h", "--help", help="Show this page.")


@click.command("undo", add_help_option=False, short_help="Restore the files of an edit log.")
@_log
@_dry_run
@_quiet
@_help
def undo_command(log: str, dry_run: bool, quiet: bool) -> None:
    """Restore the files that LOG (from --log) lists, byte for byte.

    A file that was changed since is left alone, with the reason on standard error and exit
    status 2; the others are restored all the same.
    """
    said = ("restored", "would be restored", "is as it was before the repair")
    _process(log, restore, said, backwards=True, dry_run=dry_run, quiet=quiet)


@click.command("apply", add_help_option=False, short_help="Make the edits of an edit log again.")
@_log
@_dry_run
@_quiet
@_help
def apply_command(log: str, dry_run: bool, quiet: bool) -> None:
    """Make the edits of LOG on the files it lists, as the log stands now.

    Drop lines from the log, or change an "original" in it, and apply it: the files get just
    these edits, whether they hold the original text or the repaired one. The log can be made
    without changing the files: respin --log LOG --check FILE.
    """
    said = ("{edits} made", "{edits} would be made", "is already as the log says")
    _process(log, replay, said, backwards=False, dry_run=dry_run, quiet=quiet)
