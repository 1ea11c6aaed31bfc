"""The settings of a reader's training: read from a file, so that a training can be told and run again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from respin.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULTS: Final = Path(__file__).parent / "news.toml"
WORDNET: Final = "wordnet"
"""Stands among dictionaries for the table of WordNet's synonyms."""

Bounds = tuple[float, float]
Sizes = tuple[int, ...]
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of spinners: its dictionaries, the share of the documents that it spins (all shares are put in
    proportion), and bounds of a document's rate in place of the profiles' own."""

    dictionaries: Names
    share: float = 1.0
    rates: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Spinning:
    """How clean text is spun; `news.toml` says what each setting means. Shares are in [0, 1]."""

    seed: int
    lines: Sizes
    unspun_documents: float
    unspun_lines: Bounds
    known: Bounds
    order: Bounds
    restored_documents: float
    restored: Bounds
    restored_wrong: float
    held_out: int
    held_out_lines: int


@dataclass(frozen=True, slots=True)
class Network:
    """The encoder: its size, and what it begins as."""

    base: str
    licence: str
    layers: int
    width: int
    heads: int
    inner: int
    word_pieces: int
    reading_pieces: int


@dataclass(frozen=True, slots=True)
class Training:
    """How the encoder is fitted."""

    steps: int
    pieces: int
    round: int
    rate: float
    warm_up: int
    final_rate: float
    weight_decay: float
    clip: float
    dropout: float
    masked: float
    base_share: float
    measure: int


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """All settings of a training."""

    spinning: Spinning
    family: tuple[Family, ...]
    network: Network
    training: Training

    def as_dict(self) -> dict[str, Any]:
        """As plain values, as JSON holds them."""
        return asdict(self)


_T = TypeVar("_T", Spinning, Network, Training, Family)
_SECTIONS: Final[dict[str, type[Any]]] = {"spinning": Spinning, "network": Network, "training": Training}
_SHARES: Final = frozenset(
    (
        *("unspun_documents", "unspun_lines", "known", "restored_documents", "restored", "restored_wrong"),
        *("share", "rates", "final_rate", "dropout", "masked", "base_share"),
    )
)
_MAY_BE_NOTHING: Final = frozenset({"seed", "order", "warm_up", "weight_decay"})


def read_settings(path: str | Path | None = None) -> ReaderSettings:
    """The settings of a file, and the defaults for what it does not name.

    Raises:
        SettingsError: the file can't be read, names something unknown, or a value is of no use.
    """
    settings = _read(DEFAULTS)
    where = str(DEFAULTS)
    if path is not None:
        where = str(path)
        for name, value in _read(Path(path)).items():
            if name in _SECTIONS and isinstance(value, dict):
                settings[name] = {**settings[name], **value}
            else:
                settings[name] = value
    return _checked(settings, where)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # not UTF-8, or no TOML
        raise SettingsError(f"{path}: no TOML file: {error}") from None


def _checked(settings: Mapping[str, Any], where: str) -> ReaderSettings:
    unknown = settings.keys() - _SECTIONS.keys() - {"family"}
    if unknown:
        raise SettingsError(f"{where}: unknown: {', '.join(sorted(unknown))}; there are family, {', '.join(_SECTIONS)}")
    families = settings["family"]
    if not isinstance(families, list) or not families:
        raise SettingsError(f"{where}: family: write [[family]], once for each")
    network = _section(Network, settings["network"], where, "network")
    if network.width % network.heads:
        raise SettingsError(f"{where}: network.width: {network.width} is no multiple of {network.heads} heads")
    return ReaderSettings(
        _section(Spinning, settings["spinning"], where, "spinning"),
        tuple(_section(Family, family, where, "family") for family in families),
        network,
        _section(Training, settings["training"], where, "training"),
    )


def _section(kind: type[_T], values: Any, where: str, name: str) -> _T:
    if not isinstance(values, dict):
        raise SettingsError(f"{where}: {name} is no table")
    hints = get_type_hints(kind)
    unknown = values.keys() - hints.keys()
    if unknown:
        raise SettingsError(f"{where}: unknown: {name}.{min(unknown)}; there are {', '.join(hints)}")
    needed = {field.name for field in fields(kind) if field.name not in ("share", "rates")}
    if needed - values.keys():
        raise SettingsError(f"{where}: {name}.{min(needed - values.keys())} is missing")
    return kind(**{key: _value(hints[key], value, f"{where}: {name}.{key}", key) for key, value in values.items()})


def _value(hint: Any, value: Any, where: str, key: str) -> Any:
    """A value as its type says. Numbers are above 0, or at least 0 where that makes sense; shares are at most 1."""
    if hint == Names:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise SettingsError(f"{where}: a list of names is needed")
        return tuple(value)
    if hint is str:
        if not isinstance(value, str):
            raise SettingsError(f"{where}: {value!r} is no text")
        return value
    if hint == Sizes:
        if not isinstance(value, list) or not value:
            raise SettingsError(f"{where}: a list of numbers is needed")
        return tuple(_number(int, item, where, key) for item in value)
    if hint is int or hint is float:
        return _number(hint, value, where, key)
    if not isinstance(value, list) or len(value) != 2:
        raise SettingsError(f"{where}: two bounds are needed, as [0.2, 0.7]")
    low, high = (_number(float, item, where, key) for item in value)
    if low > high:
        raise SettingsError(f"{where}: the first bound is above the second")
    return low, high


def _number(kind: type[Any], value: Any, where: str, key: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise SettingsError(f"{where}: {value!r} is no {'whole ' if kind is int else ''}number")
    least = 0 if key in _SHARES or key in _MAY_BE_NOTHING else None
    if not (value >= 0 if least == 0 else value > 0) or (key in _SHARES and value > 1):
        bounds = "between 0 and 1" if key in _SHARES else "at least 0" if least == 0 else "above 0"
        raise SettingsError(f"{where}: {value!r} is not {bounds}")
    return kind(value)
