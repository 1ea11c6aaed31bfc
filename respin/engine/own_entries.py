"""A user's own entries are preferred to shipped ones for the same span, and never cost a repair."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from respin.engine.decoder import Choice
from respin.engine.lattice import Reading

PREFERENCE: Final = 20_000.0
"""How many times less likely than a shipped reading a user's own may be: nearly any that is possible wins."""


def prefer_own(choice: Choice, readings: Collection[Reading], own: Collection[str]) -> Choice:
    """The choice among the readings of a span where some are of profiles named ``own``.

    Only keeping the span speaks against changing it then: readings that a new entry adds would
    otherwise share the probability of the old ones, and neither would be sure enough to be made.

    Args:
        choice: what was chosen for the span, with its rivals.
        readings: all readings of the span.
        own: names of the user's profiles.
    """
    theirs = {reading.head: reading for reading in readings if reading.profile in own}
    if not theirs:
        return choice
    edge, posterior, rivals = choice
    shares = [(head, p) for head, p in ((edge.head, posterior), *rivals) if head is not None]
    best, _ = max(shares, key=lambda share: share[1] * (PREFERENCE if share[0] in theirs else 1.0))
    if best != edge.head:
        reading = next(reading for reading in readings if reading.head == best)
        edge = edge._replace(
            head=best, words=reading.words, cost=reading.cost, profile=reading.profile, reason=reading.reason
        )
    rest = [(head, p) for head, p in ((choice.edge.head, posterior), *rivals) if head != best]
    rest.sort(key=lambda rival: -rival[1])
    return Choice(edge, min(1.0, sum(p for _, p in shares)), tuple(rest))
