"""The tags and marks between the runs of a passage: which of them open something, which close it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import Final, NamedTuple

from respin.formats.passages import Passage
from respin.text import lazy_regex as regex


class Role(Enum):
    """What a tag does; it decides on which side of a new wording the tag goes."""

    OPENS = "opens"
    CLOSES = "closes"
    STANDS = "stands"
    """It neither opens nor closes anything, or does both."""


class Tag(NamedTuple):
    """A tag, or a mark that does the same: ``<b>``, ``**``, ``](target)``."""

    text: str
    role: Role


_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_PART: Final = regex.compile(
    r"""(?P<comment><!--(?s:.*?)-->)
      | (?P<close></(?P<name>[A-Za-z][^\s/>]*+)[^>]*+>)
      | (?P<open><(?P<name>[A-Za-z][^\s/>]*+)(?:[^>"']|"[^"]*+"|'[^']*+')*+>)
      | (?P<target>\](?:\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\)|\[[^\[\]]*+\]))
      | (?P<bracket>\[)
      | (?P<emphasis>\*++|_++|~++)
      | (?P<space>\s++)""",
    regex.VERBOSE,
)


class Holes:
    """The holes of a passage, told apart from left to right."""

    def __init__(self, passage: Passage) -> None:
        self._tags: dict[int, tuple[Tag, ...]] = {}
        open_marks: list[str] = []
        runs = passage.runs
        # What stands right before the first word may open something that is closed later; "* " does not.
        for _ in _tags(passage.source[: runs[0].start].rpartition(" ")[2], open_marks):
            pass
        for before, after in pairwise(runs):
            if before.end < after.start:
                hole = passage.source[before.end : after.start]
                self._tags[before.end] = tuple(_tags(hole, open_marks))

    def at(self, start: int) -> tuple[Tag, ...]:
        """The tags of the hole that starts there."""
        return self._tags.get(start, ())


def _tags(hole: str, open_marks: list[str]) -> Iterator[Tag]:
    """Cut a hole into tags; an element that is in it as a whole, or what nobody knows, stays in one piece.

    Args:
        open_marks: the marks of emphasis that are open before the hole; those of the hole are noted.
    """
    tags: list[tuple[str, Role, str]] = []
    at = 0
    is_known = True
    for match in _PART.finditer(hole):
        is_known = is_known and match.start() == at
        at = match.end()
        text = match[0]
        role, name = _role(match, open_marks)
        if role is Role.CLOSES:
            opened = next((i for i in range(len(tags) - 1, -1, -1) if tags[i][1:] == (Role.OPENS, name)), None)
            if opened is not None:
                inside = "".join(tag[0] for tag in tags[opened:])
                del tags[opened:]
                text, role = inside + text, Role.STANDS
        tags.append((text, role, name))
    if not is_known or at < len(hole):
        yield Tag(hole, Role.STANDS)
        return
    for text, role, _ in tags:
        yield Tag(text, role)


def _role(match: regex.Match[str], open_marks: list[str]) -> tuple[Role, str]:
    if match["name"] is not None:
        name = match["name"].lower()
        if name in _VOID:
            return Role.STANDS, name
        return (Role.CLOSES if match["close"] is not None else Role.OPENS), name
    kind = match.lastgroup
    if kind == "bracket":
        return Role.OPENS, "["
    if kind == "target":
        return Role.CLOSES, "["
    if kind == "emphasis":
        mark = match[0]
        if mark in open_marks:
            open_marks.remove(mark)
            return Role.CLOSES, mark
        open_marks.append(mark)
        return Role.OPENS, mark
    return Role.STANDS, ""
