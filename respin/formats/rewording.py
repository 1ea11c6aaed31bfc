"""Write a new wording where the spun one had tags or line ends between its letters: all of them stay.

Tags keep their order, so what was balanced stays so. A tag that opens goes before the words that take the
place of those it stood before, one that closes behind them; a line end takes the nearest blank.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from respin.formats.holes import Role, Tag
from respin.text import lazy_re as re

_SPACE: Final = re.compile(r"\s+")
_LINE_END: Final = re.compile(r"[\r\n\v\f\x85\u2028\u2029<\\]")
"""What a blank holds that must not get lost: a line end, ``<br>``, or an escape that stands for one."""
_BREAK: Final = re.compile(r"\r\n|\r|\n|\\[rn]")


class Piece(NamedTuple):
    """A piece of the source under an edit: what it reads as, or the tags of a hole."""

    source: str
    prose: str
    tags: tuple[Tag, ...] = ()


@dataclass(slots=True)
class Gap:
    """What stands between two words of the spun wording."""

    space: str = ""
    before: list[Tag] = field(default_factory=list)
    """Tags before the blank."""
    behind: list[Tag] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """A spun wording taken apart.

    ``words`` as they read; ``inside`` the tags inside each word; ``gaps`` what stands behind each word but the last.
    """

    words: list[str] = field(default_factory=list)
    inside: list[list[Tag]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    is_torn: bool = False
    """Whether a gap has two line ends with something between them."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing but single blanks stands between the letters."""
        return not any(self.inside) and all(gap.space == " " and not gap.before and not gap.behind for gap in self.gaps)

    @property
    def has_tags(self) -> bool:
        """Whether a tag stands between the letters."""
        return any("<" in part for part in self.kept)

    @property
    def kept(self) -> list[str]:
        """What stands between the letters, in order."""
        parts: list[str] = []
        for index, inside in enumerate(self.inside):
            parts += [tag.text for tag in inside]
            if index < len(self.gaps):
                gap = self.gaps[index]
                parts += [*(tag.text for tag in gap.before), gap.space, *(tag.text for tag in gap.behind)]
        return parts


def lay_out(pieces: Iterable[Piece]) -> Layout:
    """The layout of the pieces of a spun wording; it begins and ends with a letter."""
    layout = Layout()
    gap: Gap | None = Gap()
    loose: list[Tag] = []
    """Tags behind the last letter: inside the word if another letter follows."""
    is_parted = False
    """Whether something stands behind the blank so far that is no blank."""
    for source, prose, tags in pieces:
        is_parted = is_parted or not prose
        if tags:
            if gap is None:
                loose += tags
            else:
                gap.behind += tags
            continue
        if not prose and _BREAK.search(source):  # a word that goes on in the next line
            prose = " "
        at = 0
        for match in _SPACE.finditer(prose):
            if match.start() > at:
                _add_letters(layout, prose[at : match.start()], gap, loose)
                gap = None
            if gap is None:
                gap, loose = Gap(before=loose), []
            # Where a piece is a blank as a whole, it may be written otherwise than it reads.
            blank = source if match.span() == (0, len(prose)) else match[0]
            if is_parted and _LINE_END.search(gap.space):
                # Side by side, without what is between, two line ends would end a paragraph.
                layout.is_torn = layout.is_torn or _LINE_END.search(blank) is not None
            elif gap.behind:  # a blank behind the tags, too: one side of them is enough
                gap.before, gap.behind = gap.before + gap.behind, []
            is_parted = False
            gap.space += blank
            at = match.end()
        if at < len(prose):
            _add_letters(layout, prose[at:], gap, loose)
            gap = None
    return layout


def _add_letters(layout: Layout, letters: str, gap: Gap | None, loose: list[Tag]) -> None:
    if gap is None:
        layout.words[-1] += letters
        layout.inside[-1] += loose
    else:
        if layout.words:
            layout.gaps.append(gap)
        layout.words.append(letters)
        layout.inside.append([])
    loose.clear()


class _Placed(NamedTuple):
    tag: Tag
    at: int
    """Number of new words before it."""
    is_behind: bool
    """Whether it stands behind the blank there."""


def reword(
    layout: Layout, wording: str, write: Callable[[str], str], *, has_blank_before: bool, has_blank_after: bool
) -> tuple[str, str, str] | None:
    """The source of a new wording.

    Args:
        layout: of the spun wording.
        wording: what is to be read in its place.
        write: writes a word as the format needs it.
        has_blank_before: whether a blank stands before the edit that a line end may take the place of.
        has_blank_after: the same for what follows.

    Returns:
        the line end that takes the place of the blank before, if any; the new source; the line end that
        takes the place of the blank after. ``None`` if there is no good place for what has to stay.
    """
    if layout.is_torn:
        return None
    words = wording.split()
    size = len(words)
    place = _Places(layout.words, words)
    placed: list[_Placed] = []

    def put(tags: Iterable[Tag], before: int, behind: int, *, is_behind: bool) -> None:
        """Place tags that stand between the spun words ``before`` and ``behind``, as numbers of words before them."""
        for tag in tags:
            if tag.role is Role.OPENS:
                placed.append(_Placed(tag, place.low(before), True))
            elif tag.role is Role.CLOSES:
                placed.append(_Placed(tag, place.high(behind), False))
            else:
                placed.append(_Placed(tag, place.high(behind), is_behind))

    blanks: dict[int, str] = {}
    last = -1
    for index, inside in enumerate(layout.inside):
        put(inside, index, index + 1, is_behind=False)
        if index == len(layout.gaps):
            break
        gap, number = layout.gaps[index], index + 1
        put(gap.before, number, number, is_behind=False)
        put(gap.behind, number, number, is_behind=True)
        if gap.space != " ":
            slot = _slot(place.near(number), last + 1, size, blanks, has_blank_before, has_blank_after)
            if _LINE_END.search(gap.space) is None:
                if slot is None or not 0 < slot < size:
                    continue
            elif slot is None:
                return None
            blanks[slot] = gap.space
            last = slot
    in_order = _in_order(placed)
    if not _is_sensible(in_order, size):
        return None
    parts: list[str] = [blanks.get(0, "")]
    kept = [parts[0]]
    for at in range(size + 1):
        here = [item for item in in_order if item.at == at]
        first = [item.tag.text for item in here if not item.is_behind]
        blank = blanks.get(at, " ") if 0 < at < size else ""
        behind = [item.tag.text for item in here if item.is_behind]
        kept += [*first, blank, *behind]
        parts += [*first, blank, *behind]
        if at < size:
            parts.append(write(words[at]))
    kept.append(blanks.get(size, ""))
    if layout.has_tags and _tags(kept) != _tags(layout.kept):  # a line end that is a tag has overtaken another
        return None
    return parts[0], "".join(parts[1:]), kept[-1]


def _tags(parts: Iterable[str]) -> list[str]:
    return [part.strip() for part in parts if "<" in part]


def _slot(
    wanted: int, first: int, size: int, taken: dict[int, str], has_blank_before: bool, has_blank_after: bool
) -> int | None:
    """The free blank that is nearest to the wanted one, the blanks around the wording only if there is no other."""
    inner = [slot for slot in range(max(first, 1), size) if slot not in taken]
    if inner:
        return min(inner, key=lambda slot: abs(slot - wanted))
    if has_blank_after and size not in taken:
        return size
    if has_blank_before and first == 0 and not taken:
        return 0
    return None


class _Places:
    """Where a place in the spun wording is in the new one; words that both share at their ends stay in place."""

    def __init__(self, spun: Sequence[str], new: Sequence[str]) -> None:
        self._spun, self._new = len(spun), len(new)
        most = min(len(spun), len(new)) - 1
        self._left = 0
        while self._left < most and spun[self._left] == new[self._left]:
            self._left += 1
        self._right = 0
        while self._left + self._right < most and spun[-1 - self._right] == new[-1 - self._right]:
            self._right += 1

    def _exact(self, number: int) -> float:
        if number <= self._left:
            return number
        if number >= self._spun - self._right:
            return self._new - (self._spun - number)
        ends = self._left + self._right
        return self._left + (number - self._left) * (self._new - ends) / (self._spun - ends)

    def low(self, number: int) -> int:
        """Rounded down."""
        return math.floor(self._exact(number) + 1e-9)

    def high(self, number: int) -> int:
        """Rounded up."""
        return math.ceil(self._exact(number) - 1e-9)

    def near(self, number: int) -> int:
        """Rounded."""
        return round(self._exact(number))


def _in_order(placed: Iterable[_Placed]) -> list[_Placed]:
    """The tags moved to the right where they would overtake each other."""
    found: list[_Placed] = []
    for item in placed:
        if found and (item.at, item.is_behind) < (found[-1].at, found[-1].is_behind):
            item = item._replace(at=found[-1].at, is_behind=found[-1].is_behind)
        found.append(item)
    return found


def _is_sensible(placed: Sequence[_Placed], size: int) -> bool:
    """Whether no element lost all its text."""
    if any(item.tag.role is Role.OPENS and item.at == size for item in placed):
        return False
    return not any(
        left.tag.role is Role.OPENS and right.tag.role is Role.CLOSES and left.at == right.at
        for left, right in pairwise(placed)
    )
