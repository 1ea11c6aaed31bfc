"""Ties the parts together: text in, edits out, line by line, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from respin.dictionary.index import DEFAULT, Dictionary
from respin.edits import Edit, Repair
from respin.engine.article_memory import Names, Resolutions
from respin.engine.decoder import Choice, Decoder, Decoding
from respin.engine.evidence import DocumentPrior, log_odds, logistic
from respin.engine.lattice import Lattice
from respin.engine.lattice_builder import LatticeBuilder
from respin.engine.own_entries import prefer_own
from respin.engine.topic import DocumentTopic, shipped_topics
from respin.engine.weights import Weights
from respin.text.article import article_agrees, article_for
from respin.text.case import transfer_case
from respin.text.lines import Line, split_lines

if TYPE_CHECKING:
    from respin.engine.second_opinion import CausalModel, SecondOpinion
    from respin.lm.ngram_model import Model

BATCH: Final = 1 << 16
"""Code points of lines that are decoded together. It bounds memory and has no influence on the output."""

_NEGLIGIBLE: Final = 1e-6
"""Probability that a line was spun below which its readings are not looked at: there is nothing to learn from it."""


SHIPPED_MODEL: Final = Path(__file__).parent.parent / "data" / "news.respin-lm"


class Repairer:
    """Repairs texts with one dictionary, model and set of weights.

    It keeps no state between calls and may be shared; each text is a document of its own.

    Args:
        dictionary: synonym groups; by default the shipped ones of the *newsroom* family.
        model: the n-gram model; by default the shipped one.
        weights: of the decoder; by default the shipped ones.
        min_confidence: least confidence, in [0, 1], of the edits that are made; by default
            the weights' own threshold.
        second: a neural model that re-reads doubtful spans (``respin.neural.model.NeuralModel``, or any object
            with its ``score_many``); by default none.
        keep: words and phrases that are never touched, in any letter case.

    Raises:
        DictionaryError, ModelError: a default file can't be read.

    >>> repairer = Repairer()
    >>> repairer.repair("The mayor stated on Monday that many folks were injured within the accident.")
    'The mayor said on Monday that many people were injured in the accident.'
    """

    def __init__(
        self,
        dictionary: Dictionary | None = None,
        model: Model | None = None,
        weights: Weights | None = None,
        *,
        min_confidence: float | None = None,
        second: CausalModel | None = None,
        keep: Iterable[str] = (),
    ) -> None:
        if model is None:
            from respin.lm.ngram_model import Model as NgramModel

            model = NgramModel.open(SHIPPED_MODEL)
        self.dictionary = Dictionary.load() if dictionary is None else dictionary
        self.model = model
        self.weights = Weights.load() if weights is None else weights
        self.second = second
        usual = self.weights.threshold if second is None else self.weights.second_threshold
        self.min_confidence = usual if min_confidence is None else min_confidence
        self.topics = shipped_topics(self.model) if self.weights.topic else None
        self.builder = LatticeBuilder(
            self.dictionary, self.model, self.weights, keep=frozenset(keep), topics=self.topics
        )
        self.decoder = Decoder(self.model, self.weights, doubts=second is not None)

    def repair(self, text: str, format: str = "auto") -> str:
        """The text as it was before it was spun; unspun text comes back unchanged.

        Args:
            text: a text or a document.
            format: one of ``respin.formats.NAMES``, or ``auto``: told from the text itself.

        Raises:
            SettingsError: there is no format of that name.
        """
        return "".join(repair.text for repair in self._repairs(text, format))

    def edits(self, text: str, format: str = "auto") -> list[Edit]:
        """The edits that turn ``text`` into ``repair(text, format)``, with offsets into ``text``, in order."""
        found = []
        offset = 0
        for repair in self._repairs(text, format):
            found += [edit.moved(offset) for edit in repair.edits]
            offset += len(repair.source)
        return found

    def lines(self, lines: Iterable[str]) -> Iterator[Repair]:
        """Repair a stream of lines, each with its end mark.

        Each line is given back before the next one is asked for, so a slow source is followed at
        its own pace; a line of more than ``lines.MAX_LINE`` code points comes back in pieces.
        """
        document = self.document()
        for line in lines:
            yield from document.feed(split_lines(line))

    def _repairs(self, text: str, format: str) -> Iterator[Repair]:
        from respin.formats import format_for
        from respin.formats.mapping import FormattedDocument

        document = FormattedDocument(self.document, format_for(format))
        yield from document.feed(split_lines(text))
        yield from document.finish()

    def document(self) -> Document:
        """A new document, to be fed its lines as they come."""
        return Document(self)


class Document:
    """One article while it streams by: what its lines so far say about the next ones.

    The output does not depend on how the lines are grouped into calls; more lines a call are faster.
    """

    def __init__(self, repairer: Repairer) -> None:
        self._builder, self._decoder = repairer.builder, repairer.decoder
        self._weights, self._min_confidence = repairer.weights, repairer.min_confidence
        self._own = repairer.dictionary.own
        self._prior = DocumentPrior(repairer.weights)
        self._names = Names()
        self._resolutions = Resolutions(repairer.weights.habit)
        self._topic = DocumentTopic(repairer.topics) if repairer.topics is not None else None
        self._second: SecondOpinion | None = None
        if repairer.second is not None:
            from respin.engine.second_opinion import SecondOpinion

            self._second = SecondOpinion(repairer.second, repairer.weights)

    def feed(self, lines: Iterable[Line]) -> Iterator[Repair]:
        """Repair the next lines, in order. They are decoded together, about ``BATCH`` code points at a time."""
        for batch in _batches(lines):
            lattices = [self._build(line.text) for line in batch if line.prose]
            spun: list[float] = []

            def is_wanted(index: int, evidence: float) -> bool:
                words = lattices[index].written  # noqa: B023 - asked at once
                spun.append(self._prior.line(evidence, words) if words else 0.0)  # noqa: B023
                return spun[-1] >= _NEGLIGIBLE or self._confidence(spun[-1]) >= self._min_confidence  # noqa: B023

            read = zip(lattices, self._decoder.decode(lattices, is_wanted), spun, strict=True)
            for line in batch:
                yield self._judge(*next(read)) if line.prose else Repair(line.text)

    def _build(self, line: str) -> Lattice:
        lattice = self._builder.build(line, self._names)
        self._names.learn(lattice.name_pairs)
        if self._topic is not None:
            self._topic.read(lattice.keep)
            lattice.topic = self._topic.vector
        return lattice

    def _judge(self, lattice: Lattice, decoding: Decoding, spun: float) -> Repair:
        """Turn the decoder's choices into edits, where line, document and margin speak for them."""
        if not lattice.written:
            return Repair(lattice.line)
        edits: list[Edit] = []
        if self._second is not None:
            decoding = self._second.revise(lattice, decoding, spun)
        words = lattice.words
        for choice in decoding.choices:
            if self._second is None:  # the neural model reads the article so far by itself
                phrase = " ".join([word.form for word in words[choice.edge.start : choice.edge.end]])
                choice = self._resolutions.settle(phrase, choice, spun)
            if self._own:
                choice = prefer_own(choice, lattice.readings(choice.edge.start, choice.edge.end), self._own)
            confidence = self._confidence(spun * choice.posterior)
            if confidence >= self._min_confidence:
                made = self._edits_of(lattice, choice, spun, confidence)
                if edits and made and made[0].start < edits[-1].end:
                    del made[0]  # the article is part of the wording just replaced
                edits += made
        return Repair(lattice.line, tuple(edits), spun)

    def _confidence(self, probability: float) -> float:
        weights, x = self._weights, log_odds(probability)
        if self._second is not None:
            return logistic(weights.second_sharpness * x + weights.second_shift)
        return logistic(weights.sharpness * x + weights.shift)

    def _edits_of(self, lattice: Lattice, choice: Choice, spun: float, confidence: float) -> list[Edit]:
        edge = choice.edge
        assert edge.head is not None
        line, words = lattice.line, lattice.words
        start, end = lattice.offsets(edge.start, edge.end)
        text = line[start:end]
        original = _fit(edge.head, text, line)
        if original == text:
            return []
        alternatives = [
            (text, round(spun * p + (1 - spun), 4)) if head is None else (_fit(head, text, line), round(spun * p, 4))
            for head, p in choice.rivals
            if p >= 0.001 or head is None
        ]
        if len(alternatives) > 1:
            alternatives.sort(key=lambda pair: -pair[1])
        edit = Edit(start, end, text, original, round(confidence, 4), tuple(alternatives), edge.reason, edge.profile)
        if edge.start and words[edge.start - 1].article:
            article = self._article(lattice, edge.start, edit)
            if article is not None:
                return [article, edit]
        return [edit]

    def _article(self, lattice: Lattice, index: int, edit: Edit) -> Edit | None:
        """The edit of the a or an before a token that fitted the spun wording and does not fit the original."""
        before = lattice.words[index - 1]
        if article_agrees(before.form, (edit.original,)) or not article_agrees(before.form, (edit.spun,)):
            return None
        fitting = article_for(edit.original)
        original = transfer_case(fitting, before.text) if before.text != "AN" else fitting.upper()
        start, end = lattice.offsets(index - 1, index)
        return replace(
            edit,
            start=start,
            end=end,
            spun=before.text,
            original=original,
            alternatives=(),
            reason="article",
        )


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and size + len(line.text) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.text)
    if batch:
        yield batch


def _fit(head: str, spun: str, line: str) -> str:
    """A head as it is written in this line: its capital, and curly apostrophes where the line has them."""
    if "'" in head and "’" in line:
        head = head.replace("'", "’")
    return transfer_case(head, spun)


def load(
    dictionaries: Iterable[str | Path] = DEFAULT,
    model: str | Path | None = None,
    *,
    min_confidence: float | None = None,
    keep: Iterable[str] = (),
    second: CausalModel | None = None,
) -> Repairer:
    """A :class:`Repairer` from dictionary names or files, and a model file."""
    from respin.lm.ngram_model import Model as NgramModel

    return Repairer(
        Dictionary.load(dictionaries),
        NgramModel.open(model) if model is not None else None,
        min_confidence=min_confidence,
        keep=keep,
        second=second,
    )
