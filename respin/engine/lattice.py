"""The lattice of a line: for each span that is, or nearly is, a variant, an edge per head.

A lattice holds every reading of a line. Each token has an edge that keeps it; a span that
is a variant has one more edge for each head that it may stand for. Edges carry the model's
word ids of what they put in place of the span, and the channel's log probability.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from respin.engine.readings import Reading, Readings
from respin.engine.words import Word
from respin.text.tokens import Token

if TYPE_CHECKING:
    from respin.engine.topic import TopicModel, Vector


class Edge(NamedTuple):
    """A way to read the tokens from ``start`` up to ``end`` as something else; see `Lattice.cost` for its cost."""

    start: int
    end: int
    reading: Reading

    @property
    def head(self) -> str:
        """What the tokens are read as."""
        return self.reading.head

    @property
    def words(self) -> tuple[int, ...]:
        """The model's ids of that."""
        return self.reading.words


class LatticeSpan(NamedTuple):
    """A stretch of tokens that may be something else; ``rule`` is what the rules add to each reading's cost, nats."""

    start: int
    end: int
    readings: Readings
    rule: float


Spans = dict[tuple[int, int], LatticeSpan]
"""The spans of a line by their bounds."""


@dataclass(slots=True)
class Lattice:
    """All readings of one line."""

    line: str
    words: list[Word]
    starts: list[int]
    """Offset of each token into the line."""
    keep: list[int]
    """The model's word id of each token as it stands."""
    unknown: float
    """What a word that the model does not know costs any reading, nats."""
    spans: list[LatticeSpan] = field(default_factory=list)
    """By start, no two with the same bounds; what is kept is implied."""
    charges: dict[int, float] = field(default_factory=dict)
    """Token to what keeping it costs a spun reading, nats, below 0; all others cost nothing."""
    names: list[int] = field(default_factory=list)
    """Tokens that stand side by side with the next one in a name."""
    topics: TopicModel | None = None
    topic: Vector | None = None
    """The topic of the article so far; ``None`` where it is not looked at."""
    topic_step: float = 0.0
    """What a step of the product of a reading and the topic is worth, nats."""
    _tokens: list[Token] | None = None

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the line."""
        if self._tokens is None:
            self._tokens = [
                Token(start, start + len(word.text), word.text, word.form, word.shielded)
                for word, start in zip(self.words, self.starts, strict=True)
            ]
        return self._tokens

    @property
    def edges(self) -> Iterator[Edge]:
        """The edges that change something, by start; keep edges are implied."""
        for span in self.spans:
            for reading in span.readings.all:
                yield Edge(span.start, span.end, reading)

    def cost(self, edge: Edge) -> float:
        """What all but the language model says of an edge, nats: the channel, the rules of its place, the topic."""
        rule = next(span.rule for span in self.spans if (span.start, span.end) == (edge.start, edge.end))
        cost = edge.reading.cost + rule
        if self.topics is not None:
            words = [*edge.words, *self.keep[edge.start : edge.end]]
            products = self.topics.products(words, [self.topic], [len(words)])
            cost += self.topic_step * float(products[: len(edge.words)].sum() - products[len(edge.words) :].sum())
        return cost

    @property
    def keep_cost(self) -> list[float]:
        """What keeping each token costs a spun reading, nats, at most 0."""
        return [self.charges.get(index, 0.0) for index in range(len(self.words))]

    @property
    def base_cost(self) -> list[float]:
        """What the token as it stands costs any reading (a word that the model does not know), nats."""
        return [self.unknown if word.unknown else 0.0 for word in self.words]

    def thin(self) -> None:
        """Leave out the costlier half of each span's readings, or else of the spans.

        Only a line that was made to be hard has too many.
        """
        is_thinner = False
        for place, span in enumerate(self.spans):
            if len(span.readings.all) > 1:
                ranked = sorted(span.readings.all, key=lambda reading: -reading.cost)
                self.spans[place] = span._replace(readings=Readings(ranked[: len(ranked) // 2]))
                is_thinner = True
        if not is_thinner:
            del self.spans[1::2]

    @property
    def written(self) -> int:
        """Number of words that are no marks."""
        return sum([word.written for word in self.words])

    def offsets(self, first: int, end: int) -> tuple[int, int]:
        """Where a range of tokens stands in the line; it is not empty."""
        return self.starts[first], self.starts[end - 1] + len(self.words[end - 1].text)

    @property
    def name_pairs(self) -> list[tuple[str, str]]:
        """The forms of the tokens that stand side by side in a name."""
        return [(self.words[index].form, self.words[index + 1].form) for index in self.names]
