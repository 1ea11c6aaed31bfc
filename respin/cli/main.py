"""The command line: which command is meant, and what its end says; the options are in `repair_command`.

Nothing heavy is imported at the top: ``respin --version`` costs no more than Click.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Final, NoReturn

import click

from respin import __version__
from respin.cli import startup
from respin.errors import Exit, RespinError

COMMANDS: Final = {
    "check": ("respin.cli.repair", "repair_command", "Show each edit that would be made, as linters do."),
    "review": ("respin.cli.review", "review_command", "Go through the edits of a file one by one."),
    "explain": ("respin.cli.explain", "explain_command", "Show why each edit is made, or not."),
    "detect": ("respin.cli.detect", "detect_command", "Say which family of spinners was at work."),
    "undo": ("respin.cli.undo", "undo_command", "Restore the files of an edit log."),
    "apply": ("respin.cli.undo", "apply_command", "Make the edits of an edit log again."),
    "dict": ("respin.cli.dictionary", "dict_group", "Look at, check and extend dictionaries."),
    "learn": ("respin.cli.dictionary", "learn_command", "Learn dictionary entries from pairs of texts."),
    "train": ("respin.cli.train", "train_group", "Train a language model, tune the weights."),
    "model": ("respin.cli.model", "model_group", "Fetch and look at models."),
    "completion": ("respin.cli.shell", "completion_command", "Print the completion script for a shell."),
    "man": ("respin.cli.shell", "man_command", "Print the manual page."),
}
"""Name to (module, attribute, short help): loaded only when called."""

IS_CHECK: Final = "respin.check"
"""Key of the context's ``meta`` that tells ``respin check`` from ``respin --check``."""


class RepairGroup(click.Group):
    """A group whose bare form repairs: what is no command is a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the repair before arguments that name no command."""
        if args[:1] == ["check"]:
            ctx.meta[IS_CHECK] = True
            args = ["repair", "--check", *args[1:]]
        elif not args or args[0] not in (*COMMANDS, "-V", "--version"):
            if args and not ctx.resilient_parsing:
                _reject_misspelt(args[0])
            args = ["repair", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name != "repair" and cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS["check" if cmd_name == "repair" else cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line; ``--version`` prints while it is read."""
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError:
            raise _ClosedPipe from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Click would make a closed pipe exit code 1, which is taken."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ClosedPipe from None


class _ClosedPipe(Exception):
    """Nobody reads our output any more."""


def _reject_misspelt(name: str) -> None:
    """Say so where a command's name was probably meant: it would be read as that of a file."""
    if not name.isalpha() or os.path.lexists(name):
        return
    from difflib import get_close_matches

    for near in get_close_matches(name, COMMANDS, 1, 0.75):
        raise click.UsageError(f"{name!r} is no command and no file; did you mean {near!r}?")


@click.group(cls=RepairGroup, add_help_option=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="respin %(version)s")
def cli() -> None:
    """Give spun articles back as they were written."""


def main() -> None:
    """The ``respin`` command; ends the process with a code of :class:`Exit`."""
    startup.prepare()
    try:
        run()
    except SystemExit as end:
        startup.leave(end)


def run(args: Sequence[str] | None = None) -> NoReturn:
    """Do what the command line says, or the arguments given.

    Raises:
        SystemExit: always, with a code of :class:`Exit`.
    """
    try:
        code = cli.main(args, prog_name="respin", standalone_mode=False)
    except click.exceptions.Abort:
        code = Exit.INTERRUPTED
    except RespinError as error:
        click.echo(f"respin: {error}", err=True)
        code = error.exit
    except OSError as error:
        # Files are named by who opens them; what has no name here is what click prints: help, a version, a list.
        click.echo(f"respin: {error.filename or 'standard output'}: {error.strerror or error}", err=True)
        _drop_output()
        code = Exit.ERROR
    except click.UsageError as error:
        click.echo(f"respin: {error.format_message()}", err=True)
        command = error.ctx.command_path if error.ctx is not None else "respin"
        is_check = error.ctx is not None and IS_CHECK in error.ctx.meta
        click.echo(f"Try '{command.removesuffix(' repair')}{' check' * is_check} --help'.", err=True)
        code = Exit.ERROR
    except click.ClickException as error:
        click.echo(f"respin: {error.format_message()}", err=True)
        code = Exit.ERROR
    except _ClosedPipe:
        _drop_output()
        code = Exit.CLOSED_PIPE
    except Exception:
        code = _fault()
    raise SystemExit(code if isinstance(code, int) else Exit.DONE)


def _drop_output() -> None:
    """Let what is left of the output go nowhere: the interpreter would flush it into a closed pipe, or a full disk."""
    if sys.stdout is not None:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fault() -> Exit:
    """Show where respin went wrong."""
    import traceback

    traceback.print_exc()
    click.echo("respin: this is a fault of respin itself; please report it", err=True)
    return Exit.ERROR
