"""Which family of spinners was at work in a text, how much of it was spun, and which words say so.

Every line is read by the lattice of newsroom and by that of the other families. The evidence of a family's lines,
ln P(text | spun by it) - ln P(text | never spun), adds up over the text; the family with more of it is named if
there is enough. No text is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from respin.edits import Repair
from respin.engine.evidence import DocumentPrior, logistic
from respin.engine.profiles import Families
from respin.text.lines import Readable, split_lines

if TYPE_CHECKING:
    from respin.engine.decoder import Decoder, Decoding
    from respin.engine.lattice import Lattice
    from respin.engine.lattice_builder import LatticeBuilder
    from respin.engine.repairer import Repairer
    from respin.engine.weights import Weights

Family = Literal["newsroom", "thesaurus", "science", "none", "unknown"]
"""``none``: the text was never spun; ``unknown``: it is too short, or too lightly spun, to tell."""

_SLOPE: Final = 0.25
_SHIFT: Final = 0.1
"""From evidence, nats, to log odds, on clean texts of 15 to 300 words, old prose and licences among them, and such
that were spun at rates from .1 to .8. On 747 of these, as many spun as not, the calibration error is .027."""
_CLEAR: Final = 0.9
"""Probability from which on a text is called spun: a false alarm costs more than a text that was hardly touched."""
_SHORT: Final = 60
"""Words below which a text is not called clean either unless that is clear."""
_TORTURED: Final = 0.1
"""Share of tortured phrases among the signs from which on a text is one of science."""
_MOST_WORDS: Final = 8
_LEAST_POSTERIOR: Final = 0.5


@dataclass(frozen=True, slots=True)
class Sign:
    """A wording that speaks for a family: what stands in the text, what it was probably written for, how often."""

    spun: str
    original: str
    count: int


@dataclass(frozen=True, slots=True)
class Detection:
    """What a text came to.

    ``probability`` in [0, 1] is that it was spun at all, ``confidence`` in [0.5, 1] that of the answer
    (spun or not), ``share`` in [0, 1] the share of its words that stand in spun lines. ``words`` is their number,
    ``evidence`` what speaks for the family that explains the text best, nats. ``signs`` are the wordings that
    speak for it, most telling first, none if the text was not spun.
    """

    family: Family
    probability: float
    share: float
    words: int
    evidence: float
    signs: tuple[Sign, ...] = ()

    @property
    def confidence(self) -> float:
        """Probability that the answer, spun or not, is right."""
        return max(self.probability, 1.0 - self.probability)

    @property
    def is_spun(self) -> bool:
        """Whether a family was recognised."""
        return self.family not in ("none", "unknown")


class Detector:
    """Reads texts with what a repairer has loaded; each may be fed line by line. It keeps nothing between texts."""

    def __init__(self, repairer: Repairer) -> None:
        self.repairer = repairer
        self.families = repairer.families or Families(repairer.model, repairer.weights)

    def document(self) -> Evidence:
        """A new text, to be fed its lines."""
        return Evidence(self)

    def detect(self, text: str) -> Detection:
        """What a whole text comes to."""
        evidence = self.document()
        for _ in evidence.feed(split_lines(text)):
            pass
        return evidence.detection()


class Evidence:
    """The evidence of one text while it streams by. It stands in for a document: its repairs change nothing."""

    def __init__(self, detector: Detector) -> None:
        repairer, families = detector.repairer, detector.families
        self._newsroom = _Side(repairer.builder, repairer.decoder, repairer.weights)
        self._other = _Side(families.builder, families.decoder, families.weights)
        self._words = 0

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        """Read the next lines; each is given back as it is."""
        taken = list(lines)
        prose = [line.text for line in taken if line.prose]
        self._words += self._newsroom.read(prose)
        self._other.read(prose)
        for line in taken:
            yield Repair(line.text)

    def detection(self) -> Detection:
        """What the lines so far come to."""
        side = max(self._newsroom, self._other, key=lambda side: side.evidence)
        spun = logistic(_SLOPE * side.evidence + _SHIFT) if self._words else 0.0
        family: Family = "none"
        if spun >= _CLEAR:
            family = "newsroom" if side is self._newsroom else side.family
        elif spun >= 0.5 or (self._words < _SHORT and spun > 1.0 - _CLEAR):
            family = "unknown"
        is_spun = family not in ("none", "unknown")
        return Detection(
            family,
            round(spun, 4),
            round(side.spun_words / self._words, 4) if is_spun else 0.0,
            self._words,
            round(side.evidence, 2),
            side.signs() if is_spun else (),
        )


class _Side:
    """One lattice's reading of a text."""

    def __init__(self, builder: LatticeBuilder, decoder: Decoder, weights: Weights) -> None:
        self._builder, self._decoder = builder, decoder
        self._prior = DocumentPrior(weights)
        self.evidence = 0.0
        self.spun_words = 0
        self._signs: Counter[tuple[str, str]] = Counter()
        self._tortured = 0
        """Phrases that are listed as tortured ones of science papers."""

    def read(self, texts: list[str]) -> int:
        """Read lines, and say how many words they have."""
        lattices = [self._builder.build(text) for text in texts]
        search = self._decoder.search(lattices)
        spun = []
        for lattice, evidence in zip(lattices, search.evidence, strict=True):
            words = lattice.written
            self.evidence += evidence
            spun.append(bool(words) and self._prior.line(evidence, words) >= 0.5)
            self.spun_words += words * spun[-1]
        for lattice, decoding, is_spun in zip(lattices, search.choices(spun), spun, strict=True):
            if is_spun:
                self._take_signs(lattice, decoding)
        return sum(lattice.written for lattice in lattices)

    def _take_signs(self, lattice: Lattice, decoding: Decoding) -> None:
        for choice in decoding.choices:
            edge = choice.edge
            if choice.posterior >= _LEAST_POSTERIOR:
                key = " ".join(word.form for word in lattice.words[edge.start : edge.end])
                start, end = lattice.offsets(edge.start, edge.end)
                self._signs[lattice.line[start:end].lower(), edge.head] += 1
                self._tortured += " " in key and any(
                    origin.profile.startswith("science") for origin in self._builder.dictionary.origins.get(key, ())
                )

    @property
    def family(self) -> Family:
        """Which of the other families it is: tortured phrases are seldom met outside of science."""
        return "science" if self._tortured >= _TORTURED * self._signs.total() else "thesaurus"

    def signs(self) -> tuple[Sign, ...]:
        """The most frequent, longer phrases first: they are the surest."""
        ranked = sorted(self._signs.items(), key=lambda item: (-item[1], -item[0][0].count(" "), item[0]))
        return tuple(Sign(spun, original, count) for (spun, original), count in ranked[:_MOST_WORDS])
