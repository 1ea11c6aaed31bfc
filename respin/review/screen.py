"""What a review shows: one edit in its context, the wordings to choose from, the keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from respin.review.session import Review

KEYS: Final = (
    ("y", "accept"),
    ("r", "reject"),
    ("1-9", "choose"),
    ("e", "type"),
    ("A", "always"),
    ("N", "never"),
    ("b", "back"),
    ("w", "write now"),
    ("q", "quit, keep"),
    ("?", "help"),
)

HELP: Final = """\
y, Enter     accept the wording that is shown
r, n         reject: leave the words as they are
1 to 9       take the wording of that number
e, t         type a wording of your own
A            always: take it here and wherever the same words come,
             and put the pair into your dictionary
N            never: leave these words here and wherever they come,
             and put them on your keep list
b, ←         go back one edit, to look or to decide again
→            go on without a decision
w            write the file now; what is undecided stays as it is
q            quit and keep what is decided; start again to go on
Ctrl-C       the same, at once"""

MAX_WORDINGS: Final = 9
"""Most wordings that are offered: one a digit."""

_CONTEXT: Final = 700
"""Characters of the line that are shown on each side of the edit."""

_BOLD, _DIM, _RED, _GREEN, _PLAIN = "1", "2", "31;9", "32;1", ""
_GAP: Final = re.compile(r"(\s+)")

Styled = tuple[str, str]
"""A piece of text and the SGR codes it is shown with."""


def draw(review: Review, name: str, size: tuple[int, int], *, color: bool) -> list[str]:
    """The screen for the edit at hand.

    Args:
        size: columns and rows; the context is cut to fit.
        color: with ANSI colours; else wordings are marked as wdiff does: ``[-spun-] {+original+}``.
    """
    width, rows = max(20, size[0]), size[1]
    item = review.item
    taken, left, open_ = review.counts()
    line = review.text.count("\n", 0, item.start) + 1
    place = f"{printable(name)}  edit {review.at + 1} of {len(review.items)}, line {line}"
    counts = f"{taken} accepted, {left} rejected, {open_} to go"
    head = [_sgr(place, _BOLD, color), _sgr(counts, _DIM, color), ""]
    foot = ["", *_choices(review, color), "", *_keys(width, color)]
    body, at = _context(review, width, color)
    room = max(3, rows - len(head) - len(foot) - 1)
    first = max(0, min(at - room // 2, len(body) - room))
    return [*head, *body[first : first + room], *foot]


def draw_end(review: Review, name: str, *, color: bool) -> list[str]:
    """The screen when all is decided."""
    taken, left, _ = review.counts()
    return [
        _sgr(f"{printable(name)}  all is decided", _BOLD, color),
        _sgr(f"{taken} accepted, {left} rejected", _DIM, color),
        "",
        "y, w  write the file" if taken else "y, w  done: nothing to write",
        "b     back to the last edit",
        "q     quit and keep the decisions for later",
    ]


def _choices(review: Review, color: bool) -> Iterator[str]:
    item, decided = review.item, review.decision(review.at)
    for number, (wording, probability) in enumerate(item.wordings[:MAX_WORDINGS], 1):
        mark = "*" if wording == decided else " "
        shown = _sgr(printable(wording), _GREEN if number == 1 else _PLAIN, color)
        yield f"{mark} {number}  {shown}  {_percent(probability)}"
    if decided is not None and decided != item.spun and decided not in [wording for wording, _ in item.wordings]:
        yield f"*    {_sgr(printable(decided), _GREEN, color)}  your own"
    yield f"{'*' if decided == item.spun else ' '} r  {printable(item.spun)}  (leave it)"


def _keys(width: int, color: bool) -> Iterator[str]:
    """The keys, in as many lines as they need."""
    line = ""
    plain = 0
    for key, does in KEYS:
        size = len(key) + len(does) + 1
        if plain and plain + 3 + size > width:
            yield line
            line, plain = "", 0
        line += f"{'   ' if plain else ''}{_sgr(key, _BOLD, color)} {does}"
        plain += size + 3 * (plain > 0)
    yield line


def _context(review: Review, width: int, color: bool) -> tuple[list[str], int]:
    """The line of the edit, wrapped, and which of these lines the edit is on."""
    text, item = review.text, review.item
    start = max(text.rfind("\n", 0, item.start) + 1, item.start - _CONTEXT)
    end = text.find("\n", item.end)
    end = min(len(text) if end < 0 else end, item.end + _CONTEXT)
    pieces: list[Styled] = []
    at = start
    for index, other in enumerate(review.items):
        if other.start < start or other.end > end:
            continue
        pieces.append((printable(text[at : other.start]), _PLAIN))
        decided = review.decision(index)
        if index == review.at:
            spun, original = printable(other.spun), printable(review.shown)
            if color:
                pieces += [(spun, _RED), (" ", _PLAIN), (original, _GREEN)]
            else:
                pieces += [(f"[-{spun}-] {{+{original}+}}", _PLAIN)]
        else:
            pieces.append((printable(other.spun if decided is None else decided), _DIM if decided is None else _PLAIN))
        at = other.end
    pieces.append((printable(text[at:end]), _PLAIN))
    if not color:
        pieces = [("".join(piece for piece, _ in pieces), _PLAIN)]
    lines, marks = _wrap(pieces, width, color)
    mark = next((n for n, line in enumerate(lines) if n in marks or (not color and "{+" in line)), 0)
    return lines, mark


def _wrap(pieces: Iterable[Styled], width: int, color: bool) -> tuple[list[str], set[int]]:
    """Lines of at most ``width`` columns, and the numbers of those with the new wording on them."""
    lines = [""]
    marks = set()
    used = 0
    for piece, style in pieces:
        for word in _GAP.split(piece):
            if not word:
                continue
            if word.isspace():
                if used:
                    lines[-1] += " "
                    used += 1
                continue
            size = columns(word)
            if used and used + size > width:
                lines.append("")
                used = 0
            while size > width:  # a word wider than the screen
                lines[-1] += _sgr(word[: width // 2], style, color)
                lines.append("")
                word = word[width // 2 :]
                size = columns(word)
            if style == _GREEN:
                marks.add(len(lines) - 1)
            lines[-1] += _sgr(word, style, color)
            used += size
    return lines, marks


def _percent(probability: float) -> str:
    """Never a certainty."""
    return ">99 %" if probability >= 0.995 else f"{100 * probability:.0f} %"


def columns(text: str) -> int:
    """How many columns of a terminal text takes, nearly: wide characters take two, combining marks none.

    >>> columns("abc"), columns("e\\u0301"), columns("日本")
    (3, 1, 4)
    """
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def printable(text: str) -> str:
    """Text that can't do anything to a terminal: control characters and broken bytes become pictures.

    >>> printable("a\\x1b[31m\\tb\\udce9")
    'a␛[31m b�'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _picture(char) for char in text)


def _picture(char: str) -> str:
    if char.isspace():
        return " "
    return chr(0x2400 + ord(char)) if char < " " else "\ufffd"


def _sgr(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and style else text
