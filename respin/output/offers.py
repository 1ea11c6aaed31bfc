"""What a person may choose from at an edit: its wordings, and the article that goes with each."""

from __future__ import annotations

import re
from typing import Final

from respin.edits import Edit
from respin.text.article import article_agrees, article_for
from respin.text.case import fit, is_shouted
from respin.text.lines import in_line

_ARTICLE: Final = re.compile(r"(?<!\w)(an?|AN?|An)\s+\Z")
_REACH: Final = 16
"""Characters before a span in which its article is looked for."""


def wordings_of(edit: Edit) -> tuple[tuple[str, float], ...]:
    """The wordings that may take the place of the spun one, with their probabilities, the proposed one first."""
    others = ((wording, p) for wording, p in edit.alternatives if wording not in (edit.spun, edit.original))
    return ((edit.original, edit.confidence), *others)


def article_before(text: str, start: int) -> tuple[int, int] | None:
    """Start and end of the *a* or *an* right before a place of a text.

    >>> article_before("It was a chilly end.", 9), article_before("a long, chilly end", 8)
    ((7, 8), None)
    """
    match = _ARTICLE.search(text, max(0, start - _REACH), start)
    return match and match.span(1)


def article_with(edit: Edit, text: str, place: tuple[int, int], wording: str) -> str:
    """The article that goes with a wording in the place of that which stands in ``text`` now.

    For the wording that was proposed the repair's own rule holds: an article that did not fit the
    spun wording either is the author's.

    >>> edit = Edit(2, 8, "chilly", "icy", 0.9)
    >>> [article_with(edit, "A chilly end.", (0, 1), wording) for wording in ("chilly", "icy", "cold")]
    ['A', 'An', 'A']
    """
    start, end = place
    there = text[start:end]
    is_loud = is_shouted(edit.spun)  # then capitals make no acronym
    read = wording.lower() if is_loud else wording
    if wording == edit.spun or article_agrees(there, (read,)):
        return there
    if wording == edit.original and not article_agrees(there, (edit.spun.lower() if is_loud else edit.spun,)):
        return there
    return fit(article_for(read), *in_line(text, start, end))
