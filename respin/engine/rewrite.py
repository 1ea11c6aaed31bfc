"""Turn what the decoder chose into edits: letter case, apostrophes, the article before."""

from __future__ import annotations

from dataclasses import replace

from respin.edits import Edit, Reason
from respin.engine.choices import Choice
from respin.engine.lattice import Lattice
from respin.text.article import article_agrees, article_for
from respin.text.case import fit, is_shouted

_LISTED: float = 0.001
"""Least probability of an alternative that an edit names."""


def edits_of(lattice: Lattice, choice: Choice, spun: float, confidence: float) -> list[Edit]:
    """The edit that makes a choice, behind one of the article before it where that has to change.

    Args:
        lattice: of the line.
        choice: what is read as what.
        spun: probability in [0, 1] that the line was spun.
        confidence: in [0, 1], of the edit.

    Returns:
        at most two edits, in order; none if the original is what stands there.
    """
    edge, line = choice.edge, lattice.line
    start, end = lattice.offsets(edge.start, edge.end)
    text = line[start:end]
    original = fit(edge.head, line, start, end)
    if original == text:
        return []
    alternatives = [
        (text, round(spun * p + (1 - spun), 4))
        if reading is None
        else (fit(reading.head, line, start, end), round(spun * p, 4))
        for reading, p in choice.rivals
        if p >= _LISTED or reading is None
    ]
    if len(alternatives) > 1:
        alternatives.sort(key=lambda pair: -pair[1])
    reading = edge.reading
    edit = Edit(
        start,
        end,
        text,
        original,
        round(confidence, 4),
        tuple(alternatives),
        reading.reason,
        reading.profile,
        reading.variant,
    )
    article = (
        article_before(lattice, edge.start, edit) if edge.start and lattice.words[edge.start - 1].article else None
    )
    return [edit] if article is None else [article, edit]


def article_before(lattice: Lattice, index: int, edit: Edit) -> Edit | None:
    """The edit of the a or an before a token that fitted the spun wording and does not fit the original."""
    before, line = lattice.words[index - 1].form, lattice.line
    spun, original = edit.spun, edit.original
    if is_shouted(spun):  # an ordinary word, no acronym
        spun, original = spun.lower(), original.lower()
    if article_agrees(before, (original,)) or not article_agrees(before, (spun,)):
        return None
    start, end = lattice.offsets(index - 1, index)
    there = line[start:end]
    return replace(
        edit,
        start=start,
        end=end,
        spun=there,
        original=fit(article_for(original), line, start, end),
        alternatives=(),
        reason=Reason.ARTICLE,
        variant="",
    )
