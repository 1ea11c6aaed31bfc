"""Options that other commands have in common with the repair, and what the settings files say of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import click

from respin.cli.config import options_of, take_settings
from respin.cli.repair import repair_command
from respin.files.stream import AUTO, check_encoding
from respin.run.settings import Settings

_SHARED: Final = (
    "conservative",
    "aggressive",
    "min_confidence",
    "keep",
    "dictionary",
    "no_default_dictionary",
    "language_model",
    "profile",
    "fast",
    "accurate",
    "model",
    "input_format",
    "field",
    "field_format",
    "text",
    "encoding",
)


def share_repair_options(command: click.Command, names: Collection[str] = _SHARED) -> None:
    """Give a command the options that say what is repaired, and how a file is read, or those of them with ``names``.

    Its function takes a context and passes the options on to :func:`settings_of`.
    """
    mine = [param for param in command.params if isinstance(param, click.Argument)]
    theirs = [param for param in repair_command.params if param.name in names]
    rest = [param for param in command.params if param not in mine and param.name != "help"]
    page = [param for param in command.params if param.name == "help"]
    config = click.Option(
        ["--config"],
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_take_settings,
        help="Read settings from this file alone; 'none' for no file.",
    )
    command.params = [*mine, *rest, *theirs, config, *page]


def settings_of(ctx: click.Context, path: str, options: dict[str, Any]) -> Settings:
    """The settings for one file, from the command line and the settings file.

    Raises:
        SettingsError, click.UsageError: they can't be used, or not together.
    """
    options = options_of(ctx, options)
    if options["encoding"] != AUTO:
        options["encoding"] = check_encoding(options["encoding"])
    settings = Settings(files=(path,), **options)
    settings.reject_contradictions()
    return settings


def _take_settings(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Take the settings files' values as defaults, as the repair does."""
    take_settings(ctx, value, repair_command.params)
