"""Ties the parts together: text in, edits out, line by line, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from respin.dictionary.index import DEFAULT, Dictionary
from respin.edits import Edit, Repair
from respin.engine.decoder import Decoder
from respin.engine.document import Document, Trace
from respin.engine.gate import Gate, gate_for
from respin.engine.lattice_builder import LatticeBuilder
from respin.engine.profiles import Families, ProfileChoice
from respin.engine.reader import Reader
from respin.engine.topic import shipped_topics
from respin.engine.weights import Weights
from respin.text.lines import split_lines

if TYPE_CHECKING:
    from respin.engine.second_opinion import CausalModel
    from respin.lm.ngram_model import Model

SHIPPED_MODEL: Final = Path(__file__).parent.parent / "data" / "news.respin-lm"

ReaderChoice = Reader | Literal["shipped"] | None
"""A reader, the shipped one, or none: then the n-gram decoder judges alone, faster and less well."""


class Repairer:
    """Repairs texts with one dictionary, model and set of weights.

    It keeps no state between calls and may be shared; each text is a document of its own.

    Args:
        dictionary: synonym groups; by default the shipped ones of the *newsroom* family.
        model: the n-gram model; by default the shipped one.
        weights: of the decoder; by default the shipped ones.
        reader: the encoder that is asked about lines that were probably spun; ``None`` for the n-gram decoder
            alone, which is some times as fast on spun text and less accurate.
        min_confidence: least confidence, in [0, 1], of the edits that are made; by default
            the weights' own threshold.
        second: a neural model that re-reads doubtful spans (``respin.neural.model.NeuralModel``, or any object
            with its ``score_many``); by default none.
        keep: words and phrases that are never touched, in any letter case.
        profile: the family of spinners that is taken for granted; by default the text's evidence picks it,
            if the dictionary is newsroom's or laid over it.
        gate: dismisses lines whose words alone rule out that they were spun; ``None``: all are read. The shipped
            one knows newsroom only: it needs that profile named, the shipped dictionaries, and no less confidence
            than ``aggressive``.

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
        reader: ReaderChoice = "shipped",
        min_confidence: float | None = None,
        second: CausalModel | None = None,
        keep: Iterable[str] = (),
        profile: ProfileChoice = "auto",
        gate: Gate | Literal["shipped"] | None = "shipped",
    ) -> None:
        if model is None:
            from respin.lm.ngram_model import Model as NgramModel

            model = NgramModel.open(SHIPPED_MODEL)
        self.dictionary = Dictionary.load() if dictionary is None else dictionary
        self.model = model
        self.weights = Weights.load() if weights is None else weights
        self.second = second
        self.reader = Reader() if reader == "shipped" else reader
        self.point = self.weights.point(reader=self.reader is not None, second=second is not None)
        """Calibration and thresholds for the judges that are asked."""
        self.min_confidence = self.point.threshold if min_confidence is None else min_confidence
        self.topics = shipped_topics(self.model) if self.weights.topic else None
        self.builder = LatticeBuilder(
            self.dictionary, self.model, self.weights, keep=frozenset(keep), topics=self.topics
        )
        self.decoder = Decoder(self.model, self.weights, doubts=second is not None)
        self._gate = gate_for(self.dictionary) if gate == "shipped" and profile == "newsroom" else gate
        self.families: Families | None = None
        if profile in ("thesaurus", "science") or (profile == "auto" and "newsroom" in self.dictionary.profiles):
            self.families = Families(
                self.model,
                self.weights,
                profile,
                own=self.dictionary,
                keep=frozenset(keep),
                doubts=second is not None,
            )

    @property
    def gate(self) -> Gate | None:
        """What dismisses lines before they are read, at the confidence that is asked for now."""
        gate = None if self._gate == "shipped" else self._gate
        return gate if self.families is None and self.min_confidence >= self.point.aggressive else None

    def repair(self, text: str) -> str:
        """The text as it was before it was spun, all of it read as prose; unspun text comes back unchanged."""
        return "".join(repair.text for repair in self.document().feed(split_lines(text)))

    def edits(self, text: str) -> list[Edit]:
        """The edits that turn ``text`` into ``repair(text)``, with offsets into ``text``, in order."""
        found = []
        offset = 0
        for repair in self.document().feed(split_lines(text)):
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

    def document(self, trace: Trace | None = None) -> Document:
        """A new document, to be fed its lines as they come; a ``trace`` is told why each was read as it was."""
        return Document(self, trace)


def load(
    dictionaries: Iterable[str | Path] = DEFAULT,
    model: str | Path | None = None,
    *,
    reader: ReaderChoice = "shipped",
    min_confidence: float | None = None,
    keep: Iterable[str] = (),
    second: CausalModel | None = None,
    profile: ProfileChoice = "auto",
) -> Repairer:
    """A :class:`Repairer` from dictionary names or files, and a model file."""
    from respin.lm.ngram_model import Model as NgramModel

    return Repairer(
        Dictionary.load(dictionaries),
        NgramModel.open(model) if model is not None else None,
        reader=reader,
        min_confidence=min_confidence,
        keep=keep,
        second=second,
        profile=profile,
    )
