"""Patterns of the *regex* package that are compiled when they are first needed.

Most documents need none of them, and loading the package takes as long as half of Click. A module
that says ``from respin.text import lazy_regex as regex`` writes its patterns down as it always would.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr, Final, Generic, cast

if TYPE_CHECKING:
    import regex
    from regex import Match as Match

IGNORECASE: Final = 0x2
DOTALL: Final = 0x10
VERBOSE: Final = 0x40
"""As in the package."""


class LazyPattern(Generic[AnyStr]):
    """Stands in for a pattern of a package until something is asked of it."""

    def __init__(self, package: str, pattern: AnyStr, flags: int) -> None:
        self._package = package
        self._arguments: tuple[AnyStr, int] = pattern, flags

    def __getattr__(self, name: str) -> Any:
        compiled = import_module(self._package).compile(*self._arguments)
        # From now on the methods themselves are found here.
        for method in ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split", "pattern"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def compile(pattern: AnyStr, flags: int = 0) -> regex.Pattern[AnyStr]:
    """A pattern, compiled when it is first used; what is wrong with it shows only then."""
    return cast("regex.Pattern[AnyStr]", LazyPattern("regex", pattern, flags))
