"""Options that other commands have in common with the repair, and what the settings files say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from respin.cli.repair import repair_command
from respin.errors import RunError
from respin.run.settings import Settings

_CONFIDENCE: Final = ("conservative", "aggressive", "min_confidence")
"""Options that mean one thing: one on the command line beats all of them in a settings file."""

_SHARED: Final = (
    *_CONFIDENCE,
    "keep",
    "dictionary",
    "no_default_dictionary",
    "language_model",
    "accurate",
    "model",
    "input_format",
    "field",
    "encoding",
)


def share_repair_options(command: click.Command) -> None:
    """Give a command the options that say what is repaired, and how a file is read.

    Its function takes a context and passes the options on to :func:`settings_of`.
    """
    mine = [param for param in command.params if isinstance(param, click.Argument)]
    theirs = [param for param in repair_command.params if param.name in _SHARED]
    rest = [param for param in command.params if param not in mine and param.name != "help"]
    page = [param for param in command.params if param.name == "help"]
    config = click.Option(
        ["--config"],
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_read_config,
        help="Read settings from this file; 'none' for no file.",
    )
    command.params = [*mine, *rest, *theirs, config, *page]


def settings_of(ctx: click.Context, path: str, options: dict[str, Any]) -> Settings:
    """The settings for one file, from the command line and the settings file.

    Raises:
        RunError, click.UsageError: they can't be used, or not together.
    """
    from respin.files.stream import EncodingError, check_encoding

    for name, values in ctx.meta.get("respin.lists", {}).items():
        options[name] = (*values, *options[name])
    given = [name for name in _CONFIDENCE if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    if given:
        options = {name: value for name, value in options.items() if name not in _CONFIDENCE or name in given}
    try:
        options["encoding"] = check_encoding(options["encoding"])
    except EncodingError as error:
        raise RunError(str(error)) from None
    settings = Settings(files=(path,), **options)
    settings.reject_contradictions()
    return settings


def _read_config(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Take the settings file's values as defaults, as the repair does."""
    from respin.cli.config import ConfigError, find_config, read_config

    path = Path(value) if value else find_config(Path.cwd())
    if ctx.resilient_parsing or value == "none" or path is None:
        return
    try:
        values = read_config(path, repair_command.params, ctx)
    except ConfigError as error:
        raise RunError(str(error)) from None
    values = {name: found for name, found in values.items() if name in _SHARED}
    lists = {param.name for param in repair_command.params if isinstance(param, click.Option) and param.multiple}
    ctx.default_map = {name: found for name, found in values.items() if name not in lists}
    ctx.meta["respin.lists"] = {name: found for name, found in values.items() if name in lists}
