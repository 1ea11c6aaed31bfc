"""Settings in files: ``respin.toml``, or ``[tool.respin]`` in ``pyproject.toml``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

FILE_NAMES: Final = ("respin.toml", "pyproject.toml")

ONLY_ON_THE_COMMAND_LINE: Final = frozenset({"config", "help", "version", "write", "output", "output-dir", "log"})
"""What a file can't set: a folder that somebody sends must not make respin write anywhere."""

_PATHS: Final = frozenset({"dictionary", "language-model"})

_MAX_BYTES: Final = 1 << 20


class ConfigError(ValueError):
    """A settings file that can't be used: names file and cause."""


def find_config(start: Path) -> Path | None:
    """The nearest settings file in a folder or above it; a ``pyproject.toml`` counts if it speaks of respin."""
    for folder in (start, *start.parents):
        for name in FILE_NAMES:
            path = folder / name
            if path.is_file() and (name == "respin.toml" or _mentions_respin(path)):
                return path
    return None


def read_config(path: Path, params: Iterable[click.Parameter], ctx: click.Context) -> dict[str, Any]:
    """Name of each parameter to its value, checked as on the command line.

    Raises:
        ConfigError: no TOML, a name that is no option, or a value that does not fit.
    """
    options = {_long_name(param): param for param in params if isinstance(param, click.Option)}
    values: dict[str, Any] = {}
    for name, value in _table(path).items():
        param = options.get(name)
        if param is None:
            raise ConfigError(f"{path}: {_unknown(name, options)}")
        if name in ONLY_ON_THE_COMMAND_LINE:
            raise ConfigError(f"{path}: {name!r} can be given on the command line only")
        assert param.name is not None
        values[param.name] = _value(path, name, value, param, ctx)
    return values


def _value(path: Path, name: str, value: Any, param: click.Option, ctx: click.Context) -> Any:
    if param.is_flag != isinstance(value, bool):
        raise ConfigError(
            f"{path}: {name!r} is {_toml(value)}; it takes {'true or false' if param.is_flag else 'a value'}"
        )
    if param.multiple:
        value = value if isinstance(value, list) else [value]
    elif isinstance(value, (list, dict)):
        raise ConfigError(f"{path}: {name!r} is {_toml(value)}; it takes one value")
    try:
        value = param.type_cast_value(ctx, value)
    except click.BadParameter as error:
        raise ConfigError(f"{path}: {name!r}: {error.message}") from None
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
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"{path}: larger than any settings")
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no TOML: {error}") from None
    if path.name == "pyproject.toml":
        tools = found.get("tool")
        found = tools.get("respin", {}) if isinstance(tools, dict) else {}
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: 'tool.respin' is no table")
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
