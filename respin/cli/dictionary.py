"""``respin dict …`` and ``respin learn``: arguments, files and exit codes; the tools are in modules of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from respin.dictionary import describe as lookup
from respin.dictionary import exchange, lint
from respin.dictionary import own as user_dictionary
from respin.dictionary.file import Profile
from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.own import default_dictionaries
from respin.dictionary.shipped import shipped
from respin.dictionary.source import DictionarySource, line_of, source_of
from respin.engine.repairer import SHIPPED_MODEL, Repairer
from respin.errors import DictionaryError, Exit, InputError, ModelError
from respin.files.find import Found
from respin.files.stream import AUTO, check_encoding
from respin.files.write import StandardOutput
from respin.lm.ngram_model import Model
from respin.mining import learn, missing
from respin.run.reading import opened
from respin.run.settings import Settings
from respin.text.wording import counted
from respin.train.corpus import read_lines

_Command = TypeVar("_Command", bound=Callable[..., Any])

_IMPORT_FORMATS: Final = ("respin", "spinner", "spintax", "tsv", "csv", "pps", "arrow", "json")
_EXPORT_FORMATS: Final = ("respin", "tsv", "json", "spinner", "spintax")
_KIN_RULES: Final = ("contracted", "twin", "article", "inflected", "mutual", "grouped")
_MAX_LIST: Final = 64 * 1024 * 1024
"""Largest list or text, in bytes, that is read as a whole."""


def _open(name: str) -> Any:
    """A file or, for ``-``, standard input, as a context manager."""
    return nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb")


def _read_text(name: str, encoding: str = "utf-8") -> str:
    """The whole text of a file or, for ``-``, of standard input."""
    encoding = check_encoding(encoding)
    with _open(name) as source:
        data: bytes = source.read(_MAX_LIST + 1)
    shown = "standard input" if name == "-" else name
    if len(data) > _MAX_LIST:
        raise InputError(f"{shown}: larger than {_MAX_LIST >> 20} MB; split it")
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{shown}:{line}: not {encoding}; name its encoding, say --encoding cp1252") from None


def _print(lines: Iterable[str]) -> None:
    StandardOutput().write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))


def _names(dictionaries: tuple[str, ...], no_default: bool) -> list[str | Path]:
    """The dictionaries to load: those of a repair, and those named."""
    default = () if no_default else default_dictionaries()
    if not default and not dictionaries:
        raise click.UsageError("--no-default-dictionary leaves no dictionary; add one with --dictionary")
    return [*default, *dictionaries]


def _load(dictionaries: tuple[str, ...], no_default: bool) -> Dictionary:
    return Dictionary.load(_names(dictionaries, no_default))


def _model(path: str | None, needed: bool = False) -> Model | None:
    """The model; without one that is not needed, words are not looked up, and that is said."""
    try:
        return Model.open(path or SHIPPED_MODEL)
    except ModelError as error:
        if path or needed:
            raise
        click.echo(f"respin: {error}; words are not looked up in it", err=True)
        return None


_with_dictionaries: Final = (
    click.option("--dictionary", "dictionaries", multiple=True, metavar="FILE|NAME", help="Use this one, too."),
    click.option("--no-default-dictionary", "no_default", is_flag=True, help="Leave out the shipped one and your own."),
)
_with_model: Final = click.option(
    "--language-model", "model_path", metavar="FILE", type=click.Path(), help="Use this n-gram model."
)
_with_encoding: Final = click.option("--encoding", default="utf-8", metavar="NAME", help="Encoding of input.  [utf-8]")


def _dictionary_options(command: _Command) -> _Command:
    for option in reversed(_with_dictionaries):
        command = option(command)
    return command


@click.group("dict", context_settings={"help_option_names": ["-h", "--help"]})
def dict_group() -> None:
    """Look at, check and extend dictionaries."""


@dict_group.command("lint")
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option("--fix", is_flag=True, help="Sort the lines, join repeated heads, drop repeated variants, trim spaces.")
@click.option(
    "--notes", is_flag=True, help="Also name what is no fault: sums of shorter entries, loops, kin that differ."
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@_with_model
@click.option(
    "--clean", "clean", multiple=True, type=click.Path(), metavar="TEXT", help="Text that nobody spun, to count in."
)
def lint_command(
    files: tuple[str, ...], fix: bool, notes: bool, strict: bool, model_path: str | None, clean: tuple[str, ...]
) -> None:
    """Check dictionary FILEs, by default those that come with respin.

    Names each fault as file:line: and leaves with code 1 if there is an error, 2 if a FILE can't be read.
    With --clean also the variants that are plain English there far more often than they would be spun.
    """
    names = files or tuple(map(str, shipped().values()))
    if fix:
        for name in names:
            try:
                source = DictionarySource.read(name)
                if lint.fix(source):
                    source.write(name)
                    click.echo(f"respin: {name}: put in order", err=True)
            except DictionaryError as error:
                click.echo(f"respin: {error}; not touched: put that line right first", err=True)
    findings = lint.lint(names, _model(model_path), chain.from_iterable(map(read_lines, clean)) if clean else None)
    shown = lint.Severity.NOTE if notes else lint.Severity.WARNING
    _print(str(finding) for finding in findings if finding.fault.severity >= shown)
    counts = [sum(finding.fault.severity is level for finding in findings) for level in reversed(lint.Severity)]
    hint = "" if notes or not counts[2] else " (--notes lists them)"
    said = [counted(count, level) for count, level in zip(counts, ("error", "warning", "note"), strict=True)]
    click.echo(f"{', '.join(said)}{hint}", err=True)
    if any(finding.fault.code == lint.UNREADABLE for finding in findings):
        raise SystemExit(Exit.ERROR)
    if counts[0] or (strict and counts[1]):
        raise SystemExit(Exit.FOUND)


@dict_group.command("show")
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@_dictionary_options
@_with_model
def show_command(
    words: tuple[str, ...], dictionaries: tuple[str, ...], no_default: bool, model_path: str | None
) -> None:
    """Show what each WORD may stand for and what it is spun into.

    A phrase is one WORD: respin dict show 'taking pictures'. Leaves with code 1 if one of them is
    in no dictionary.
    """
    dictionary = _load(dictionaries, no_default)
    model = _model(model_path)
    entries = [lookup.look_up(word, dictionary, model) for word in words]
    for number, entry in enumerate(entries):
        _print([""] * bool(number))
        _print(lookup.describe(entry))
    if not all(entry.stands_for or entry.spun_into for entry in entries):
        raise SystemExit(Exit.FOUND)


@dict_group.command("stats")
@_dictionary_options
def stats_command(dictionaries: tuple[str, ...], no_default: bool) -> None:
    """Count what the dictionaries hold."""
    for record in lookup.statistics(_load(dictionaries, no_default)):
        _print(lookup.describe_statistics(record))


@dict_group.command("add")
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY...")
@click.option("--to", "target", type=click.Path(), metavar="FILE", help="Add to this file instead of your own.")
def add_command(entries: tuple[str, ...], target: str | None) -> None:
    """Add each ENTRY, 'original: variant, variant', to your own dictionary.

    An entry whose original is there already grows by its variants.
    """
    file = Path(target) if target else user_dictionary.path()
    for entry in entries:
        added = user_dictionary.add(entry, file)
        state = "" if added.new else "  (nothing new)"
        click.echo(f"{file}: {line_of(added.group)}{state}", err=True)


@dict_group.command("import")
@click.argument("file", type=click.Path(), metavar="FILE")
@click.option("--format", "format", type=click.Choice(_IMPORT_FORMATS), help="Format of FILE; else told from it.")
@click.option("--spun-first/--original-first", default=None, help="Which column of pairs comes first.")
@click.option("--name", metavar="NAME", help="Name of the dictionary.  [that of FILE]")
@click.option("--to", "target", type=click.Path(), metavar="FILE", help="Write there, or add to what is there.")
@click.option("-v", "--verbose", is_flag=True, help="Name every pair that is left out.")
@_with_encoding
def import_command(
    file: str,
    format: str | None,
    spun_first: bool | None,
    name: str | None,
    target: str | None,
    verbose: bool,
    encoding: str,
) -> None:
    """Turn a list of your own into a dictionary.

    FILE ('-' for standard input) is a spinner's (head|variant|variant, or {head|variant}), pairs as
    TSV or CSV, the Problematic Paper Screener's export, or wrong->right.
    """
    shown = "standard input" if file == "-" else file
    text = _read_text(file, encoding)
    try:
        found = exchange.import_list(text, format, spun_first=spun_first)
    except InputError as error:
        raise InputError(f"{shown}: {error}") from None
    profile = Profile(name or ("imported" if file == "-" else Path(file).stem), rate=found.rate)
    if target and Path(target).exists():
        source = DictionarySource.read(target)
        source.merge_all(found.groups)
    else:
        source = source_of(found.groups, target or "-", exchange.header_of(profile))
    if target:
        source.write(target)
    else:
        StandardOutput().write(source.render().encode("utf-8"))
    if found.remark:
        click.echo(f"respin: {shown}: {found.remark}", err=True)
    if verbose:
        for (line, original, spun), reason in found.skipped:
            click.echo(f"{shown}:{line}: left out {original!r}, {spun!r}: {reason}", err=True)
    pairs = sum(len(group.variants) for group in found.groups)
    hint = "" if verbose or not found.skipped else " (-v names them)"
    message = f"{len(found.groups):,} groups, {pairs:,} pairs, {len(found.skipped):,} left out{hint}"
    click.echo(f"{shown}: {found.format}: {message}", err=True)


@dict_group.command("export")
@click.option("--format", "format", type=click.Choice(_EXPORT_FORMATS), default="tsv", help="Format.  [tsv]")
@_dictionary_options
def export_command(format: str, dictionaries: tuple[str, ...], no_default: bool) -> None:
    """Write the groups of the dictionaries to standard output."""
    dictionary = _load(dictionaries, no_default)
    profiles = list(dictionary.profiles.values())
    profile = profiles[0] if len(profiles) == 1 else Profile("+".join(dictionary.profiles))
    joined = dict[str, Any]()
    for _, group in dictionary:
        before = joined.get(phrase_key(group.head))
        variants = dict.fromkeys((*(before.variants if before else ()), *group.variants))
        joined[phrase_key(group.head)] = group._replace(variants=tuple(variants))
    _print(exchange.export_list(sorted(joined.values(), key=lambda group: group.head), format, profile))


@dict_group.command("missing")
@click.argument("texts", nargs=-1, type=click.Path(), metavar="[TEXT]...")
@click.option("--min-count", type=click.IntRange(1), default=1, help="Leave out what occurs less often.  [1]")
@click.option("--limit", type=click.IntRange(1), default=200, help="Most spans to list.  [200]")
@_dictionary_options
@_with_model
@click.option("--encoding", default="auto", metavar="NAME", help="Encoding of input.  [told from it]")
def missing_command(
    texts: tuple[str, ...],
    min_count: int,
    limit: int,
    dictionaries: tuple[str, ...],
    no_default: bool,
    model_path: str | None,
    encoding: str,
) -> None:
    """List what no entry explains in spun TEXTs, most frequent first, with guesses at what stood there."""
    repairer = Repairer(_load(dictionaries, no_default), _model(model_path, needed=True))
    repairer.min_confidence = repairer.point.aggressive
    finder = missing.MissingFinder(repairer)
    settings = Settings(encoding=AUTO if encoding == AUTO else check_encoding(encoding))
    for name in texts or ("-",):
        with opened(Found(name, name), settings, finder.document) as source:
            for group in source.groups():
                for _ in group:
                    pass
            for warning in source.warnings:
                click.echo(f"respin: {name}: {warning}", err=True)
    found = [span for span in finder.found() if span.count >= min_count]
    _print(missing.describe(found[:limit]))
    click.echo(f"{finder.lines:,} spun lines, {len(found):,} spans", err=True)


@dict_group.command("kin")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--rule", "rules", multiple=True, type=click.Choice(_KIN_RULES), help="Only what this rule proposes.")
@click.option("--limit", type=click.IntRange(1), default=200, help="Most originals to list.  [200]")
@_dictionary_options
@_with_model
def kin_command(
    words: tuple[str, ...],
    rules: tuple[str, ...],
    limit: int,
    dictionaries: tuple[str, ...],
    no_default: bool,
    model_path: str | None,
) -> None:
    """Propose kin of the entries that are known, for you to judge.

    Inflections, British and American twins, what an article changes, contractions, entries the other
    way round and those of originals that share variants; the most usual originals first. With WORDs,
    only what is about them. Read each before you keep it: proposals are no entries.
    """
    from respin.dictionary import kin

    model = _model(model_path, needed=True)
    assert model is not None
    found = kin.propose(_load(dictionaries, no_default), model)
    found = kin.about(found, words) if words else found
    found = [proposal for proposal in found if not rules or proposal.why in rules]
    _print(kin.describe(found, limit))
    click.echo(f"{len(found):,} pairs proposed", err=True)


@click.command("learn")
@click.argument("spun", type=click.Path(), metavar="SPUN")
@click.argument("original", type=click.Path(), metavar="ORIGINAL")
@click.option("--min-count", type=click.IntRange(1), default=1, help="Leave out pairs seen less often.  [1]")
@_dictionary_options
@_with_encoding
@click.help_option("-h", "--help")
def learn_command(
    spun: str, original: str, min_count: int, dictionaries: tuple[str, ...], no_default: bool, encoding: str
) -> None:
    """Propose dictionary entries from a SPUN text and its ORIGINAL.

    What comes out is a dictionary to read through and edit: each entry stands below the places
    where it was seen; entries that are known already follow as comments. Two texts that are no pair
    are refused.
    """
    if spun == original == "-":
        raise click.UsageError("only one of SPUN and ORIGINAL can be standard input")
    lesson = learn.learn(_read_text(spun, encoding), _read_text(original, encoding), _load(dictionaries, no_default))
    if not lesson.is_pair:
        same = f"{lesson.kept + lesson.explained:,} of {lesson.words:,} words"
        raise InputError(f"{spun} and {original} are no pair: only {same} of the one are explained by the other")
    _print(learn.describe(lesson, min_count))
    if lesson.unusable or lesson.unaligned:
        made = counted(lesson.unusable, "change") + (" makes" if lesson.unusable == 1 else " make")
        message = f"{made} no entry, {counted(lesson.unaligned, 'word')} could not be aligned"
        click.echo(f"respin: {message}", err=True)
