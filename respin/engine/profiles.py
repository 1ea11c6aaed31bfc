"""Which family of spinners was at work? Picked by the document's evidence, line by line, as it streams by.

All text is read as newsroom text first, unless its gate ruled that out. A line that looks as if a thesaurus had been at
work, as its words are such as one writes (`respin.engine.suspicion`) or do not fit together (`respin.engine.oddness`),
is read a second time, with the lattice of the other families: their dictionaries, and behind them a thesaurus. Heads
survive in their texts, so a lattice of theirs explains newsroom text too, but less well than the newsroom's own; of the
two the one stays that has explained the document better so far. Once a document is known, all of its lines are read so;
until then a clean text pays for the question only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import DEFAULT, OTHERS
from respin.dictionary.thesaurus import Thesaurus, with_thesaurus
from respin.engine.decoder import Decoder
from respin.engine.evidence import log_odds
from respin.engine.function_words import make_costlier
from respin.engine.lattice_builder import LatticeBuilder
from respin.engine.oddness import gains
from respin.engine.suspicion import Suspicion, shipped_suspicion
from respin.engine.topic import shipped_topics

if TYPE_CHECKING:
    from respin.engine.lattice import Lattice
    from respin.engine.repairer import ProfileChoice
    from respin.engine.weights import OperatingPoint, Weights
    from respin.lm.ngram_model import Model

_DICTIONARIES: Final[dict[str, tuple[str, ...]]] = {
    "auto": (*OTHERS, "science-context"),
    "thesaurus": ("thesaurus", "thesaurus-occasional"),
    "science": ("science", "science-context"),
}
_SUSPECTED: Final = 0.8
"""How much what the words of a line say counts: they were learned from text that was spun here."""
_FITTING: Final = 2.2
"""What the words before it say for each word of text that nobody spun, nats: news has 3.0, old prose and contracts
1.8, text of other families 1.3."""
_ODD: Final = 0.08
"""Log odds, of a line, of each nat that it lacks to that."""
_EXPLAINED: Final = -0.08
"""Log odds of each nat that the newsroom's reading explains: its texts fit no better."""
_CONSPICUOUS: Final = 1.0
"""Log odds, of a line and of those so far, from which on a line is read again, nats."""
_NOTICEABLE: Final = 0.4
"""The same from which on a gate is opened: of clean texts of four lines one in twenty gets so far."""
_ANSWER: Final = 0.2
"""How much of an answer against the family counts for the lines behind it."""
_ODDNESS: Final = 0.08
"""What each word of a line speaks against it, nats: old prose and contracts gain nearly as much by the readings of a
thesaurus, texts of its families 0.2 to 1.0."""
_DISMISSED: Final = -2.0
"""Log odds of a line that a gate dismissed, nats: so much, at least, it had to speak against all families."""
_LEAST: Final = 4
"""Fewest words of a line that is read again in a document that is not known: fewer say next to nothing."""
_TELLING: Final = 12
"""Words of a line from which on it says something that nothing in it is conspicuous."""
_MEMORY: Final = 0.5 ** (1 / 20)
"""What is left of a line's evidence for a family when the next one comes."""
_KNOWN: Final = 0.3
"""Expected share of lines that others than newsroom spun, from which on every line is read again."""
_LIKELY: Final = 0.5
"""Least probability that they spun a line for it to be read as theirs, in a document that is not known to be."""
_SURE: Final = 0.9
"""Probability that a line was spun from which on it is all one which reading says more: the document decides."""


_BOTH: Final = 0.5
"""Nats a word that both readings of a line explain from which on it may have been spun twice."""
_MIXED: Final = 0.1
"""Nats a word that the reading by all dictionaries must explain beyond the better of them: more dictionaries explain
more of any text."""
_MIXTURE: Final = 3.0
"""What it must explain beyond that in all, nats."""
_LONGEST: Final = 400
"""Most words of a line that is read a third time, by all dictionaries: hardly a paragraph has so many."""
_SHARPNESS: Final = 0.45
"""Slope of the confidence of their edits, fitted to annotated texts."""
_MOST_ORIGINS: Final = 8
"""Most readings of a variant: a thesaurus has more for the commonest words, which cost time and repair nothing."""


class Judged(Protocol):
    """A line that was read: its lattice, the decoder's evidence in nats, and the probability that it was spun."""

    lattice: Lattice
    evidence: float
    spun: float


J = TypeVar("J", bound=Judged)
J_co = TypeVar("J_co", bound=Judged, covariant=True)


class Families:
    """The families other than newsroom; nothing of them is loaded before a line is suspected.

    Args:
        model: the n-gram model.
        weights: of the newsroom decoder; see `weights_for`.
        profile: ``auto``, or the family that is taken for granted.
        own: its profiles that are a user's own are read in text of every family.
        keep: words and phrases that are never touched.
        doubts: whether decodings are for a second opinion.
        dictionaries: shipped ones that are read; by default those of the profile.
    """

    def __init__(
        self,
        model: Model,
        weights: Weights,
        profile: ProfileChoice = "auto",
        *,
        own: Dictionary | None = None,
        keep: frozenset[str] = frozenset(),
        doubts: bool = False,
        dictionaries: tuple[str, ...] = (),
    ) -> None:
        self.profile = profile
        self._own = own
        self._dictionaries = dictionaries or _DICTIONARIES[profile]
        self._newsroom = weights
        self.weights = weights_for(weights, is_given=profile != "auto")
        self.model, self._keep, self._doubts = model, keep, doubts
        self.suspicion: Suspicion | None = shipped_suspicion(model.words_checksum) if profile == "auto" else None

    @cached_property
    def dictionary(self) -> Dictionary:
        """What the families write."""
        dictionary = Dictionary.load(self._dictionaries)
        if self._own is not None:
            for name in sorted(self._own.own):
                dictionary.add(self._own.profiles[name], self._own.groups[name].values(), own=True)
        make_costlier(dictionary.origins, frozenset(_DICTIONARIES["auto"]))
        return dictionary if self.profile == "science" else with_thesaurus(dictionary, Thesaurus.open(), _MOST_ORIGINS)

    @cached_property
    def mixed(self) -> Families:
        """All families, for text that one of them spun over another."""
        return Families(
            *(self.model, self._newsroom, "thesaurus"),
            own=self._own,
            keep=self._keep,
            doubts=self._doubts,
            dictionaries=(*DEFAULT, *_DICTIONARIES["auto"]),
        )

    @cached_property
    def builder(self) -> LatticeBuilder:
        """Builds their lattices."""
        topics = shipped_topics(self.model) if self.weights.topic else None
        return LatticeBuilder(
            *(self.dictionary, self.model, self.weights),
            keep=self._keep,
            topics=topics,
            most_origins=_MOST_ORIGINS,
            # What is nearly a word of theirs repaired nothing in 37 annotated texts.
            near=bool(self.dictionary.own),
        )

    @cached_property
    def decoder(self) -> Decoder:
        """Reads their lattices."""
        return Decoder(self.model, self.weights, doubts=self._doubts, oddness=_ODDNESS)


def weights_for(weights: Weights, *, is_given: bool = False) -> Weights:
    """The weights for text of other families: what differs from newsroom.

    Their rates are guesses for all spinners together, so the model and the channel count for less; one line alone
    hardly says that a text was spun, as clean text has odd words too. A reader that learned mostly from newsroom
    text is heard less, and only of readings: of lines of theirs it takes many back that were spun. What a document is
    known for outweighs a line. Chosen on 37 annotated texts of other families and 586 clean ones, tried on nine others.
    """
    return weights._replace(
        model=0.7,
        channel=0.7,
        edit=0.0,
        kept_head=1.0,
        topic=1.2 * weights.topic,
        evidence=0.5,
        line_prior=-0.5,
        reader_model=0.8,
        reader_channel=0.8,
        reader=0.3,
        reader_edit=0.7,
        reader_evidence=0.0,
        document_prior=weights.document_prior if is_given else 0.02,
        document_known=12.0,
        fast=_point(weights.fast, 1.0),
        default=_point(weights.default, 1.2),
        accurate=_point(weights.accurate, 1.4),
    )


def _point(point: OperatingPoint, least: float) -> OperatingPoint:
    """The operating point for text of other families, where edits are right less often than the newsroom's.

    Args:
        least: log odds of the edits that are made by default, nats.
    """
    return point._replace(sharpness=_SHARPNESS, shift=log_odds(point.threshold) - _SHARPNESS * least)


class Reads(Protocol[J_co]):
    """What reads the lattices of a family's lines."""

    @property
    def expected(self) -> float:
        """Share of the next lines that are expected to be spun, in (0, 1)."""

    def read(self, lattices: Sequence[Lattice], dismissed: Sequence[int] = ()) -> Sequence[J_co]:
        """Read lines, in order; ``dismissed`` tells how many were passed over before each, and behind the last."""


class Watch(Generic[J]):
    """What the lines of one document so far say of its family.

    Args:
        families: to read it by.
        reads: makes what reads the lines of a document by some families, when it is first asked for.
    """

    def __init__(self, families: Families, reads: Callable[[Families], Reads[J]]) -> None:
        self._families, self._reads = families, cache(reads)
        self._suspicion = 0.0
        self._is_asked = False
        """Whether a line was read again yet."""
        self._passed = 0
        self._balance = 0.0
        """What other families' readings explain better than newsroom's, of the lines so far, nats."""
        self._mixture = 0.0
        """What both together explain better than either, nats."""

    @property
    def is_suspicious(self) -> bool:
        """Whether anything speaks for another family."""
        return self._suspicion > _NOTICEABLE or (self._is_asked and self._reads(self._families).expected >= _KNOWN)

    def odds(self, judged: Sequence[J]) -> list[float]:
        """Log odds of each line that other families speak of, nats; the documents that they are from are all one."""
        if self._families.profile != "auto":
            return [0.0] * len(judged)
        words = [line.lattice.keep for line in judged]
        suspicion = self._families.suspicion
        suspected = [0.0] * len(judged) if suspicion is None else suspicion.of(words)
        return [
            _SUSPECTED * said + _ODD * (_FITTING * len(ids) - gain) + _EXPLAINED * max(0.0, line.evidence)
            for said, gain, line, ids in zip(suspected, gains(self._families.model, words), judged, words, strict=True)
        ]

    def revise(self, judged: list[J], dismissed: Sequence[int], odds: Sequence[float | None]) -> list[J]:
        """The lines with those read anew that another family explains better. How they are grouped is all one.

        Args:
            dismissed: how many lines a gate dismissed before each: shape (lines,).
            odds: of each, as `odds` has them, ``None`` where a gate gives other families no chance: shape (lines,).
        """
        if self._families.profile != "auto":
            lattices = [_lattice(self._families, line) for line in judged]
            return list(self._reads(self._families).read(lattices, [*dismissed, 0]))
        return [self._revised(*facts) for facts in zip(judged, odds, dismissed, strict=True)]

    def _revised(self, line: J, odds: float | None, dismissed: int) -> J:
        dismissed += odds is None
        self._passed += dismissed
        self._suspicion = max(min(0.0, self._suspicion), self._suspicion + _DISMISSED * dismissed)
        if odds is None:
            return line
        self._suspicion = max(min(0.0, self._suspicion), self._suspicion + odds)
        is_known = self._is_asked and self._reads(self._families).expected >= _KNOWN
        written = line.lattice.written
        if not is_known and (self._suspicion < _CONSPICUOUS or written < _LEAST):
            # They speak against the family, too: one odd clause of a contract is no spun text.
            self._passed += written >= _TELLING
            return line
        self._is_asked = True
        other = self._read(self._families, line, self._passed)
        self._passed = 0
        if other.evidence < 0.0:
            self._suspicion = _ANSWER * other.evidence
        self._balance = self._balance * _MEMORY + other.evidence - line.evidence
        least = _BOTH * written
        if (self._mixture > 0.0 or 0.0 < least < min(line.evidence, other.evidence)) and written <= _LONGEST:
            mixed = self._read(self._families.mixed, line)
            gain = mixed.evidence - max(line.evidence, other.evidence)
            self._mixture = self._mixture * _MEMORY + gain - _MIXED * written
            if self._mixture > _MIXTURE and mixed.spun >= _SURE:
                return mixed
        if self._balance > 0.0 and (is_known or other.spun >= max(_LIKELY, min(_SURE, line.spun))):
            return other
        return line

    def _read(self, families: Families, line: J, passed: int = 0) -> J:
        (found,) = self._reads(families).read([_lattice(families, line)], (passed, 0))
        return found


def _lattice(families: Families, line: Judged) -> Lattice:
    """The families' lattice of a line; what the article is about, all families know."""
    lattice = families.builder.build(line.lattice.line)
    lattice.topic = line.lattice.topic
    return lattice
