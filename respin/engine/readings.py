"""What a stretch of text may be read as, wherever it stands: what dictionary and rules say of a span, once for all."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from respin.edits import Reason


class Reading(NamedTuple):
    """What a stretch of text may be read as, apart from its place.

    ``head`` is the wording, ``words`` the model's ids of it, ``cost`` its log probability under the channel and
    the rules, in nats. ``variant`` is the dictionary's wording where the stretch only nearly is one.
    """

    head: str
    words: tuple[int, ...]
    cost: float
    profile: str
    reason: Reason
    variant: str = ""


class Readings:
    """What a stretch of text may be read as. The numbers are packed, to be joined and read as arrays."""

    __slots__ = ("all", "costs", "lengths", "words")

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.all = readings = tuple(readings)
        self.costs = array("d", [reading.cost for reading in readings]).tobytes()
        self.lengths = array("i", [len(reading.words) for reading in readings]).tobytes()
        self.words = array("i", [word for reading in readings for word in reading.words]).tobytes()


Pieces = tuple[tuple[int, int, Readings], ...]
"""What of a wording may change: the tokens that stay on the left and on the right, and readings of what is between."""
