"""What a decoding says of the spans of a line: which edges the best reading takes, and where there is doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from respin.engine.lattice import Edge
from respin.engine.readings import Reading


class Choice(NamedTuple):
    """An edge that the decoder chose, with its rivals.

    ``posterior`` in [0, 1] is the probability of the edge given that the line was spun;
    ``rivals`` are other readings of the very same span (``None``: keep it) with theirs, likeliest first.
    """

    edge: Edge
    posterior: float
    rivals: tuple[tuple[Reading | None, float], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A span that may be read in several ways, whether or not the best reading changes it.

    ``edges`` are its edges with a noticeable posterior, ``posteriors`` theirs, each in [0, 1] given that
    the line was spun. What is missing to 1 is the probability that the span is kept, or read otherwise.
    """

    edges: tuple[Edge, ...]
    posteriors: tuple[float, ...]

    @property
    def best(self) -> float:
        """Posterior of the likeliest way, keeping the span included."""
        return max(*self.posteriors, 1.0 - sum(self.posteriors))
