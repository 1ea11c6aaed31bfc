"""An article as far as it is read: its lines in, repairs out, and what earlier lines say of later ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from respin.edits import Edit, Repair
from respin.engine.article_memory import Names, Resolutions
from respin.engine.choices import Choice
from respin.engine.decoder import Decoding
from respin.engine.evidence import DocumentPrior, log_odds, logistic
from respin.engine.gatekeeper import Verdict
from respin.engine.own_entries import prefer_own, vouch
from respin.engine.profiles import Families, Watch
from respin.engine.rewrite import edits_of
from respin.engine.shouting import calmed, loud
from respin.engine.topic import DocumentTopic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from respin.engine.decoder import Decoder
    from respin.engine.document import Trace
    from respin.engine.lattice import Lattice
    from respin.engine.lattice_builder import LatticeBuilder
    from respin.engine.reader import Reader
    from respin.engine.repairer import Repairer
    from respin.engine.second_opinion import SecondOpinion
    from respin.engine.weights import OperatingPoint, Weights

_CERTAIN: Final = 0.99
"""Probability that a line was spun from which on shouted words in it are read, too: most spinners leave them alone."""
_SURE: Final = 0.95
"""Least posterior of a reading of theirs."""

_SUSPICIOUS: Final = 0.15
"""Spun lines from which on an article is not taken for clean; of clean ones one in ten has as many in four lines."""
_SUSPICIOUS_SHARE: Final = 0.04
"""Share of the lines that are remembered, below which it is taken for clean all the same: 1,100 lines of clean articles
came to .035 at most, of articles spun at a rate of .2 to .15 at least."""

_NO_CHANCE: Final = -10.0
"""Evidence of a line that newsroom's gate rules out, nats; nine of ten such lines of clean articles have less."""
_NEGLIGIBLE: Final = 1e-3
"""Probability that a line was spun below which its readings are not looked at: there is nothing to learn from it."""


class Judgement:
    """What a line of prose came to: everything that `respin.engine.trace` tells of it."""

    __slots__ = ("considered", "decoding", "evidence", "lattice", "point", "prior", "probability", "profiles", "spun")

    def __init__(
        self,
        lattice: Lattice,
        decoding: Decoding,
        evidence: float,
        prior: float,
        probability: float,
        spun: float,
        point: OperatingPoint,
        profiles: Iterable[str],
    ) -> None:
        self.lattice, self.decoding, self.point, self.profiles = lattice, decoding, point, profiles
        self.evidence = evidence
        """The decoder's, before a reader was heard: ln P(line | spun) - ln P(line | never spun), nats."""
        self.prior = prior
        """Probability that the document let expect a line to be spun, before it was read, in [0, 1]."""
        self.probability = probability
        """The decoder's probability that the line was spun, in [0, 1]: what is told of the line."""
        self.spun = spun
        """The same with the reader's word in it: what the line's edits are weighed with."""
        self.considered: list[tuple[Choice, Edit | None, bool]] = []
        """Each choice, the edit that it comes to (``None``: the text stands there already), and whether it is made."""


class Article:
    """Reads the lines of one article that no gate dismissed.

    Args:
        repairer: dictionary, models and weights.
        trace: told of each line of prose; it has no influence on the repair.
    """

    def __init__(self, repairer: Repairer, trace: Trace | None = None) -> None:
        self._builder, self._min_confidence = repairer.builder, repairer.min_confidence
        self._own = repairer.dictionary.own
        self._judge = _judge_by(repairer, repairer.builder, repairer.decoder, repairer.weights)
        self._watch: Watch[Judgement] | None = None
        if repairer.families is not None:
            self._watch = Watch(repairer.families, partial(_judge_of, repairer))
        self._names = Names()
        self._resolutions = Resolutions(repairer.weights.habit)
        self._topic = DocumentTopic(repairer.topics) if repairer.topics is not None else None
        self._trace = trace
        self._second: SecondOpinion | None = None
        if repairer.second is not None:
            from respin.engine.second_opinion import SecondOpinion

            self._second = SecondOpinion(repairer.second, repairer.weights)

    @property
    def suspects(self) -> tuple[bool, bool]:
        """Whether what was read so far looks as if newsroom's spinner had written it, and as if another family had."""
        return self._judge.is_suspicious, self._watch is not None and self._watch.is_suspicious

    def _build(self, line: str, verdict: Verdict) -> Lattice:
        is_read = verdict is not Verdict.GLANCED
        lattice = self._builder.build(line, self._names) if is_read else self._builder.bare(line)
        self._names.learn(lattice.name_pairs)
        if self._topic is not None:
            self._topic.read(lattice.keep)
            lattice.topic = self._topic.vector
        return lattice

    def _repairs(
        self, judged: list[Judgement], dismissed: Sequence[int], odds: Sequence[float | None]
    ) -> Iterator[Repair]:
        """The repairs of lines that were read; see `Watch.revise`."""
        for judgement in judged if self._watch is None else self._watch.revise(judged, dismissed, odds):
            yield self._repair(judgement)

    def _repair(self, judgement: Judgement) -> Repair:
        """Turn the decoder's choices into edits, where line, document and margin speak for them."""
        lattice, spun = judgement.lattice, judgement.spun
        if not lattice.written:
            if self._trace is not None:
                self._trace.note(judgement)
            return Repair(lattice.line)
        edits: list[Edit] = []
        if self._second is not None:
            judgement.decoding = self._second.revise(lattice, judgement.decoding, spun)
        words = lattice.words
        for choice in judgement.decoding.choices:
            if self._second is None:  # the neural model reads the article so far by itself
                phrase = " ".join([word.form for word in words[choice.edge.start : choice.edge.end]])
                choice = self._resolutions.settle(phrase, choice, spun)
            if self._own:
                choice = prefer_own(choice, self._own)
            confidence = _confidence(judgement.point, spun * choice.posterior)
            is_made = confidence >= self._min_confidence
            if not is_made and self._trace is None:
                continue
            found = edits_of(lattice, choice, spun, confidence)
            if is_made:
                if edits and found and found[0].start < edits[-1].end:
                    del found[0]  # the article is part of the wording just replaced
                edits += found
            if self._trace is not None:
                judgement.considered.append((choice, found[-1] if found else None, is_made))
        if self._trace is not None:
            self._trace.note(judgement)
        return Repair(lattice.line, tuple(edits), judgement.probability)


def read(
    parts: Sequence[tuple[Article, Sequence[tuple[str, Verdict]], Sequence[int]]],
) -> Iterator[Iterator[Repair]]:
    """Repair the next lines of each of some articles of one repairer, in order; all of them are decoded together.

    Args:
        parts: different articles, their lines, each with who may have written it, and how many lines a gate
            dismissed before each: shape (lines,).
    """
    built = [
        (article._judge, [(article._build(line, verdict), verdict) for line, verdict in lines], dismissed)
        for article, lines, dismissed in parts
    ]
    found = map(iter, _read([judge.asked(lattices, dismissed) for judge, lattices, dismissed in built]))
    judged = [
        [
            (judge.glanced(lattice) if verdict is Verdict.GLANCED else next(some), verdict)
            for lattice, verdict in lattices
        ]
        for (judge, lattices, _), some in zip(built, found, strict=True)
    ]
    watch = parts[0][0]._watch
    watched = [line for some in judged for line, verdict in some if verdict is not Verdict.NEWSROOM]
    said = iter([] if watch is None else watch.odds(watched))
    for (article, _, dismissed), some in zip(parts, judged, strict=True):
        odds = [None if verdict is Verdict.NEWSROOM else next(said, None) for _, verdict in some]
        yield article._repairs([line for line, _ in some], dismissed, odds)


class _Judge:
    """Reads the lattices of a family's lines, in order: was each spun, and if so, what was it?

    Args:
        builder: of the family.
        decoder: of the family.
        reader: asked about lines that were probably spun.
        weights: of the family.
        own: names of the profiles that the user laid over shipped ones.
        point: of the family and the judges.
        min_confidence: least confidence of the edits that are made, in [0, 1].
    """

    def __init__(
        self,
        builder: LatticeBuilder,
        decoder: Decoder,
        reader: Reader | None,
        weights: Weights,
        own: set[str],
        point: OperatingPoint,
        min_confidence: float,
    ) -> None:
        self._builder, self._decoder, self._reader = builder, decoder, reader
        self._weights, self._own = weights, own
        self._point, self._min_confidence = point, min_confidence
        self._prior = DocumentPrior(weights)

    @property
    def is_suspicious(self) -> bool:
        """Whether more of the lines that are remembered were spun, each by itself, than are in clean text."""
        spun, clean = self._prior.spun, self._prior.clean
        return spun >= max(_SUSPICIOUS, _SUSPICIOUS_SHARE * (spun + clean))

    @property
    def expected(self) -> float:
        """Share of the next lines that are expected to be spun, in (0, 1)."""
        return self._prior.expected

    def asked(self, lattices: Sequence[tuple[Lattice, Verdict]], dismissed: Sequence[int]) -> _Asked:
        """What `_read` is to be given for the next lines: to this family, lines that are not read are dismissed.

        Args:
            lattices: each with who may have written the line.
            dismissed: how many lines a gate dismissed before each.
        """
        read: list[Lattice] = []
        counts = [0]
        for (lattice, verdict), before in zip(lattices, dismissed, strict=True):
            counts[-1] += before
            if verdict is not Verdict.GLANCED:
                read.append(lattice)
                counts.append(0)
            else:
                counts[-1] += 1
        return self, read, counts

    def glanced(self, lattice: Lattice) -> Judgement:
        """What a line comes to in which this family has no chance."""
        decoding = Decoding((), _NO_CHANCE)
        return Judgement(lattice, decoding, _NO_CHANCE, self.expected, 0.0, 0.0, self._point, ())

    def read(self, lattices: Sequence[Lattice], dismissed: Sequence[int] = ()) -> list[Judgement]:
        """What the next lines come to.

        Args:
            dismissed: how many lines a gate dismissed before each, and behind the last.
        """
        dismissed = dismissed or [0] * (len(lattices) + 1)
        if not lattices:
            self._prior.dismissed(dismissed[-1])
            return []
        return _read([(self, lattices, dismissed)])[0]

    def _expect(
        self, lattices: Sequence[Lattice], dismissed: Sequence[int], evidence: Iterator[float]
    ) -> Iterator[tuple[float, float]]:
        """Of each line the share of spun ones that is expected, and the probability that it was spun; learn from it.

        Args:
            evidence: of these lines and others.
        """
        for lattice, before, value in zip(lattices, dismissed, evidence, strict=False):
            self._prior.dismissed(before)
            yield self._prior.expected, self._prior.line(value, words) if (words := lattice.written) else 0.0
        self._prior.dismissed(dismissed[-1])

    def _wants(self, spun: float) -> bool:
        """Whether it makes a difference what was spun in a line that was spun with that probability."""
        return spun >= _NEGLIGIBLE or _confidence(self._point, spun) >= self._min_confidence

    def _judgement(
        self, lattice: Lattice, decoding: Decoding, evidence: float, expected: float, spun: float, *, is_heard: bool
    ) -> Judgement:
        # The reader's word counts for the line as well, where it learned to tell such lines.
        is_asked = is_heard and self._weights.reader_evidence > 0.0
        heard = self._with_reader(spun, decoding, expected) if is_asked else spun
        profiles = self._builder.dictionary.profiles
        judgement = Judgement(lattice, decoding, evidence, expected, spun, heard, self._point, profiles)
        if heard >= _CERTAIN and any(word.loud for word in lattice.words):
            judgement.decoding = self._with_loud(judgement)
        return judgement

    def _with_loud(self, judgement: Judgement) -> Decoding:
        """The decoding of a line that is certainly spun, with readings of shouted words that are all but certain."""
        lattice = judgement.lattice
        is_loud = loud(lattice.words)
        calm = self._builder.build(calmed(lattice, is_loud))
        calm.topic = lattice.topic
        odds = None if self._reader is None else [self._hear(calm, judgement.spun)]
        (decoding,) = self._decoder.search([calm]).choices([True], odds)
        found = [span for span in calm.spans if all(is_loud[span.start : span.end])]
        lattice.spans = sorted([*lattice.spans, *found], key=lambda span: span.start)
        choices = [
            choice
            for choice in decoding.choices
            if choice.posterior >= _SURE and all(is_loud[choice.edge.start : choice.edge.end])
        ]
        return judgement.decoding._replace(
            choices=tuple(sorted([*judgement.decoding.choices, *choices], key=lambda choice: choice.edge.start)),
        )

    def _with_reader(self, spun: float, decoding: Decoding, expected: float) -> float:
        heard = self._prior.with_reader(decoding.evidence, expected)
        # What speaks for the line is something that the reader never saw a spinner write: it can't say that it wasn't.
        is_own = self._own and any(choice.edge.reading.profile in self._own for choice in decoding.choices)
        return max(spun, heard) if is_own else heard

    def _hear(self, lattice: Lattice, spun: float) -> NDArray[np.float64] | None:
        """What the reader says of a line's readings; nothing of a line that the decoder ruled out."""
        weights = self._weights
        if self._reader is None or spun < weights.reader_asked or not lattice.spans:
            return None
        odds = weights.reader * self._reader.odds(lattice) + weights.reader_edit
        if self._own:
            vouch(odds, lattice, self._own)
        return odds


def _judge_by(repairer: Repairer, builder: LatticeBuilder, decoder: Decoder, weights: Weights) -> _Judge:
    reader = repairer.reader
    point = weights.point(reader=reader is not None, second=repairer.has_second)
    return _Judge(builder, decoder, reader, weights, repairer.dictionary.own, point, repairer.min_confidence)


def _judge_of(repairer: Repairer, family: Families) -> _Judge:
    # No method of an article: what a document holds is to go with it, and not to wait for the collector.
    return _judge_by(repairer, family.builder, family.decoder, family.weights)


_Asked: TypeAlias = "tuple[_Judge, Sequence[Lattice], Sequence[int]]"
"""A family, lines that it is to read, and how many were dismissed before each and behind the last."""


def _read(parts: Sequence[_Asked]) -> list[list[Judgement]]:
    """What the next lines of each of some articles come to, read by the same family; see `_Judge.read`."""
    first = parts[0][0]
    lines = [lattice for _, lattices, _ in parts for lattice in lattices]
    search = first._decoder.search(lines)
    evidence = iter(search.evidence)
    shares = [share for judge, lattices, dismissed in parts for share in judge._expect(lattices, dismissed, evidence)]
    odds = None
    if first._reader is not None:
        odds = [first._hear(lattice, spun) for lattice, (_, spun) in zip(lines, shares, strict=True)]
    decodings = search.choices([first._wants(spun) for _, spun in shares], odds)
    heard = odds or [None] * len(lines)
    facts = zip(lines, decodings, search.evidence, shares, heard, strict=True)
    return [
        [
            judge._judgement(lattice, decoding, value, *share, is_heard=odds is not None)
            for lattice, decoding, value, share, odds in islice(facts, len(lattices))
        ]
        for judge, lattices, _ in parts
    ]


def _confidence(point: OperatingPoint, probability: float) -> float:
    return logistic(point.sharpness * log_odds(probability) + point.shift)
