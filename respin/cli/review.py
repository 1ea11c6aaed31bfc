"""``respin review``: go through the edits of a file one by one, and write what was taken."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from typing import Any, Final

import click

from respin.cli.options import settings_of, share_repair_options
from respin.dictionary import keep_list
from respin.dictionary import own as user_dictionary
from respin.dictionary.index import Dictionary, phrase_key
from respin.edits import Edit, Repair, apply_edits
from respin.engine.repairer import Repairer
from respin.errors import DictionaryError, InputError, OutputError
from respin.files.find import Found
from respin.files.stream import encode
from respin.files.write import write_atomically
from respin.output import Source
from respin.output.log import LogPrinter
from respin.review.saved import SavedReview
from respin.review.screen import HELP, draw, draw_end
from respin.review.session import Review, Rule
from respin.review.terminal import END, LEFT, REDRAW, RIGHT, Console, open_console
from respin.run.reading import opened
from respin.run.remarks import Remarks, cause_of, use_color
from respin.run.settings import Settings
from respin.text.wording import counted

_SENTENCE_START: Final = re.compile(r"(?:\A|[\n.!?:>])[\s\"'“‘(]*\Z")


_MAX_BYTES: Final = 1 << 25
"""Largest file that is reviewed."""


@dataclass(frozen=True, slots=True)
class RepairedFile:
    """A file as it was read: its bytes, text and encoding, and the edits with offsets into the text.

    ``escape`` writes a wording that a person typed as the file's format needs it.
    """

    data: bytes
    text: str
    encoding: str
    edits: list[Edit]
    escape: Callable[[str], str]


def read(settings: Settings, path: str, repairer: Repairer) -> RepairedFile:
    """Read and repair a file.

    Raises:
        OSError, InputError: it can't be read.
    """
    with open(path, "rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise InputError(f"larger than {_MAX_BYTES >> 20} MB; nobody goes through that by hand")
    with opened(Found(path, path), settings, repairer.document, BytesIO(data)) as source:
        if source.compression is not None:
            raise OSError(0, f"{source.compression}-compressed; unpack it first")
        repairs: list[Repair] = [repair for group in source.groups() for repair in group]
        if source.is_binary:
            raise OSError(0, "binary; --text reads it all the same")
    text = "".join(repair.source for repair in repairs)
    edits = []
    at = 0
    for repair in repairs:
        edits += [edit.moved(at) for edit in repair.edits]
        at += len(repair.source)
    return RepairedFile(data, text, source.encoding, edits, lambda wording: source.escape(wording, text))


@click.command("review", add_help_option=False, short_help="Go through the edits of a file one by one.")
@click.argument("file", type=click.Path(), metavar="FILE")
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write there, and leave FILE as it is.")
@click.option("--log", metavar="FILE", type=click.Path(), help="Add the edits to this log, for 'respin undo'.")
@click.option("--restart", is_flag=True, help="Forget what was decided in a review that was not finished.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    metavar="WHEN",
    help="Colours: auto (on a terminal without NO_COLOR), always or never.",
)
@click.help_option("-h", "--help", help="Show this page.")
@click.pass_context
def review_command(
    ctx: click.Context, /, file: str, output: str | None, log: str | None, restart: bool, color: str, **options: Any
) -> None:
    """Go through the edits of FILE one by one, and write those that you take.

    Each edit is shown in its context with the other wordings that there might have been. Keys
    accept it, reject it, choose or type another wording, decide for all edits of the same words
    (these go into your dictionary, or on your keep list), go back, or quit: decisions are kept,
    and the next review of the same text goes on from there.
    """
    if file == "-":
        raise click.UsageError("a review needs a file: standard input is where your keys come from")
    settings = settings_of(ctx, file, options)
    remarks = Remarks()
    repairer = settings.load_repairer()
    try:
        reading = read(settings, file, repairer)
    except (OSError, InputError) as error:
        raise InputError(f"{file}: {cause_of(error)}") from None
    review = Review.of(reading.text, reading.edits)
    if not review.items:
        remarks.remark(f"{file}: nothing to review")
        return
    progress = SavedReview(reading.data, file)
    if restart:
        progress.forget()
    elif progress.load(review):
        remarks.remark(f"{file}: going on where you left")
    with open_console() as console:
        finished = converse(review, console, progress, file, reading.escape, color=use_color(color, sys.stdout))
    if not finished:
        remarks.remark(f"{file}: not written; {_kept(progress)}")
        return
    _write(review, reading, file, output, log, remarks, progress)
    _learn(review, repairer.dictionary, remarks)
    progress.forget()


def converse(
    review: Review, console: Console, progress: SavedReview, name: str, escape: Callable[[str], str], *, color: bool
) -> bool:
    """Show edits and take keys until the person ends it; ``True`` if the file is to be written."""
    helping = False
    back_from_end = False
    while True:
        at_end = review.is_done and not back_from_end
        if helping:
            console.show([*HELP.splitlines(), "", "any key goes back"])
        elif at_end:
            console.show(draw_end(review, name, color=color))
        else:
            console.show(draw(review, name, console.size(), color=color))
        key = console.key()
        if key == REDRAW:
            continue
        if helping:
            helping = False
        elif key in ("q", END):
            return False
        elif key == "w" or (at_end and key in ("y", "\n")):
            return True
        elif at_end:
            # All is decided; looking at an edit again does not end until something is decided anew.
            back_from_end = key in ("b", LEFT)
            review.at = len(review.items) - 1
        elif key in ("?", "h"):
            helping = True
        elif key in ("b", LEFT):
            review.back()
        elif key == RIGHT:
            back_from_end = review.forward() and back_from_end
        elif _decide(review, console, key, escape):
            back_from_end = False
            with suppress(OSError):  # it is said at the end that nothing could be kept
                progress.save(review)


def _decide(review: Review, console: Console, key: str, escape: Callable[[str], str]) -> bool:
    """Do what a key says; ``False`` if it decides nothing."""
    if key in ("y", "a", "\n"):
        review.accept()
    elif key in ("r", "n"):
        review.reject()
    elif key == "A":
        review.always()
    elif key == "N":
        review.never()
    elif key in ("e", "t"):
        wording = console.ask("your wording (empty: go back): ", review.item.wordings[0][0])
        if not wording:
            return False
        # What was offered is written as the file needs it; what is typed is not.
        offered = [wording for wording, _ in review.item.wordings]
        review.decide(wording if wording in offered else escape(wording))
    elif key.isdigit():
        return review.choose(int(key))
    else:
        return False
    return True


def _kept(progress: SavedReview) -> str:
    if progress.path.exists():
        return "your decisions are kept, start again to go on"
    return "nothing was decided, or it could not be kept"


def _write(
    review: Review,
    reading: RepairedFile,
    path: str,
    output: str | None,
    log: str | None,
    remarks: Remarks,
    progress: SavedReview,
) -> None:
    """Log and write what was taken. The log comes first: no change without a log of it."""
    edits = review.edits()
    taken, left, undecided = review.counts()
    left += undecided
    if not edits and output is None:
        remarks.remark(f"{path}: unchanged, all edits rejected")
        return
    try:
        result = encode(apply_edits(reading.text, edits), reading.encoding)
        if output is None:
            with open(path, "rb") as file:
                if file.read() != reading.data:
                    raise OutputError(f"{path}: was changed while it was reviewed; not written; {_kept(progress)}")
        if log is not None:
            printer = LogPrinter(log)
            printer.begin(Source(path, path, path, reading.encoding))
            printer.feed([Repair(reading.text, tuple(edits))])
            printer.end()
            printer.close()
        write_atomically(path if output is None else output, result)
    except (OSError, InputError) as error:
        raise OutputError(f"{path if output is None else output}: {cause_of(error)}; {_kept(progress)}") from None
    remarks.remark(f"{path if output is None else output}: written, {counted(taken, 'edit')} made, {left:,} left")


def _learn(review: Review, dictionary: Dictionary, remarks: Remarks) -> None:
    """Put the *always* pairs into the user's dictionary, the *never* words on the keep list."""
    for spun, rule in review.rules.items():
        if rule.wording is None:
            continue
        entry = f"{head_of(rule, review.text, dictionary)}: {unescape(spun)}"
        try:
            if user_dictionary.add(entry).new:
                remarks.remark(f"{user_dictionary.path()}: added '{entry}'")
        except (DictionaryError, OSError) as error:
            remarks.error(f"{user_dictionary.path()}: '{entry}' was not added: {cause_of(error)}")
    try:
        for phrase in keep_list.add(unescape(spun) for spun, rule in review.rules.items() if rule.wording is None):
            remarks.remark(f"{keep_list.path()}: added '{phrase}'")
    except (DictionaryError, OSError) as error:
        remarks.error(f"{keep_list.path()}: not written: {cause_of(error)}")


def head_of(rule: Rule, text: str, dictionary: Dictionary) -> str:
    """The wording of an *always* as a dictionary should spell it.

    As one does already; else as it was decided, without the capital that the start of a sentence gave it.
    """
    assert rule.wording is not None
    wording = " ".join(unescape(rule.wording).split())
    for origin in dictionary.origins.get(phrase_key(rule.spun), ()):
        if phrase_key(origin.head) == phrase_key(wording):
            return origin.head
    if rule.spun[:1].isupper() and wording[1:] == wording[1:].lower() and _SENTENCE_START.search(text, 0, rule.start):
        return wording[:1].lower() + wording[1:]
    return wording


share_repair_options(review_command)
