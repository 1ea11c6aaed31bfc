"""The lines of the report: a text with its edits set off, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from respin.edits import Edit, Reason, Repair
from respin.output.offers import article_before, article_with, wordings_of
from respin.text.wording import percent, picture

HIGH: Final = 0.9
FAIR: Final = 0.7
"""Least confidence of the classes of edits that have a colour of their own."""

LINE_END: Final = re.compile(r"\r\n|\n|\r")

_UNSHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def by_lines(repair: Repair) -> Iterator[Repair]:
    """A paragraph cut at its line ends, but for those inside an edit, or between it and its article.

    >>> edits = (Edit(5, 11, "stated", "said", 0.9), Edit(15, 19, "in\\na", "at a", 0.9))
    >>> [piece.source for piece in by_lines(Repair("They\\nstated it\\nin\\na way.", edits))]
    ['They\\n', 'stated it\\n', 'in\\na way.']
    """
    source = repair.source
    together: list[tuple[int, int]] = []
    article: int | None = None
    for edit in repair.edits:
        if edit.reason is Reason.ARTICLE:
            article = edit.start
            continue
        place = article_before(source, edit.start) if article is None else (article, article)
        together.append((edit.start if place is None else place[0], edit.end))
        article = None
    at = done = 0
    for end in LINE_END.finditer(source):
        cut = end.end()
        if cut == len(source) or any(start < cut < stop for start, stop in together):
            continue
        inside = [edit for edit in repair.edits[done:] if edit.start < cut]
        yield Repair(source[at:cut], tuple(edit.moved(-at) for edit in inside), repair.probability)
        at, done = cut, done + len(inside)
    rest = tuple(edit.moved(-at) for edit in repair.edits[done:])
    yield repair if at == 0 else Repair(source[at:], rest, repair.probability)


def line(repair: Repair, number: int | None, place: str, classes: str) -> Iterator[str]:
    """A line twice: with its edits, and as it was repaired, for the right-hand side of that view.

    Args:
        number: the line's number, ``None`` if another repair began it.
        place: what links call the line.
        classes: of the line's element, beside ``line``.
    """
    at = "" if number is None else f' id="{place}"'
    yield f'<div class="line {classes}"{at}>'
    if number is not None:
        yield f'<span class="number" aria-hidden="true">{number}</span>'
    left, right = _sides(repair.source.rstrip("\r\n"), repair.edits)
    yield f'<p class="left" dir="auto">{left}</p><p class="right" dir="auto">{right}</p></div>\n'


def _sides(text: str, edits: tuple[Edit, ...]) -> tuple[str, str]:
    """The text with its edits, and the text with these made."""
    left: list[str] = []
    right: list[str] = []
    at = 0
    article: Edit | None = None
    for edit in edits:
        if edit.reason is Reason.ARTICLE:  # it goes with the edit behind it
            article = edit
            continue
        place = (article.start, article.end) if article is not None else article_before(text, edit.start)
        if place is not None and place[0] >= at:
            before, now, fits = _article(text, place, edit, article)
            kept = shown(text[at : place[0]])
            back = edit.start - place[0]
            left += (kept, f'<span class="article" data-back="{back}" data-fits="{fits}">{before}</span>')
            right += (kept, f'<span class="article">{now}</span>')
            at = place[1]
        kept = shown(text[at : edit.start])
        grade = _grade(edit.confidence)
        left += (kept, _edit(edit, grade))
        right += (kept, f'<ins class="{grade}">{shown(edit.original)}</ins>')
        at, article = edit.end, None
    rest = shown(text[at:])
    return "".join(left) + rest, "".join(right) + rest


def _article(text: str, place: tuple[int, int], edit: Edit, changed: Edit | None) -> tuple[str, str, str]:
    """The article before an edit: with its change, as it is now, and what it is with each wording."""
    there = text[slice(*place)]
    now = there if changed is None else changed.original
    fits = [now, *(article_with(edit, text, place, wording) for wording, _ in wordings_of(edit)[1:])]
    before = there if changed is None else f"<del>{there}</del> <ins>{now}</ins>"
    return before, now, " ".join(fits)


def _edit(edit: Edit, grade: str) -> str:
    """An edit, which the script makes a button."""
    return (
        f'<span class="edit"><del>{shown(edit.spun)}</del><span class="gap"> </span>'
        f'<ins class="{grade}" title="{escape(percent(edit.confidence))} sure">{shown(edit.original)}</ins></span>'
    )


def _grade(confidence: float) -> str:
    return "high" if confidence >= HIGH else "fair" if confidence >= FAIR else "low"


def shown(text: str) -> str:
    """Text as HTML: escaped, and with a picture for what no page may hold or nobody would see.

    >>> shown("a <b>\\x00\\udce9")
    'a &lt;b&gt;␀<span class="broken">\\\\xe9</span>'
    """
    return _UNSHOWN.sub(_picture, escape(text))


def plain(text: str) -> str:
    """Text for an attribute or a title, where there is no markup."""
    return escape(_UNSHOWN.sub("\ufffd", text))


def _picture(match: re.Match[str]) -> str:
    sign = picture(match[0])
    return f'<span class="broken">{sign}</span>' if sign.startswith("\\") else sign
