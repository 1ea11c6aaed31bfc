"""The rules of language: what, beside dictionary and language model, speaks for or against a reading.

Each is one function, with a file of cases in ``tests/engine/cases/rules``, for it and against it;
``python -m benchmarks.mutations`` switches each off and shows that a case fails. The near matches (joined,
split, slip, inflected) are rules, too; they live in `respin.engine.fuzzy`, the article's habit in
`respin.engine.article_memory`, the change of an article in `respin.engine.rewrite`. Costs are in nats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from respin.edits import Reason
from respin.engine.lattice import Lattice
from respin.engine.readings import Reading, Readings
from respin.engine.weights import Weights
from respin.engine.words import Word
from respin.text.article import article_agrees

if TYPE_CHECKING:
    from respin.engine.article_memory import Names

LongHead = tuple[int, int, float]
"""A head of several words that stands in a line: its tokens, and ln P(kept)."""


def inner_capital(words: Sequence[Word], weights: Weights) -> float:
    """What capitals behind the first of a span's words cost: a spinner gives none of its own but to *I*."""
    return weights.inner_capital * sum(word.capital and word.form != "i" for word in words[1:])


def hyphen(words: Sequence[Word], start: int, end: int, kinds: Collection[str], weights: Weights) -> float:
    """What a hyphen beside a span costs where the profile's spinner leaves such words alone.

    Args:
        words: of the line.
        start: of the span.
        end: of the span.
        kinds: what the profiles say (`Profile.hyphens`); the strictest counts.
        weights: of the decoder.
    """
    if touches_hyphen(words, start, end) and ("none" in kinds or ("capitalised" in kinds and not words[start].capital)):
        return weights.hyphen
    return 0.0


def touches_hyphen(words: Sequence[Word], start: int, end: int) -> bool:
    """Whether a span stands beside a hyphen that joins it to another word."""
    return (start > 0 and words[start - 1].hyphen) or (end < len(words) and words[end].hyphen)


def article(before: str, head: str, weights: Weights) -> float:
    """What an *a* or *an* costs a head that it does not fit: the spinner changes no article."""
    return weights.article if before in ("a", "an") and not article_agrees(before, (head,)) else 0.0


def kept_head(log_kept: float, weights: Weights) -> float:
    """What a head that stands in a line costs a spun reading of it: the spinner would have replaced it."""
    return weights.kept_head * log_kept


def long_heads(lattice: Lattice, heads: Iterable[LongHead], weights: Weights) -> None:
    """Charge each head of several words to the keep edge of its last token.

    It is charged only if none of its words may be edited: otherwise whether it survived depends
    on the reading, and the charge would not.
    """
    words, charges = lattice.words, lattice.charges
    editable = bytearray(len(words))
    for start, end, _, _ in lattice.spans:
        editable[start:end] = b"\1" * (end - start)
    for start, end, log_kept in heads:
        charge = weights.kept_head * log_kept
        if (
            charge < charges.get(end - 1, 0.0)
            and 1 not in editable[start:end]
            and not any(word.curly for word in words[start:end])
        ):
            charges[end - 1] = charge


def names(lattice: Lattice, shown: Names, weights: Weights) -> None:
    """Favour readings that give back a name which the article has also shown unspun."""
    words, spans = lattice.words, lattice.spans
    in_name = frozenset(lattice.names)
    for place, span in enumerate(spans):
        start, end = span.start, span.end
        if not words[start].capital or (start - 1 not in in_name and end - 1 not in in_name):
            continue
        left: set[str] = set()
        right: set[str] = set()
        if start - 1 in in_name:
            before = [reading.head for s in spans if s.end == start for reading in s.readings.all]
            left = {head.rsplit(" ", 1)[-1].lower() for head in before}
            left.add(words[start - 1].form)
        if end - 1 in in_name:
            behind = [reading.head for s in spans if s.start == end for reading in s.readings.all]
            right = {head.split(" ", 1)[0].lower() for head in behind}
            right.add(words[end].form)
        favoured: list[Reading] = []
        for reading in span.readings.all:
            heads = reading.head.lower().split(" ")
            if any((word, heads[0]) in shown for word in left) or any((heads[-1], word) in shown for word in right):
                reading = reading._replace(cost=reading.cost + weights.name, reason=Reason.NAME)
            favoured.append(reading)
        if favoured != list(span.readings.all):
            spans[place] = span._replace(readings=Readings(favoured))
