"""What an article has shown so far: its names, and how its spun phrases were read.

Both are learned in the order of the lines and bounded in size. Names are learned from the lines
as they came, so the reading of a line never depends on how the stream was cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from respin.engine.choices import Choice
from respin.engine.readings import Reading

_MAX_PAIRS: Final = 4096
_MAX_PHRASES: Final = 4096


@dataclass(slots=True)
class Names:
    """Pairs of capitalised words that stood side by side: *Crocus City*, *City Hall*."""

    _pairs: dict[tuple[str, str], None] = field(default_factory=dict)

    def __contains__(self, pair: tuple[str, str]) -> bool:
        return pair in self._pairs

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Remember the names of a line, as pairs of forms; the oldest are forgotten first."""
        for pair in pairs:
            self._pairs[pair] = None
        while len(self._pairs) > _MAX_PAIRS:
            del self._pairs[next(iter(self._pairs))]


@dataclass(slots=True)
class Resolutions:
    """How often each spun phrase of the article was read as which original.

    A cache model in the sense of Kuhn and De Mori (1990): readings that the article has used
    before become likelier, by a power ``weight`` of their smoothed share.
    """

    weight: float
    _counts: dict[str, dict[str, float]] = field(default_factory=dict)

    def settle(self, phrase: str, choice: Choice, spun: float) -> Choice:
        """The choice among a span's readings with the article's habit taken into account; and learn from it.

        Args:
            phrase: the spun wording's forms.
            choice: the decoder's choice.
            spun: probability in [0, 1] that the line was spun: how much is learned from it.
        """
        edge, posterior, rivals = choice
        counts = self._counts.get(phrase)
        readings: list[tuple[Reading | None, float]] = [(edge.reading, posterior), *rivals]
        if counts is None:
            if len(self._counts) >= _MAX_PHRASES:
                self._counts.clear()
            counts = self._counts[phrase] = {}
        elif weight := self.weight:
            # A head's share, smoothed by one count that is divided evenly; in relation to an even share.
            size, total = len(readings), sum(counts.values()) + 1.0
            weighed = [
                (reading, p * ((counts.get(_head(reading), 0.0) * size + 1.0) / total) ** weight)
                for reading, p in readings
            ]
            norm = 0.0
            for _, p in weighed:
                norm += p
            readings = [(reading, p / norm) for reading, p in weighed]
        best, most = None, -1.0
        for reading, p in readings:
            head = _head(reading)
            counts[head] = counts.get(head, 0.0) + spun * p
            if p > most:
                best, most = reading, p
        if best is None:
            best, most = readings[0]  # the path goes through this span; the threshold decides whether to edit
        assert best is not None
        rest = [reading for reading in readings if reading[0] is not best]
        if len(rest) > 1:
            rest.sort(key=_second, reverse=True)
        return Choice(edge if best is edge.reading else edge._replace(reading=best), most, tuple(rest))


def _head(reading: Reading | None) -> str:
    """What a span is read as; nothing for keeping it, which no reading says."""
    return "" if reading is None else reading.head


_second: Final = itemgetter(1)
