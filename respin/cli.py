"""The command line: options, commands and exit codes; no logic of repair.

Nothing heavy is imported at the top: ``respin --version`` costs no more than Click.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from respin import __version__
from respin.exits import Exit, RunError

COMMANDS: Final = {
    "check": ("respin.cli", "repair_command", "Name the files that would change; as 'respin --check'."),
    "review": ("respin.review", "review_command", "Go through the edits of a file one by one."),
    "explain": ("respin.explain", "explain_command", "Show why each edit is made, or not."),
    "undo": ("respin.undo", "undo_command", "Restore the files of an edit log."),
    "apply": ("respin.undo", "apply_command", "Make the edits of an edit log again."),
    "dict": ("respin.dict_commands", "dict_group", "Look at, check and extend dictionaries."),
    "learn": ("respin.dict_commands", "learn_command", "Learn dictionary entries from pairs of texts."),
    "train": ("respin.train.commands", "train_group", "Train a language model, tune the weights."),
    "model": ("respin.neural_models", "model_group", "Fetch and look at models."),
    "completion": ("respin.shell", "completion_command", "Print the completion script for a shell."),
    "man": ("respin.shell", "man_command", "Print the manual page."),
}
"""Name to (module, attribute, short help): loaded only when called."""

_RIVALS: Final = (("conservative", "aggressive", "min_confidence"), ("diff", "format"), ("quiet", "verbose"))
"""Options that mean one thing: one on the command line beats all of them in a settings file."""


class RepairGroup(click.Group):
    """A group whose bare form repairs: what is no command is a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the repair before arguments that name no command."""
        if args[:1] == ["check"]:
            args = ["repair", "--check", *args[1:]]
        elif not args or args[0] not in COMMANDS:
            if args and not ctx.resilient_parsing:
                _reject_misspelt(args[0])
            args = ["repair", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name in ("repair", "check"):
            return repair_command
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


class RepairCommand(click.Command):
    """The repair itself, with a help page written by hand."""

    def get_help(self, ctx: click.Context) -> str:
        """The page of ``respin --help``."""
        from respin.help_page import page

        return page(tuple(COMMANDS)).rstrip("\n")


def _complete_file(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Files; in the first place the names of the commands too."""
    from click.shell_completion import CompletionItem

    names = () if ctx.params.get("files") else tuple(name for name in COMMANDS if name.startswith(incomplete))
    return [*(CompletionItem(name, help=COMMANDS[name][2]) for name in names), CompletionItem(incomplete, type="file")]


def _reject_misspelt(name: str) -> None:
    """Say so where a command's name was probably meant: it would be read as that of a file."""
    if not name.isalpha() or os.path.lexists(name):
        return
    from difflib import get_close_matches

    for near in get_close_matches(name, COMMANDS, 1, 0.75):
        raise click.UsageError(f"{name!r} is no command and no file; did you mean {near!r}?")


def _read_config(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Take the settings files' values as defaults."""
    from respin.config import ConfigError, find_config, read_config

    path = Path(value) if value else find_config(Path.cwd())
    if ctx.resilient_parsing or value == "none" or path is None:
        return None
    try:
        values = read_config(path, ctx.command.params, ctx)
    except ConfigError as error:
        raise RunError(str(error)) from None
    multiple = {param.name for param in ctx.command.params if isinstance(param, click.Option) and param.multiple}
    ctx.default_map = {name: value for name, value in values.items() if name not in multiple}
    ctx.meta["respin.lists"] = {name: value for name, value in values.items() if name in multiple}
    return str(path)


@click.command("repair", cls=RepairCommand, add_help_option=False)
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|GLOB]...", shell_complete=_complete_file)
@click.option("--conservative", is_flag=True, help="Make only edits that are nearly certain.")
@click.option("--aggressive", is_flag=True, help="Also make edits that are merely likely.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Make only edits that are right with at least this probability, from 0 to 1.",
)
@click.option("--keep", multiple=True, metavar="WORD", help="Never touch this word or phrase, in any letter case.")
@click.option(
    "--dictionary",
    multiple=True,
    metavar="FILE|NAME",
    help="Add a dictionary: a file, or the name of one that respin comes with.",
)
@click.option("--no-default-dictionary", is_flag=True, help="Leave out the shipped dictionary, and your own.")
@click.option("--language-model", metavar="FILE", type=click.Path(), help="Use this n-gram model.")
@click.option("--diff", is_flag=True, help="Show a unified diff in place of the text; on a terminal in colour.")
@click.option(
    "--check",
    is_flag=True,
    help="Show a line for each file that would change in place of the text; exit with 1 if there is any.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "jsonl", "sarif", "html"]),
    default="text",
    metavar="NAME",
    help="Show the edits in place of the text: jsonl (one a line), sarif (for code hosts and editors), "
    "html (a page to look at).",
)
@click.option("--stats", is_flag=True, help="Show a table on standard error: lines, edits, confidence, share, rate.")
@click.option("-w", "--write", is_flag=True, help="Write repaired files in place, each whole or not at all.")
@click.option("--backup", metavar="SUFFIX", help="With --write, keep the old files under their name and this suffix.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write there what would go to standard output.")
@click.option("--output-dir", metavar="DIR", type=click.Path(), help="Write each file to this folder, changed or not.")
@click.option(
    "--log", metavar="FILE", type=click.Path(), help="Add all edits to this log, for 'respin undo' and 'respin apply'."
)
@click.option(
    "--input-format",
    type=click.Choice(["auto", "plain", "html", "markdown", "jsonl"]),
    default="auto",
    metavar="NAME",
    help="Read plain text, html, markdown or jsonl; auto goes by the suffix of each file.",
)
@click.option("--field", multiple=True, metavar="NAME", help="Repair this field of JSON Lines, by default 'text'.")
@click.option("--extract", is_flag=True, help="Take the article out of a web page first, as plain text.")
@click.option("--encoding", default="utf-8", metavar="NAME", help="The encoding of input and output, utf-8 by default.")
@click.option(
    "--include",
    multiple=True,
    metavar="GLOB",
    help="Take these files from folders; by default those with a suffix of text, Markdown, HTML or JSON Lines.",
)
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave these files and folders out, as in a .gitignore file."
)
@click.option("--stdin-filename", metavar="NAME", help="What to call standard input; its suffix says the format.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0, 256),
    default=1,
    metavar="N",
    help="Repair files in this many processes; 0: one a core. The output is the same for any number.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error but what went wrong.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Say more: each file, and which settings and dictionaries are used."
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    metavar="WHEN",
    help="Colour a diff: auto (on a terminal without NO_COLOR), always or never.",
)
@click.option(
    "--config",
    metavar="FILE",
    is_eager=True,
    callback=_read_config,
    help="Read settings from this file; 'none' for no file. By default the nearest respin.toml, or pyproject.toml "
    "with a table [tool.respin], in this folder or above it.",
)
@click.help_option("-h", "--help", help="Show the options on one page.")
@click.version_option(__version__, "-V", "--version", message="respin %(version)s", help="Show the version.")
@click.pass_context
def repair_command(ctx: click.Context, /, config: str | None, **options: Any) -> None:
    """Give spun articles back as they were written."""
    from respin.settings import Settings

    for name, values in ctx.meta.get("respin.lists", {}).items():
        options[name] = (*values, *options[name])
    for rivals in _RIVALS:
        if any(_is_given(ctx, name) for name in rivals):
            # Without a value of their own the settings have the default, not the file's.
            options = {name: value for name, value in options.items() if name not in rivals or _is_given(ctx, name)}
    options["jobs"] = options["jobs"] or len(os.sched_getaffinity(0))
    settings = Settings(**options)
    settings.reject_contradictions()
    from respin.run import repair_all

    raise SystemExit(repair_all(settings, config))


def _is_given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


@click.group(cls=RepairGroup, add_help_option=False)
def cli() -> None:
    """Give spun articles back as they were written."""


def main() -> None:
    """The ``respin`` command; leaves with a code of :class:`Exit`."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = Exit.INTERRUPTED
    except RunError as error:
        click.echo(f"respin: {error}", err=True)
        code = Exit.ERROR
    except click.UsageError as error:
        click.echo(f"respin: {error.format_message()}", err=True)
        command = error.ctx.command_path if error.ctx is not None else "respin"
        click.echo(f"Try '{command.removesuffix(' repair')} --help'.", err=True)
        code = Exit.ERROR
    except click.ClickException as error:
        click.echo(f"respin: {error.format_message()}", err=True)
        code = Exit.ERROR
    except BrokenPipeError:
        # Nobody reads: be quiet, and keep the interpreter from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.CLOSED_PIPE
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("respin: this is a fault of respin itself; please report it", err=True)
        code = Exit.ERROR
    raise SystemExit(code if isinstance(code, int) else Exit.DONE)
