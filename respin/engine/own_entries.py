"""A user's own entries are preferred to shipped ones for the same span, and never cost a repair."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from respin.engine.choices import Choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from respin.engine.lattice import Lattice

PREFERENCE: Final = 20_000.0
"""How many times less likely than a shipped reading a user's own may be: nearly any that is possible wins."""


def vouch(odds: NDArray[np.float64], lattice: Lattice, own: Collection[str]) -> None:
    """Let a reader say at least as much for a user's own entries as for shipped ones, and nothing against them.

    It never saw what their spinner writes.

    Args:
        odds: what is said of each reading of the lattice's spans, nats: shape (readings,); changed in place.
        lattice: of the line.
        own: names of the user's profiles.
    """
    first = 0
    for span in lattice.spans:
        end = first + len(span.readings.all)
        vouched = [n for n, reading in enumerate(span.readings.all, first) if reading.profile in own]
        if vouched:
            odds[vouched] = max(0.0, odds[first:end].max())
        first = end


def prefer_own(choice: Choice, own: Collection[str]) -> Choice:
    """The choice among the readings of a span where some are of profiles named ``own``.

    Only keeping the span speaks against changing it then: readings that a new entry adds would
    otherwise share the probability of the old ones, and neither would be sure enough to be made.

    Args:
        choice: what was chosen for the span, with its rivals.
        own: names of the user's profiles.
    """
    edge, posterior, rivals = choice
    ways = [(edge.reading, posterior), *rivals]
    shares = [(reading, p) for reading, p in ways if reading is not None]
    if not any(reading.profile in own for reading, _ in shares):
        return choice
    best, _ = max(shares, key=lambda share: share[1] * (PREFERENCE if share[0].profile in own else 1.0))
    rest = [(reading, p) for reading, p in ways if reading is not best]
    rest.sort(key=lambda rival: -rival[1])
    return Choice(edge._replace(reading=best), min(1.0, sum(p for _, p in shares)), tuple(rest))
