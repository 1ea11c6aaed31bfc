"""What a dictionary file says: how a spinner behaves, and its synonym groups.

A dictionary file is UTF-8 text for people to edit:

    # Comments start with a number sign.
    name = newsroom
    about = the WordPress plug-in behind most spun news pages
    rate = 0.97
    ---
    in the: within the
    shooting: taking pictures, capturing

Above the line of dashes stands the profile: how this spinner behaves. Below it one group
a line, the *head* (the original wording) first, then its *variants*, most usual first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from respin.errors import DictionaryError
from respin.text import lazy_re as re

MAX_TOKENS: Final = 8
"""Longest head or variant, in tokens. The family's longest phrases have seven words."""

MAX_LINE: Final = 4096
"""Longest line of a dictionary file, in characters."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Largest dictionary file that is read at all; it takes two seconds and 200 MB to load."""

MAX_VARIANTS: Final = 250
"""Most variants of a head, and most heads of a variant. Lists that people made have a dozen."""


class Group(NamedTuple):
    """One line of a dictionary: the head and the variants that replace it, most usual first."""

    head: str
    variants: tuple[str, ...]
    line: int = 0


class PlainGroup(Group):
    """A group of small letters and single spaces only: its phrases are their own keys."""

    __slots__ = ()


# There are thousands of them at every start: made from a tuple of their fields, without a call of Python code.
_plain_group: Final = partial(tuple.__new__, PlainGroup)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one family of spinners behaves.

    ``rate`` is the probability, in (0, 1), that a head is replaced at all. ``hyphens`` says
    which words that touch a hyphen are replaced: ``"capitalised"`` (only those with a capital),
    ``"all"`` or ``"none"``. ``repeat``, in [0, 1), is the probability that a head which was replaced
    earlier in a text gets the same variant again, and is not drawn anew; ``endings``, in [0, 1), the
    share of the single words that are written without the ending of the head.
    """

    name: str = "unnamed"
    about: str = ""
    rate: float = 0.97
    hyphens: str = "capitalised"
    repeat: float = 0.0
    endings: float = 0.0

    def replaces_by_hyphen(self, capital: bool) -> bool:
        """Whether this spinner replaces a head that touches a hyphen and begins with a ``capital`` or not."""
        return self.hyphens == "all" or (self.hyphens == "capitalised" and capital)


_SETTINGS: Final = ("name", "about", "rate", "hyphens", "repeat", "endings")
_HYPHEN_RULES: Final = ("capitalised", "all", "none")


# Each line in one of two ways: head and variants of a group with nothing in it but small letters and single spaces,
# as nearly all are, or the line as it is. (Without a bound, one endless line could take any amount of memory.)
_LINE: Final = re.compile(
    r"^(?:([a-z]+(?: [a-z]+){0,7}): ([a-z]+(?: [a-z]+){0,7}(?:, [a-z]+(?: [a-z]+){0,7}){0,2047})|(.*))$", re.MULTILINE
)


def _read_header(path: str, lines: Iterable[tuple[int, str]]) -> Profile:
    values: dict[str, str] = {}
    for number, line in lines:
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or key not in _SETTINGS:
            raise DictionaryError(
                path,
                number,
                f"{line[:60]!r} is no profile setting; {', '.join(_SETTINGS[:-1])} and {_SETTINGS[-1]} are, "
                "as 'key = value'",
            )
        values[key] = value
        if key == "hyphens" and value not in _HYPHEN_RULES:
            raise DictionaryError(path, number, f"hyphens is {value[:60]!r}, not one of {', '.join(_HYPHEN_RULES)}")
        if key in ("rate", "repeat", "endings"):
            try:
                share = float(value)
            except ValueError:
                share = math.nan
            if not 0 <= share < 1 or (key == "rate" and not share):
                raise DictionaryError(path, number, f"{key} is {value[:60]!r}, not a number between 0 and 1")
    profile = Profile(name=values.get("name", Path(path).stem))
    return replace(
        profile,
        about=values.get("about", ""),
        rate=float(values.get("rate", profile.rate)),
        hyphens=values.get("hyphens", profile.hyphens),
        repeat=float(values.get("repeat", profile.repeat)),
        endings=float(values.get("endings", profile.endings)),
    )


def parse_group(path: str, number: int, line: str) -> Group:
    """One group line as a :class:`Group`.

    Raises:
        DictionaryError: no colon, an empty head or variant, or a phrase of too many words.
    """
    head, colon, rest = line.partition(":")
    if not colon:
        raise DictionaryError(path, number, f"no colon in {line[:60]!r}; a group is 'head: variant, variant'")
    head = head.strip()
    variants = tuple(variant.strip() for variant in rest.split(","))
    if not head:
        raise DictionaryError(path, number, "no head before the colon")
    if not all(variants):
        raise DictionaryError(path, number, f"an empty variant of {head[:60]!r}: a comma too many, or none given")
    for phrase in (head, *variants):
        if phrase.count(" ") >= MAX_TOKENS:
            raise DictionaryError(path, number, f"{phrase[:60]!r} has more than {MAX_TOKENS} words")
    return Group(head, variants, number)


def parse(text: str, path: str = "<dictionary>") -> tuple[Profile, list[Group]]:
    """The profile and the groups of a dictionary text, in the order of the file.

    Raises:
        DictionaryError: with file, line and cause, at the first thing that is wrong.
    """
    above: list[tuple[int, str]] = []
    groups: list[Group] = []
    profile: Profile | None = None
    for number, (head, rest, other) in enumerate(_LINE.findall(text), 1):
        size = len(head) + 2 + len(rest) if head else len(other)
        if size > MAX_LINE:
            raise DictionaryError(path, number, f"a line of {size:,} characters; {MAX_LINE:,} are allowed")
        if head and profile is not None:
            groups.append(_plain_group((head, tuple(rest.split(", ")), number)))
            continue
        line = f"{head}: {rest}" if head else other.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "-" and not line.strip("-"):
            if profile is None:
                profile = _read_header(path, above)
        elif profile is None:
            above.append((number, line))
        else:
            groups.append(parse_group(path, number, line))
    if profile is None:  # no line of dashes: no header, all lines are groups
        return _read_header(path, []), [parse_group(path, number, line) for number, line in above]
    return profile, groups


def read_text(path: str | Path) -> str:
    """The text of a dictionary file, without a byte order mark.

    Raises:
        DictionaryError: the file can't be read, is no UTF-8, or is too large.
    """
    name = str(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)  # what a device says of its size is not to be trusted
        if len(data) > MAX_BYTES:
            raise DictionaryError(name, 0, f"larger than {MAX_BYTES // 2**20} MB; is this a dictionary?")
    except OSError as error:
        raise DictionaryError(name, 0, error.strerror or str(error)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DictionaryError(name, line, f"not UTF-8: byte 0x{data[error.start]:02x}") from None


def read(path: str | Path) -> tuple[Profile, list[Group]]:
    """The profile and the groups of a dictionary file.

    Raises:
        DictionaryError: the file can't be read, is no UTF-8, is too large, or a line is wrong.
    """
    return parse(read_text(path), str(path))
