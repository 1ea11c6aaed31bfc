"""The decoder against a plain one that writes out every reading of a line and adds them up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from respin import Dictionary, Repairer
from respin.edits import Reason
from respin.engine.decoder import Decoder, Decoding
from respin.engine.lattice import Edge, Lattice, LatticeSpan
from respin.engine.readings import Reading, Readings
from respin.engine.weights import Weights
from respin.engine.words import Word
from respin.text.tokens import Token

WEIGHTS = Weights.load()._replace(model=0.8, unknown=-1.5, reader_model=0.5, reader_channel=1.3)


@dataclass
class StubModel:
    """Scores that look random and are not: every context tells something, and some of them all that they could."""

    order: int
    vocabulary_size: int = 12
    bos: int = 0
    eos: int = 1

    def tells(self, context: tuple[int, ...]) -> bool:
        return self.order == 2 or sum(context) % 3 == 0

    def log(self, context: tuple[int, ...], word: int) -> float:
        mixed = word + 1
        if not self.tells(context):
            context = context[1:]
        for number, earlier in enumerate(context, 2):
            mixed = (mixed * 31 + earlier * number + 7) % 1009
        return -0.01 * (mixed % 500) - 0.1

    def score(self, contexts: NDArray[np.int32], words: NDArray[np.int32]) -> NDArray[np.float32]:
        pairs = zip(contexts.tolist(), words.tolist(), strict=True)
        return np.array([self.log(tuple(context), word) for context, word in pairs], np.float32)

    def tree(self, words: Sequence[NDArray[np.int32]], parents: Sequence[NDArray[np.int64]]) -> StubTree:
        contexts: list[tuple[int, ...]] = [(word,) for word in words[0].tolist()]
        for earliest, parent in zip(words[1:], parents[1:], strict=True):
            contexts = [(w, *contexts[p]) for w, p in zip(earliest.tolist(), parent.tolist(), strict=True)]
        return StubTree(self, contexts)


class StubTree:
    """The longest contexts of a tree; every other one tells no more than without its earliest word."""

    def __init__(self, model: StubModel, contexts: list[tuple[int, ...]]) -> None:
        self.model, self.contexts = model, contexts
        self.tells = np.array([model.tells(context) for context in contexts], np.bool_)

    def score(
        self, words: NDArray[np.int32], contexts: Sequence[NDArray[np.int64]], parents: Sequence[NDArray[np.int64]]
    ) -> NDArray[np.float32]:
        for parent in parents:
            words = words[parent]
        known = [self.contexts[number] for number in contexts[-1].tolist()]
        return self.model.score(np.array(known, np.int32), words)


# --- The plain decoder -----------------------------------------------------------------------------

Way = tuple[Edge, ...]


def ways(lattice: Lattice, at: int = 0) -> Iterator[Way]:
    """Every reading of a line from a token on, as the edges it takes in place of keeping tokens."""
    if at == len(lattice.words):
        yield ()
        return
    yield from ways(lattice, at + 1)
    for edge in lattice.edges:
        if edge.start == at:
            for rest in ways(lattice, edge.end):
                yield (edge, *rest)


@dataclass(frozen=True)
class Scale:
    """How much the parts of a score count, and what a reader says of each edge."""

    model: float = WEIGHTS.model
    channel: float = 1.0
    odds: dict[Edge, float] = field(default_factory=dict)


def score(model: StubModel, lattice: Lattice, way: Way, scale: Scale, *, spun: bool) -> float:
    words: list[int] = []
    cost = heard = 0.0
    at = 0
    for edge in (*way, None):
        for index in range(at, len(lattice.words) if edge is None else edge.start):
            words.append(lattice.keep[index])
            cost += lattice.base_cost[index] + (lattice.keep_cost[index] if spun else 0.0)
        if edge is not None:
            words += edge.words
            cost += lattice.cost(edge)
            heard += scale.odds.get(edge, 0.0)
            at = edge.end
    context = (model.bos,) * (model.order - 1)
    log = 0.0
    for word in (*words, model.eos):
        log += float(np.float32(model.log(context, word)))
        context = (*context, word)[1:]
    return scale.model * log + scale.channel * cost + heard


def log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def check(model: StubModel, lattice: Lattice, decoding: Decoding, scale: Scale) -> None:
    readings = list(ways(lattice))
    scores = [score(model, lattice, way, scale, spun=True) for way in readings]
    total = log_sum(scores)
    assert decoding.evidence == pytest.approx(total - score(model, lattice, (), scale, spun=False), abs=1e-6)
    ranked = sorted(zip(scores, readings, strict=True), key=lambda pair: -pair[0])
    chosen = tuple(choice.edge for choice in decoding.choices)
    found = [value for value, way in ranked if way == chosen]
    assert found[0] == pytest.approx(ranked[0][0], abs=1e-6)  # the best, or one as good
    for choice in decoding.choices:
        shares: dict[str | None, float] = {None: 1.0, choice.edge.head: 0.0}
        for value, way in zip(scores, readings, strict=True):
            for edge in way:
                if (edge.start, edge.end) == (choice.edge.start, choice.edge.end):
                    shares[edge.head] = shares.get(edge.head, 0.0) + math.exp(value - total)
                    shares[None] -= math.exp(value - total)
        assert choice.posterior == pytest.approx(shares.pop(choice.edge.head), abs=2e-5)
        rivals = {None if reading is None else reading.head: share for reading, share in choice.rivals}
        assert len(rivals) == len(choice.rivals)
        for head, share in shares.items():
            assert rivals.get(head, 0.0) == pytest.approx(share, abs=2e-5)
        assert [p for _, p in choice.rivals] == sorted((p for _, p in choice.rivals), reverse=True)


# --- Lattices --------------------------------------------------------------------------------------


def word(word_id: int, unknown: bool) -> Word:
    return Word(Token(0, 1, "x", "x"), word_id, unknown, None)


ids = st.integers(2, 11)
costs = st.floats(-4, 1).map(lambda value: round(value, 2))
reading = st.builds(
    lambda head, words, cost: Reading(f"h{head}", tuple(words), cost, "", Reason.EXACT),
    st.integers(0, 5),
    st.lists(ids, min_size=1, max_size=5),
    costs,
)


@st.composite
def lattices(draw: st.DrawFn, most: int = 7) -> Lattice:
    words = draw(st.lists(st.builds(word, ids, st.booleans()), max_size=most))
    lattice = Lattice("x" * len(words), words, list(range(len(words))), [w.id for w in words], WEIGHTS.unknown)
    spans: dict[tuple[int, int], LatticeSpan] = {}
    if words:
        lattice.charges = draw(st.dictionaries(st.integers(0, len(words) - 1), st.floats(-3, -0.1), max_size=3))
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(words) - 1))
            end = draw(st.integers(start + 1, min(len(words), start + 4)))
            found = draw(st.lists(reading, min_size=1, max_size=3, unique_by=lambda r: r.head))
            spans[start, end] = LatticeSpan(start, end, Readings(found), draw(costs))
    lattice.spans = sorted(spans.values(), key=lambda span: span.start)
    return lattice


def decode(decoder: Decoder, lattices: Sequence[Lattice]) -> list[Decoding]:
    return decoder.search(lattices).choices([True] * len(lattices))


@given(st.lists(lattices(), min_size=1, max_size=4), st.integers(2, 5))
def test_decodes_as_if_every_reading_were_written_out(batch: list[Lattice], order: int) -> None:
    model = StubModel(order)
    search = Decoder(model, WEIGHTS).search(batch)  # type: ignore[arg-type]
    for lattice, decoding in zip(batch, search.choices([True] * len(batch)), strict=True):
        check(model, lattice, decoding, Scale())


@given(st.lists(lattices(), min_size=1, max_size=4), st.integers(2, 4), st.data())
def test_a_reader_is_heard_as_if_every_reading_were_written_out(
    batch: list[Lattice], order: int, data: st.DataObject
) -> None:
    model = StubModel(order)
    search = Decoder(model, WEIGHTS).search(batch)  # type: ignore[arg-type]
    said = [[data.draw(st.floats(-6, 6)) for _ in lattice.edges] for lattice in batch]
    decodings = search.choices([True] * len(batch), [np.array(odds) if odds else None for odds in said])
    for lattice, odds, decoding in zip(batch, said, decodings, strict=True):
        # A line that the reader has nothing to say of keeps the evidence that it had.
        scale = Scale()
        if odds:
            scale = Scale(WEIGHTS.reader_model, WEIGHTS.reader_channel, dict(zip(lattice.edges, odds, strict=True)))
        check(model, lattice, decoding, scale)


@given(st.lists(lattices(12), min_size=1, max_size=6), st.integers(2, 4), st.data())
def test_neither_the_batch_nor_what_is_wanted_of_others_changes_a_decoding(
    batch: list[Lattice], order: int, data: st.DataObject
) -> None:
    decoder = Decoder(StubModel(order), WEIGHTS)  # type: ignore[arg-type]
    alone = [decode(decoder, [lattice])[0] for lattice in batch]
    assert decode(decoder, batch) == alone
    wanted = data.draw(st.lists(st.booleans(), min_size=len(batch), max_size=len(batch)))
    search = decoder.search(batch)
    assert search.evidence == [decoding.evidence for decoding in alone]
    some = search.choices(wanted)
    for whole, part, is_asked in zip(alone, some, wanted, strict=True):
        assert part == (whole if is_asked else Decoding((), whole.evidence))


def test_a_long_line_and_many_short_ones_decode_alike() -> None:
    found = Readings([Reading("a", (3,), -0.5, "", Reason.EXACT), Reading("b c", (4, 5), 0.1, "", Reason.EXACT)])
    words = [word(2 + number * number % 9, unknown=False) for number in range(20_000)]

    def line(count: int) -> Lattice:
        lattice = Lattice("", words[:count], [], [w.id for w in words[:count]], 0.0)
        lattice.spans = [LatticeSpan(at, at + 1, found, 0.0) for at in range(0, count, 3)]
        return lattice

    decoder = Decoder(StubModel(3), WEIGHTS)  # type: ignore[arg-type]
    short = decode(decoder, [line(9)] * 3000)
    assert len(set(short)) == 1
    (long,) = decode(decoder, [line(20_000)])
    assert long.choices[0].edge == short[0].choices[0].edge
    assert math.isfinite(long.evidence)


def test_a_line_with_too_many_readings_is_thinned_out() -> None:
    found = Readings([Reading(f"h{n}", (2 + n % 10, n // 10 + 2), -n / 50, "", Reason.EXACT) for n in range(100)])
    words = [word(2, unknown=False)] * 400

    def line() -> Lattice:
        spans = [LatticeSpan(at, at + 1, found, 0.0) for at in range(len(words))]
        return Lattice("", words, [], [w.id for w in words], 0.0, spans)

    decoder = Decoder(StubModel(4), WEIGHTS)  # type: ignore[arg-type]
    lattice = line()
    alone = decode(decoder, [lattice])
    assert 1 <= len(lattice.spans[0].readings.all) < 10
    assert lattice.spans[0].readings.all == found.all[: len(lattice.spans[0].readings.all)]
    assert decode(decoder, [line() for _ in range(3)]) == alone * 3


def test_nothing_to_decode() -> None:
    decoder = Decoder(StubModel(3), WEIGHTS)  # type: ignore[arg-type]
    assert decode(decoder, []) == []
    assert decode(decoder, [Lattice("", [], [], [], 0.0)]) == [Decoding((), 0.0)]


def test_edges_of_a_real_line(repairer: Repairer, tmp_path: Path) -> None:
    file = tmp_path / "small.txt"
    file.write_text("crowds: many folks\npeople: folks\nsaid: stated, said so\nfolk: tribe\n")
    builder = Repairer(Dictionary.load([file]), repairer.model).builder
    lattice = builder.build("Many folks stated it.")
    assert [token.text for token in lattice.tokens] == ["Many", "folks", "stated", "it", "."]
    edges = {(edge.start, edge.end, edge.head) for edge in lattice.edges}
    assert edges == {(0, 2, "crowds"), (1, 2, "people"), (2, 3, "said")}
