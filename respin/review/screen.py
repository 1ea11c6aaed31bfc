"""What a review shows: one edit in its context, the wordings to choose from, the keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from wcwidth import wcswidth

from respin.review.session import Review
from respin.text.wording import percent, printable

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
    place = f"  edit {review.at + 1} of {len(review.items)}, line {line}"
    name = _cut(printable(name)[::-1], max(4, width - len(place)))[::-1]  # its end says more than its start
    counts = f"{taken} accepted, {left} rejected, {open_} to go"
    head = [_sgr(_cut(name + place, width), _BOLD, color), _sgr(_cut(counts, width), _DIM, color), ""]
    foot = ["", *_choices(review, width, color), "", *_keys(width, color)]
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


def _choices(review: Review, width: int, color: bool) -> Iterator[str]:
    item, decided = review.item, review.decision(review.at)
    offered = [wording for wording, _ in item.wordings]
    rows = [
        (str(number), wording, percent(probability), _GREEN if number == 1 else _PLAIN)
        for number, (wording, probability) in enumerate(item.wordings[:MAX_WORDINGS], 1)
    ]
    if decided is not None and decided != item.spun and decided not in offered:
        rows.append((" ", decided, "your own", _GREEN))
    rows.append(("r", item.spun, "(leave it)", _PLAIN))
    for key, wording, remark, style in rows:
        shown = _cut(printable(wording), width - 7 - len(remark))
        yield f"{'*' if wording == decided else ' '} {key}  {_sgr(shown, style, color)}  {remark}"


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


def _cut(text: str, width: int) -> str:
    """As much of a text as fits, with a sign where the rest was."""
    if columns(text) <= width:
        return text
    while columns(text) >= width:
        text = text[:-1]
    return text + "…"


def _wrap(pieces: Iterable[Styled], width: int, color: bool) -> tuple[list[str], set[int]]:
    """Lines of at most ``width`` columns, and the numbers of those with the new wording on them."""
    lines = [""]
    marks = set()
    used = 0
    gap = 0  # white space that is shown if a word follows on the same line
    for piece, style in pieces:
        for word in _GAP.split(piece):
            if not word:
                continue
            if word.isspace():
                gap = int(used > 0)
                continue
            size = columns(word)
            if used and used + gap + size > width:
                lines.append("")
                used = gap = 0
            lines[-1] += " " * gap
            used, gap = used + gap, 0
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


def columns(text: str) -> int:
    """How many columns of a terminal printable text takes.

    >>> columns("abc"), columns("e\u0301"), columns("日本")
    (3, 1, 4)
    """
    return len(text) if text.isascii() else wcswidth(text)


def _sgr(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and style else text
