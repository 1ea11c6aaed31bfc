"""Patterns of the standard library's *re* that are compiled when they are first needed; see `respin.text.lazy_regex`.

To compile one takes as long as to read a line that the gate dismisses ten times over, and most lines need few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, AnyStr, Final, cast

from respin.text.lazy_regex import LazyPattern

if TYPE_CHECKING:
    import re

IGNORECASE: Final = 0x2
MULTILINE: Final = 0x8
"""As in the library."""


def compile(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern, compiled when it is first used; what is wrong with it shows only then."""
    return cast("re.Pattern[AnyStr]", LazyPattern("re", pattern, flags))
