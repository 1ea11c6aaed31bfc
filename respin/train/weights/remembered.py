"""Judges that remember what they said: while weights are tried, most of a repair comes out the same again.

The lattices, the graphs and their evidence hang on the weights of the n-gram decoder alone, and what the reader and
the second opinion say of a line on none. So a repair under other weights of these two weighs anew what is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from respin.engine.decoder import Decoder, Search
from respin.engine.lattice import Lattice, LatticeSpan
from respin.engine.lattice_builder import LatticeBuilder

if TYPE_CHECKING:
    from respin.engine.article_memory import Names
    from respin.engine.repairer import Repairer
    from respin.engine.second_opinion import CausalModel, Question
    from respin.engine.weights import Weights


class RememberedModel:
    """A neural model that is asked once about a line read so far in one way, whatever the lines before it came to.

    One edit made otherwise changes what stands before all lines behind it. To ask of them all again took hours, and
    what a model says of a word hangs little on the wording of a line before.
    """

    def __init__(self, model: CausalModel) -> None:
        self._model = model
        self._said: dict[tuple[str, tuple[str, ...]], list[float]] = {}

    def forget(self) -> None:
        """Ask anew."""
        self._said.clear()

    def score(self, prefix: str, readings: Sequence[str]) -> list[float]:
        """See `CausalModel.score`."""
        key = prefix.rpartition("\n")[2], tuple(readings)
        if key not in self._said:
            self._said[key] = self._model.score(prefix, readings)
        return self._said[key]

    def score_many(self, questions: Sequence[Question]) -> list[list[float]]:
        """See `CausalModel.score_many`."""
        return [self.score(prefix, readings) for prefix, readings in questions]


class RememberedDocument:
    """The lattices of a document and the search in them, for one set of weights of the decoder."""

    def __init__(self) -> None:
        self._lattices: list[Lattice] = []
        self._spans: list[list[LatticeSpan]] = []
        self._searches: dict[int, Search] = {}

    def lend_to(self, repairer: Repairer, weights: Weights) -> None:
        """Have a repairer read this document, from its beginning, with what is known of it."""
        repairer.builder = _Builder(repairer.builder, self._lattices, self._spans)
        repairer.decoder = _Decoder(repairer.decoder, self._lattices, self._searches, weights)


class _Builder(LatticeBuilder):
    def __init__(self, builder: LatticeBuilder, lattices: list[Lattice], spans: list[list[LatticeSpan]]) -> None:
        self._builder: LatticeBuilder = builder._builder if isinstance(builder, _Builder) else builder
        self.dictionary = builder.dictionary
        self._lattices, self._spans, self._place = lattices, spans, 0

    def build(self, line: str, names: Names | None = None) -> Lattice:
        if names is None:  # no line of the document, but one that is read again otherwise
            return self._builder.build(line)
        if self._place == len(self._lattices):
            self._lattices.append(self._builder.build(line, names))
            self._spans.append(self._lattices[-1].spans)
        lattice = self._lattices[self._place]
        lattice.spans = self._spans[self._place]  # a repair may add some
        self._place += 1
        return lattice


class _Decoder(Decoder):
    def __init__(
        self, decoder: Decoder, lattices: Sequence[Lattice], searches: dict[int, Search], weights: Weights
    ) -> None:
        self._decoder: Decoder = decoder._decoder if isinstance(decoder, _Decoder) else decoder
        self._lattices, self._searches, self._now = lattices, searches, weights

    def search(self, lattices: Sequence[Lattice]) -> Search:
        place = next((place for place, lattice in enumerate(self._lattices) if lattice is lattices[0]), None)
        if place is None:
            return self._decoder.search(lattices)
        if place not in self._searches:  # lines are parted alike each time
            self._searches[place] = self._decoder.search(lattices)
        return self._searches[place].weighed(self._now)
