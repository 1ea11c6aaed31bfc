"""The manual page, made from the options themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from respin import __version__
from respin.cli.config import ONLY_ON_THE_COMMAND_LINE
from respin.cli.main import COMMANDS
from respin.cli.repair import repair_command
from respin.errors import Exit

_DESCRIPTION: Final = """\
Article spinners replace words and phrases of a text by near synonyms. respin finds these places and puts the
original wording back. It reads the files, or standard input (also for '-'), and writes the repaired text to
standard output; nothing but text ever goes there. What was not spun comes back byte for byte: line ends,
odd spaces, a byte order mark, bytes that are no text.

What a file holds is told from its content, with the suffix of its name as a hint: plain text, HTML, XML and feeds,
Markdown, JSON, JSON Lines, CSV, TSV, subtitles or mail; -v says what it was taken for, --input-format overrules it. So
is its encoding. What is packed with gzip, bz2, xz or zstd is read through; what is binary is left alone, and named.

A stream is repaired line by line as it comes. Folders are searched for files of text, Markdown, HTML, JSON Lines,
subtitles and mail, without hidden files, symbolic links and what .gitignore files leave out. Several files come out in
the order given.

URLs, e-mail addresses, handles and hashtags are never touched, nor is code in Markdown or anything but the prose of
HTML. A text can switch the repair off and on with the comments <!-- respin: off --> and <!-- respin: on -->, for the
line after it with <!-- respin: ignore-next-line -->, and for all of it with <!-- respin: ignore-file -->."""

EXITS: Final = {
    Exit.DONE: "Done, or nothing to do.",
    Exit.FOUND: "--check found something that would change.",
    Exit.ERROR: "Wrong usage, input that can't be read, or output that can't be written.",
    Exit.INTERRUPTED: "Interrupted with Ctrl-C.",
    Exit.CLOSED_PIPE: "The reader of the output went away.",
}

_EXAMPLES: Final = (
    ("respin article.txt > repaired.txt", "Repair a file."),
    ("curl -s URL | respin --extract", "Take an article off a web page and repair it."),
    ("respin --diff *.txt", "See what would change."),
    ("respin -w --backup .bak --log edits.jsonl articles/", "Repair a folder in place, with two ways back."),
    ("respin --format jsonl a.txt | jq -r .spun | sort | uniq -c", "Count the spun phrases of a text."),
)


def man_page() -> str:
    """The page as roff, for ``man -l``."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH RESPIN 1 "" "respin {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"respin \- give spun articles back as they were written"
    yield ".SH SYNOPSIS"
    yield r"\fBrespin\fR [\fIOPTIONS\fR] [\fIFILE\fR|\fIFOLDER\fR|\fIGLOB\fR]..."
    yield ".br"
    yield r"\fBrespin\fR \fICOMMAND\fR [\fIARGUMENTS\fR]..."
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(_DESCRIPTION.split("\n\n")):
        yield from [".PP"] * (number > 0)
        yield _escaped(" ".join(paragraph.split()))
    yield ".SH OPTIONS"
    for param in repair_command.params:
        if isinstance(param, click.Option):
            yield from _option(param)
    yield ".SH COMMANDS"
    for name, (_, _, help_text) in COMMANDS.items():
        yield from (".TP", rf"\fBrespin {name}\fR", _escaped(help_text))
    yield ".PP"
    yield _escaped(
        "'respin COMMAND --help' tells more of each. A file whose name is that of a command is given as ./NAME."
    )
    yield ".SH SETTINGS"
    only = ", ".join(f"--{name}" for name in sorted(ONLY_ON_THE_COMMAND_LINE - {"help", "version", "config"}))
    yield _escaped(
        "Your own respin.toml (in XDG_CONFIG_HOME/respin, else ~/.config/respin or what the platform has instead), and "
        "the nearest respin.toml, or pyproject.toml with a table [tool.respin], in the current folder or above it may "
        'set options under their own names, without the dashes: keep = ["Tardis"], conservative = true. The project\'s '
        "file beats yours, and the command line beats both; options that may be repeated add up. What says where to "
        f"write is for the command line only: {only}."
    )
    yield ".PP"
    yield _escaped(
        "The nearest respin-keep.txt, in the current folder or above it, lists words and phrases of a project that are "
        "never touched, one a line; lines that start with # are remarks. Yours is keep.txt beside your settings."
    )
    yield ".SH EXIT STATUS"
    for code, meaning in EXITS.items():
        yield from (".TP", rf"\fB{int(code)}\fR", _escaped(meaning))
    yield ".SH ENVIRONMENT"
    yield from (".TP", r"\fBNO_COLOR\fR", _escaped("No colour unless --color always asks for it."))
    yield from (".TP", r"\fBFORCE_COLOR\fR", _escaped("Colour even where nobody sees it, unless NO_COLOR is set."))
    yield from (
        ".TP",
        r"\fBXDG_CONFIG_HOME\fR",
        _escaped("Where your own files lie, in a folder respin: respin.toml, dictionary.txt, keep.txt."),
    )
    yield from (
        ".TP",
        r"\fBXDG_CACHE_HOME\fR",
        _escaped("Where the index of the shipped dictionaries is kept, in a folder respin that may be deleted."),
    )
    yield ".SH EXAMPLES"
    for command, meaning in _EXAMPLES:
        yield from (".TP", rf"\fB{_escaped(command)}\fR", _escaped(meaning))


def _option(option: click.Option) -> Iterator[str]:
    names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in option.opts)
    value = "" if option.is_flag or option.metavar is None else rf" \fI{_escaped(option.metavar)}\fR"
    yield ".TP"
    yield names + value
    yield _escaped(option.help or "") + (" Can be repeated." if option.multiple else "")


def _escaped(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text.startswith((".", "'")) else text
