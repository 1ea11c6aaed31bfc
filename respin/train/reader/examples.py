"""Spin clean documents and turn them into examples: what the reader is given, and what it should say.

Each line is spun, cut into a lattice and into windows just as it would be repaired; of each span it is known
which reading is right, as it is known what stood there. A line is read by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.thesaurus import Thesaurus
from respin.engine.article_memory import Names
from respin.engine.lattice import Lattice, LatticeSpan
from respin.engine.lattice_builder import LatticeBuilder
from respin.engine.reader_windows import WindowCutter
from respin.engine.repairer import SHIPPED_MODEL
from respin.engine.weights import Weights
from respin.lm.ngram_model import Model
from respin.text.case import transfer_case
from respin.train.reader.settings import WORDNET, Family, ReaderSettings
from respin.train.spin import Spinner, SpinRules
from respin.train.suspicion import thesaurus_groups
from respin.train.weights.score import Gold, read_annotated

PUT_BACK: Final = 4
"""Flag of a piece: its word is an original that was put back. No repair says so yet."""

_Range = tuple[int, int]


class Examples(NamedTuple):
    """Windows with the spans that are asked about, all end to end."""

    pieces: NDArray[np.int32]
    flags: NDArray[np.uint8]
    """Of each piece: see `respin.engine.reader_windows`, and `PUT_BACK`."""
    window_pieces: NDArray[np.int64]
    window_spans: NDArray[np.int64]
    """How many pieces and spans each window has."""
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    """Of each span the pieces with which it begins and ends, counted in its window."""
    right: NDArray[np.int64]
    """Which of its ways is right; the last one is to keep it."""
    span_ways: NDArray[np.int64]
    """How many ways each span has."""
    way_pieces: NDArray[np.int64]
    """How many pieces each way has."""
    wordings: NDArray[np.int32]
    """The pieces of all ways."""
    costs: NDArray[np.float32]
    """What the channel and the rules say of each way, nats; nothing of keeping."""

    @property
    def windows(self) -> int:
        """How many there are."""
        return len(self.window_pieces)

    def equals(self, other: Examples) -> bool:
        """Whether all is the same."""
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in self._fields)


def joined(parts: Sequence[Examples]) -> Examples:
    """Examples one after the other; there is at least one part."""
    return Examples(*(np.concatenate([part[place] for part in parts]) for place in range(len(Examples._fields))))


class ExampleMaker:
    """Makes examples of documents, reproducibly: a document and its number say all that is drawn by lot.

    Args:
        settings: the families of spinners and their habits.
        vocabulary: the word pieces by number.

    Raises:
        DictionaryError: a family's dictionary can't be read.
    """

    def __init__(self, settings: ReaderSettings, vocabulary: Sequence[str]) -> None:
        self._settings = settings.spinning
        network = settings.network
        self._cutter = WindowCutter(vocabulary, network.word_pieces, network.reading_pieces)
        model, weights = Model.open(SHIPPED_MODEL), Weights.load()
        self._families = [_Spinner(family, model, weights, self._settings.seed) for family in settings.family]
        self._shares = [family.share for family in settings.family]

    def examples(self, documents: Iterable[tuple[int, Sequence[str]]]) -> Examples:
        """The examples of some documents, each with its number; windows without any span are left out."""
        found = _Found()
        for number, lines in documents:
            self._document(lines, number, found)
        return found.packed()

    def examples_of(self, lattice: Lattice) -> Examples:
        """The examples of one line in which nothing was spun."""
        found = _Found()
        self._line(lattice, [], [], found)
        return found.packed()

    def _document(self, lines: Sequence[str], number: int, found: _Found) -> None:
        settings = self._settings
        random = Random(f"{settings.seed} document {number}")
        (family,) = random.choices(self._families, self._shares)
        is_spun = random.random() >= settings.unspun_documents
        unspun, known = random.uniform(*settings.unspun_lines), random.uniform(*settings.known)
        family.spinner.rules = SpinRules(unspun, known, family.rates, random.uniform(*settings.order))
        share = random.uniform(*settings.restored) if random.random() < settings.restored_documents else 0.0
        names = Names()
        for line in family.spinner.document(lines, number) if is_spun else lines:
            text, golds = read_annotated(line)
            back: list[_Range] = []
            if share and golds:
                text, golds, back = put_back(text, golds, share, settings.restored_wrong, family.dictionary, random)
            lattice = family.builder.build(text, names)
            names.learn(lattice.name_pairs)
            self._line(lattice, golds, back, found)

    def _line(self, lattice: Lattice, golds: Sequence[Gold], back: Sequence[_Range], found: _Found) -> None:
        is_back = np.zeros(len(lattice.words), bool)
        for low, high in back:
            places = zip(lattice.starts, lattice.words, strict=True)
            is_back |= np.array([start < high and low < start + len(word.text) for start, word in places], bool)
        for window in self._cutter.windows(lattice):
            asked = 0
            way = 0
            for place, span in enumerate(window.spans):
                size = int(window.sizes[place])
                right = None if is_back[span.start : span.end].any() else right_way(lattice, span, golds)
                if right is not None:
                    ways = window.ways[way : way + size]
                    found.span(int(window.first[place]), int(window.last[place]), right, ways)
                    found.costs += [reading.cost + span.rule for reading in span.readings.all]
                    found.costs.append(0.0)
                    asked += 1
                way += size
            if asked:
                flags = window.flags.astype(np.uint8)
                read = is_back[window.first_word : window.first_word + len(window.counts)]
                flags[1:-1] |= np.repeat(np.where(read, PUT_BACK, 0), window.counts).astype(np.uint8)
                found.window(window.ids, flags, asked)


class _Spinner:
    """One family: what spins, and the lattices that undo it."""

    def __init__(self, family: Family, model: Model, weights: Weights, seed: int) -> None:
        self.rates = family.rates
        names = [name for name in family.dictionaries if name != WORDNET]
        dictionary = Dictionary.load(names)
        if WORDNET in family.dictionaries:
            synonyms = thesaurus_groups(Thesaurus.open())
            for name, groups in synonyms.groups.items():
                dictionary.add(synonyms.profiles[name], groups.values())
        self.dictionary = dictionary
        self.spinner = Spinner(dictionary, seed=seed)
        self.builder = LatticeBuilder(dictionary, model, weights)


@dataclass(slots=True)
class _Found:
    """Examples as they come."""

    pieces: list[NDArray[np.int64]] = field(default_factory=list)
    flags: list[NDArray[np.uint8]] = field(default_factory=list)
    window_spans: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    span_ways: list[int] = field(default_factory=list)
    way_pieces: list[int] = field(default_factory=list)
    wordings: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def span(self, first: int, last: int, right: int, ways: Sequence[tuple[int, ...]]) -> None:
        self.first.append(first)
        self.last.append(last)
        self.right.append(right)
        self.span_ways.append(len(ways))
        for way in ways:
            self.way_pieces.append(len(way))
            self.wordings += way

    def window(self, pieces: NDArray[np.int64], flags: NDArray[np.uint8], spans: int) -> None:
        self.pieces.append(pieces)
        self.flags.append(flags)
        self.window_spans.append(spans)

    def packed(self) -> Examples:
        return Examples(
            np.concatenate([np.zeros(0, np.int64), *self.pieces]).astype(np.int32),
            np.concatenate([np.zeros(0, np.uint8), *self.flags]),
            np.array([len(pieces) for pieces in self.pieces], np.int64),
            np.array(self.window_spans, np.int64),
            np.array(self.first, np.int64),
            np.array(self.last, np.int64),
            np.array(self.right, np.int64),
            np.array(self.span_ways, np.int64),
            np.array(self.way_pieces, np.int64),
            np.array(self.wordings, np.int32),
            np.array(self.costs, np.float32),
        )


def right_way(lattice: Lattice, span: LatticeSpan, golds: Sequence[Gold]) -> int | None:
    """Which way to read a span is right, the last one being to keep it; ``None`` if none is.

    Keeping is right where nothing was spun, and where a piece of what was spun is no reading of its original;
    none is where a span lies partly within what was spun.
    """
    start, end = lattice.offsets(span.start, span.end)
    readings = span.readings.all
    for gold in golds:
        if gold.start <= start and end <= gold.end:
            left, rest = lattice.line[gold.start : start], lattice.line[end : gold.end]
            wanted = _folded(gold.originals[0])
            ways = (place for place, way in enumerate(readings) if _folded(left + way.head + rest) == wanted)
            return next(ways, len(readings))
        if gold.start < end and start < gold.end:
            return None
    return len(readings)


def _folded(text: str) -> str:
    return text.lower().replace("’", "'")


def put_back(
    text: str, golds: Sequence[Gold], share: float, wrong: float, dictionary: Dictionary, random: Random
) -> tuple[str, list[Gold], list[_Range]]:
    """Put a share of the originals back, and of these a share ``wrong`` as another reading of what was spun.

    Returns:
        The text, the spans that are still spun, and the ranges of what was put back.
    """
    parts: list[str] = []
    left: list[Gold] = []
    back: list[_Range] = []
    at = size = 0
    for gold in golds:
        parts.append(text[at : gold.start])
        size += gold.start - at
        at = gold.end
        wording = text[gold.start : gold.end]
        if random.random() < share:
            origins = dictionary.origins.get(phrase_key(wording), []) if random.random() < wrong else []
            wording = transfer_case(random.choice(origins).head, wording) if origins else gold.originals[0]
            back.append((size, size + len(wording)))
        else:
            left.append(Gold(size, size + len(wording), gold.originals))
        parts.append(wording)
        size += len(wording)
    parts.append(text[at:])
    return "".join(parts), left, back
