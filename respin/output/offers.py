"""What a person may choose from at an edit: its wordings, and the article that goes with each."""

from __future__ import annotations

import re
from typing import Final

from respin.edits import Edit
from respin.text.article import article_agrees, article_for
from respin.text.case import transfer_case

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


def article_with(edit: Edit, there: str, wording: str) -> str:
    """The article that goes with a wording where ``there`` stands now.

    For the wording that was proposed the repair's own rule holds: an article that did not fit the
    spun wording either is the author's.

    >>> edit = Edit(9, 15, "chilly", "icy", 0.9)
    >>> [article_with(edit, "A", wording) for wording in ("chilly", "icy", "cold")]
    ['A', 'An', 'A']
    """
    if wording == edit.spun or article_agrees(there, (wording,)):
        return there
    if wording == edit.original and not article_agrees(there, (edit.spun,)):
        return there
    fitting = article_for(wording)
    return fitting.upper() if there == "AN" else transfer_case(fitting, there)
