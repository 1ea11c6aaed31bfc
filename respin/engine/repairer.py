"""Ties the parts together: text in, edits out, line by line, with bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Union

from respin.dictionary.shipped import DEFAULT
from respin.edits import Edit, Repair
from respin.engine.document import Document, Trace, feed_together
from respin.engine.gate import Gate, gate_for
from respin.text.lines import Readable, split_lines

if TYPE_CHECKING:
    from respin.dictionary.index import Dictionary
    from respin.engine.decoder import Decoder
    from respin.engine.lattice_builder import LatticeBuilder
    from respin.engine.profiles import Families
    from respin.engine.reader import Reader
    from respin.engine.second_opinion import CausalModel
    from respin.engine.topic import TopicModel
    from respin.engine.weights import OperatingPoint, Weights
    from respin.lm.ngram_model import Model

SHIPPED_MODEL: Final = Path(__file__).parent.parent / "data" / "news.respin-lm"

ReaderChoice = Union["Reader", Literal["shipped"], None]
"""A reader, the shipped one, or none: then the n-gram decoder judges alone, faster and less well."""
SecondChoice = Union["CausalModel", Callable[[], "CausalModel"], None]
"""A neural model, what opens it when it is first asked, or none."""
ProfileChoice = Literal["auto", "newsroom", "thesaurus", "science"]
"""A family that a text is read by, or ``auto``: the one that its evidence speaks for."""
PROFILES: Final[tuple[ProfileChoice, ...]] = ("auto", "newsroom", "thesaurus", "science")


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
            with its ``score_many``), or a function that opens it; by default none.
        keep: words and phrases that are never touched, in any letter case.
        profile: the family of spinners that is taken for granted; by default the text's evidence picks it,
            if the dictionary is newsroom's or laid over it.
        gate: dismisses lines whose words alone rule out that they were spun; ``None``: all are read. The shipped
            one needs the shipped dictionaries, with yours laid over them, a profile of ``auto`` or ``newsroom``, and no
            less confidence than ``aggressive``.

    What is shipped is opened when a line is read that the gate does not dismiss; then a file that can't be read
    raises `DictionaryError` or `ModelError`.

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
        second: SecondChoice = None,
        keep: Iterable[str] = (),
        profile: ProfileChoice = "auto",
        gate: Gate | Literal["shipped"] | None = "shipped",
    ) -> None:
        # What is given stands where what is shipped would be opened when it is first asked for.
        if dictionary is not None:
            self.dictionary = dictionary
        if model is not None:
            self.model = model
        if weights is not None:
            self.weights = weights
        if reader != "shipped":
            self.reader = reader
        if not callable(second):
            self.second = second
        self.has_second = second is not None
        """Whether there is a neural model, opened or not."""
        self._has_reader, self._second = reader is not None, second
        self.is_newsroom = profile == "newsroom"
        """Whether newsroom is taken for granted, so that nothing else is looked for."""
        self._keep, self._profile, self._gate = frozenset(keep), profile, gate
        self._min_confidence = min_confidence

    # These are opened when a line is to be read that the gate does not dismiss.

    @cached_property
    def dictionary(self) -> Dictionary:
        """Synonym groups."""
        from respin.dictionary.index import Dictionary

        return Dictionary.load()

    @cached_property
    def model(self) -> Model:
        """The n-gram model."""
        return _open_model(SHIPPED_MODEL)

    @cached_property
    def weights(self) -> Weights:
        """Of the decoder."""
        from respin.engine.weights import Weights

        return Weights.load()

    @cached_property
    def reader(self) -> Reader | None:
        """The encoder that is asked about lines that were probably spun."""
        from respin.engine.reader import Reader

        return Reader()

    @cached_property
    def second(self) -> CausalModel | None:
        """The neural model that re-reads doubtful spans."""
        return self._second() if callable(self._second) else self._second

    @cached_property
    def topics(self) -> TopicModel | None:
        """What tells an article's topic, if the weights make use of it."""
        from respin.engine.topic import shipped_topics

        return shipped_topics(self.model) if self.weights.topic else None

    @cached_property
    def builder(self) -> LatticeBuilder:
        """Builds the lattices of newsroom, or of the dictionary that was given."""
        from respin.engine.lattice_builder import LatticeBuilder

        return LatticeBuilder(self.dictionary, self.model, self.weights, keep=self._keep, topics=self.topics)

    @cached_property
    def decoder(self) -> Decoder:
        """Reads them."""
        from respin.engine.decoder import Decoder

        return Decoder(self.model, self.weights, doubts=self.has_second)

    @cached_property
    def families(self) -> Families | None:
        """The other families that are watched for, or the one that is taken for granted."""
        from respin.engine.profiles import Families

        is_watched = self._profile == "auto" and "newsroom" in self.dictionary.profiles
        if not is_watched and self._profile not in ("thesaurus", "science"):
            return None
        return Families(
            self.model,
            self.weights,
            self._profile,
            own=self.dictionary,
            keep=self._keep,
            doubts=self.has_second,
        )

    @property
    def point(self) -> OperatingPoint:
        """Calibration and thresholds for the judges that are asked."""
        return self.weights.point(reader=self._has_reader, second=self.has_second)

    @property
    def min_confidence(self) -> float:
        """Least confidence, in [0, 1], of the edits that are made."""
        return self.point.threshold if self._min_confidence is None else self._min_confidence

    @min_confidence.setter
    def min_confidence(self, value: float) -> None:
        self._min_confidence = value

    @cached_property
    def _fitting_gate(self) -> Gate | None:
        if self._gate != "shipped":
            return self._gate
        # A family that is taken for granted is found in text that others would pass for clean.
        return gate_for(vars(self).get("dictionary")) if self._profile in ("auto", "newsroom") else None

    @property
    def gate(self) -> Gate | None:
        """What dismisses lines before they are read, at the confidence that is asked for now."""
        asks_less = self._min_confidence is not None and self._min_confidence < self.point.aggressive
        return None if asks_less else self._fitting_gate

    def load(self) -> None:
        """Open all that a line may need, so that processes that are forked from this one share it."""
        _ = self.families, self.reader, self.builder, self.decoder, self.second

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

    def together(self, fed: Sequence[tuple[Document, Sequence[Readable]]]) -> Iterator[Repair]:
        """The repairs of the next lines of each of some documents, in order; faster than one by one."""
        if not self.has_second:
            yield from feed_together(fed)
            return
        for document, lines in fed:  # a neural model takes its time: each line is given back when it is there
            yield from document.feed(lines)


def load(
    dictionaries: Iterable[str | Path] = DEFAULT,
    model: str | Path | None = None,
    *,
    reader: ReaderChoice = "shipped",
    min_confidence: float | None = None,
    keep: Iterable[str] = (),
    second: SecondChoice = None,
    profile: ProfileChoice = "auto",
) -> Repairer:
    """A :class:`Repairer` from dictionary names or files, and a model file.

    Raises:
        DictionaryError, ModelError: a file that was named can't be read.
    """
    names = tuple(dictionaries)
    dictionary: Dictionary | None = None
    if names != DEFAULT:  # what is shipped is opened when it is needed
        from respin.dictionary.index import Dictionary

        dictionary = Dictionary.load(names)
    return Repairer(
        dictionary,
        None if model is None else _open_model(model),
        reader=reader,
        min_confidence=min_confidence,
        keep=keep,
        second=second,
        profile=profile,
    )


def _open_model(path: str | Path) -> Model:
    from respin.lm.ngram_model import Model

    return Model.open(path)
