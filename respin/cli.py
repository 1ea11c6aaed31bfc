"""The command line: arguments, files and exit codes; no logic of repair.

Nothing heavy is imported at the top: ``respin --version`` costs no more than Click.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from respin import __version__
from respin.exits import Exit

_SUBCOMMANDS: Final = {
    "dict": ("respin.dict_commands", "dict_group", "Look at, check and extend dictionaries."),
    "train": ("respin.train.commands", "train_group", "Train a language model, tune the weights."),
}
"""Name to (module, attribute, short help): loaded only when called."""


class RepairGroup(click.Group):
    """A group whose bare form repairs: what is no subcommand is a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*_SUBCOMMANDS, "--help", "--version", "-h"):
            args = ["repair", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "repair":
            return repair_command
        if cmd_name not in _SUBCOMMANDS:
            return None
        module, attribute, _ = _SUBCOMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        ctx.info_name = "respin"
        repair_command.format_help(ctx, formatter)

    def get_usage(self, ctx: click.Context) -> str:
        return "Usage: respin [OPTIONS] [FILE]..."


class RepairCommand(click.Command):
    """The repair itself, with a help page that lists the subcommands and ends in examples."""

    def get_usage(self, ctx: click.Context) -> str:
        return "Usage: respin [OPTIONS] [FILE]..."

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("respin", "[OPTIONS] [FILE]...")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, _, help_text) in sorted(_SUBCOMMANDS.items())])
        with formatter.section("Examples"):
            formatter.write_dl(
                [
                    ("respin article.txt > fixed.txt", "repair a file"),
                    ("curl -s URL | respin", "repair a stream, line by line"),
                    ("respin --conservative a.txt b.txt", "only what is nearly certain"),
                ]
            )


@click.command(cls=RepairCommand, add_help_option=False)
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option("--encoding", default="utf-8", metavar="NAME", help="Encoding of input and output.  [utf-8]")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Make only edits at least this likely to be right.",
)
@click.option("--conservative", is_flag=True, help="Only edits that are nearly certain.")
@click.option("--aggressive", is_flag=True, help="Also edits that are merely likely.")
@click.option(
    "--dictionary", "dictionaries", multiple=True, metavar="FILE|NAME", help="Add a dictionary.  [repeatable]"
)
@click.option("--no-default-dictionary", is_flag=True, help="Leave out the shipped dictionary.")
@click.option("--language-model", metavar="FILE", type=click.Path(), help="Use this n-gram model.")
@click.help_option("-h", "--help", help="Show this page.")
@click.version_option(__version__, message="respin %(version)s", help="Show the version.")
def repair_command(
    files: tuple[str, ...],
    encoding: str,
    min_confidence: float | None,
    conservative: bool,
    aggressive: bool,
    dictionaries: tuple[str, ...],
    no_default_dictionary: bool,
    language_model: str | None,
) -> None:
    """Give spun articles back as they were written.

    Reads the FILEs, or standard input (also for '-'), and writes the repaired text to standard
    output. What was not spun comes back byte for byte.
    """
    from respin import stream
    from respin.dictionary import DictionaryError
    from respin.model import ModelError
    from respin.repairer import load
    from respin.weights import WeightsError

    if conservative + aggressive + (min_confidence is not None) > 1:
        raise click.UsageError("--conservative, --aggressive and --min-confidence name one thing: choose one of them")
    names = (() if no_default_dictionary else ("newsroom",)) + dictionaries
    if not names:
        raise click.UsageError("--no-default-dictionary leaves no dictionary; add one with --dictionary")
    try:
        encoding = stream.check_encoding(encoding)
        repairer = load(names, language_model, min_confidence=min_confidence)
    except (stream.EncodingError, DictionaryError, ModelError, WeightsError) as error:
        raise InputError(str(error)) from None
    if conservative:
        repairer.min_confidence = repairer.weights.conservative
    elif aggressive:
        repairer.min_confidence = repairer.weights.aggressive
    output = sys.stdout.buffer
    failed = False
    for name in files or ("-",):
        try:
            with open_source(name) as source:
                document = repairer.document()
                for lines, found in stream.read_lines(source, encoding):
                    text = "".join(repair.text for repair in document.feed(lines))
                    output.write(stream.encode(text, found))
                    output.flush()
        except BrokenPipeError:
            raise
        except (OSError, stream.EncodingError) as error:
            cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            click.echo(f"respin: {'standard input' if name == '-' else name}: {cause}", err=True)
            failed = True
    if failed:
        raise SystemExit(Exit.ERROR)


class InputError(click.ClickException):
    """Something that was named can't be used: said in one line, exit code 2."""

    exit_code = Exit.ERROR

    def show(self, file: Any = None) -> None:
        click.echo(f"respin: {self.message}", err=True)


def open_source(name: str) -> Any:
    """Standard input for ``-``, else the file, as a binary context manager that has ``read1``."""
    from contextlib import nullcontext

    return nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb")


@click.group(
    cls=RepairGroup,
    invoke_without_command=True,
    add_help_option=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="respin %(version)s")
def cli() -> None:
    """Give spun articles back as they were written."""


def main() -> None:
    """The ``respin`` command; leaves with a code of :class:`Exit`."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        raise SystemExit(Exit.INTERRUPTED) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(Exit.ERROR) from None
    except BrokenPipeError:
        # Nobody reads: be quiet, and keep the interpreter from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(Exit.CLOSED_PIPE) from None
    raise SystemExit(code if isinstance(code, int) else Exit.DONE)
