"""Settings in files, and how they and the command line make one set of options.

A user's own ``respin.toml`` comes first; then ``respin.toml``, or ``[tool.respin]`` in ``pyproject.toml``,
of the project; the command line beats both. Options that can be repeated add up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from respin.errors import SettingsError
from respin.files.folders import user_folder

FILE_NAMES: Final = ("respin.toml", "pyproject.toml")

KEEP_FILE: Final = "respin-keep.txt"
"""A project's words and phrases that are never touched, one a line."""

RIVALS: Final = (
    ("conservative", "aggressive", "min_confidence"),
    ("fast", "accurate"),
    ("diff", "format"),
    ("quiet", "verbose"),
)
"""Options that mean one thing: one that is given beats all of them in what comes before."""

ONLY_ON_THE_COMMAND_LINE: Final = frozenset({"config", "help", "version", "write", "output", "output-dir", "log"})
"""What a file can't set: a folder that somebody sends must not make respin write anywhere."""

_PATHS: Final = frozenset({"dictionary", "language-model"})

_MAX_BYTES: Final = 1 << 20


def take_settings(ctx: click.Context, value: str | None, known: Iterable[click.Parameter]) -> str | None:
    """Make what the settings files say the defaults of a command, for :func:`options_of` to take up.

    Args:
        value: what ``--config`` says: one file to read in place of all others, or ``none``.
        known: the options that a file may name; those that the command lacks are passed over.

    Returns:
        The files that were read, for people.

    Raises:
        SettingsError, DictionaryError: one of them can't be used.
    """
    if ctx.resilient_parsing or value == "none":
        return None
    files = [Path(value)] if value else [path for path in (_own_config(), find_config(Path.cwd())) if path]
    own = {param.name: param for param in ctx.command.params if isinstance(param, click.Option)}
    single: dict[str, Any] = {}
    lists: dict[str, tuple[Any, ...]] = {}
    for path in files:
        found = read_config(path, known, ctx)
        for rivals in RIVALS:
            if any(name in found for name in rivals):
                single = {name: value for name, value in single.items() if name not in rivals}
        for name, setting in found.items():
            if name not in own:
                continue
            if own[name].multiple:
                lists[name] = (*lists.get(name, ()), *setting)
            else:
                single[name] = setting
    keep = None if value else find_upwards(Path.cwd(), KEEP_FILE)
    if keep is not None:
        from respin.dictionary import keep_list  # a settings file must not cost the dictionary's import

        files.append(keep)
        lists["keep"] = (*lists.get("keep", ()), *keep_list.read(keep))
    ctx.default_map = single
    ctx.meta[_LISTS] = lists
    return ", ".join(map(str, files)) or None


_LISTS: Final = "respin.lists"


def options_of(ctx: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a command: those on the command line, and what the settings files add to them."""
    options = dict(given)
    for name, values in ctx.meta.get(_LISTS, {}).items():
        options[name] = (*values, *options[name])
    for rivals in RIVALS:
        said = [name for name in rivals if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
        if said:
            # Without a value of their own the settings have the default, not the file's.
            options = {name: value for name, value in options.items() if name not in rivals or name in said}
    return options


def find_config(start: Path) -> Path | None:
    """The nearest settings file in a folder or above it; a ``pyproject.toml`` counts if it speaks of respin."""
    return find_upwards(start, *FILE_NAMES)


def find_upwards(start: Path, *names: str) -> Path | None:
    """The first of these files in the nearest folder, this one or above it, that has any."""
    for folder in (start, *start.parents):
        for name in names:
            path = folder / name
            if path.is_file() and (name != "pyproject.toml" or _mentions_respin(path)):
                return path
    return None


def own_config() -> Path:
    """Where a user's settings for all projects lie, whether or not they exist: beside their dictionary."""
    return user_folder("XDG_CONFIG_HOME", "~/.config", windows=("APPDATA", r"~\AppData\Roaming")) / "respin.toml"


def _own_config() -> Path | None:
    path = own_config()
    return path if path.is_file() else None


def read_config(path: Path, params: Iterable[click.Parameter], ctx: click.Context) -> dict[str, Any]:
    """Name of each parameter to its value, checked as on the command line.

    Raises:
        SettingsError: no TOML, a name that is no option, or a value that does not fit.
    """
    options = {_long_name(param): param for param in params if isinstance(param, click.Option)}
    values: dict[str, Any] = {}
    for name, value in _table(path).items():
        param = options.get(name)
        if param is None:
            raise SettingsError(f"{path}: {_unknown(name, options)}")
        if name in ONLY_ON_THE_COMMAND_LINE:
            raise SettingsError(f"{path}: {name!r} can be given on the command line only")
        assert param.name is not None
        values[param.name] = _value(path, name, value, param, ctx)
    for rivals in RIVALS:
        said = [name.replace("_", "-") for name in rivals if values.get(name) not in (None, False, "text")]
        if len(said) > 1:
            raise SettingsError(f"{path}: {' and '.join(map(repr, said))} contradict each other: choose one")
    return values


def _value(path: Path, name: str, value: Any, param: click.Option, ctx: click.Context) -> Any:
    if param.is_flag != isinstance(value, bool):
        raise SettingsError(
            f"{path}: {name!r} is {_toml(value)}; it takes {'true or false' if param.is_flag else 'a value'}"
        )
    if param.multiple:
        value = value if isinstance(value, list) else [value]
    elif isinstance(value, (list, dict)):
        raise SettingsError(f"{path}: {name!r} is {_toml(value)}; it takes one value")
    texts = isinstance(param.type, (click.Choice, click.Path)) or param.type is click.STRING
    for item in value if param.multiple else [value]:
        if texts and not isinstance(item, str):
            raise SettingsError(
                f"{path}: {name!r} is {_toml(value)}; it takes {'texts' if param.multiple else 'a text'}"
            )
    try:
        value = param.type_cast_value(ctx, value)
    except click.BadParameter as error:
        raise SettingsError(f"{path}: {name!r}: {error.message}") from None
    if name in _PATHS:
        # Files are named from where the settings lie; a bare name may be that of a shipped dictionary.
        here = path.parent
        place = [str(here / item) if (here / item).exists() else item for item in _as_list(value)]
        return tuple(place) if param.multiple else place[0]
    return value


def _table(path: Path) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)  # what a device says of its size is not to be trusted
        if len(data) > _MAX_BYTES:
            raise SettingsError(f"{path}: larger than any settings")
        found = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: no TOML: {error}") from None
    if path.name == "pyproject.toml":
        tools = found.get("tool")
        found = tools.get("respin", {}) if isinstance(tools, dict) else {}
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: 'tool.respin' is no table")
    return found


def _unknown(name: str, options: Iterable[str]) -> str:
    from rapidfuzz import process

    nearest = process.extractOne(name, sorted(set(options) - ONLY_ON_THE_COMMAND_LINE), score_cutoff=60)
    hint = f"did you mean {nearest[0]!r}?" if nearest else "the names are those of the options, see 'respin --help'"
    return f"unknown setting {name!r}; {hint}"


def _mentions_respin(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return b"tool.respin" in file.read(_MAX_BYTES)
    except OSError:
        return False


def _long_name(param: click.Parameter) -> str:
    return max(param.opts, key=len).lstrip("-")


def _as_list(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [os.fspath(value)]


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
