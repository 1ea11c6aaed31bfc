"""A bench for weights: annotated documents, repaired again and again, and what comes of it.

Data are annotated documents: clean text that we spin ourselves, and real spun articles that somebody annotated,
where there are any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from respin.edits import Edit
from respin.engine.reader import Reader
from respin.engine.repairer import Repairer
from respin.engine.weights import Weights
from respin.text.lines import Line
from respin.train.weights.remembered import RememberedDocument, RememberedModel
from respin.train.weights.score import Gold, Tally, judge

if TYPE_CHECKING:
    from respin.engine.second_opinion import CausalModel

Document = Sequence[tuple[str, Sequence[Gold]]]
"""Lines of spun text with their spans; a document without any spans is clean."""

_ALL_LINES: Final = 1 << 20
"""Lines that the reader remembers: other weights change nothing of what it says."""

Mode = Literal["fast", "default", "accurate"]
"""Which judges are asked: the n-gram decoder alone, the reader after it, and a second opinion after both."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What one set of weights makes of the data. ``damage`` is edits per 1,000 words of clean documents."""

    recall: float
    precision: float
    f05: float
    damage: float


@dataclass(frozen=True, slots=True)
class Scored:
    """What one set of weights makes of one document, at several thresholds."""

    group: str
    is_spun: bool
    tallies: tuple[Tally, ...]
    """At each threshold."""


def accuracies(documents: Sequence[Scored]) -> list[Accuracy]:
    """Scores of documents at each threshold: means over the groups of spun ones, so that none drowns the others."""
    found = []
    for number in range(len(documents[0].tallies) if documents else 0):
        spun: dict[str, Tally] = {}
        clean = Tally()
        for document in documents:
            tally = spun.setdefault(document.group, Tally()) if document.is_spun else clean
            tally.add(document.tallies[number])
        tallies = list(spun.values()) or [Tally()]
        n = len(tallies)
        recall, precision = sum(t.recall for t in tallies) / n, sum(t.precision for t in tallies) / n
        found.append(Accuracy(recall, precision, sum(t.f05 for t in tallies) / n, clean.damage))
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """An edit's uncalibrated probability, in [0, 1], and whether it is right."""

    probability: float
    right: bool


class Bench:
    """Annotated documents, ready to be repaired again and again under other weights.

    Args:
        repairer: gives the dictionary and the language model.
        documents: annotated.
        groups: of which each is part; figures are means over them.
        mode: which judges are asked.
        second: the neural model of the mode ``accurate``.
    """

    def __init__(
        self,
        repairer: Repairer,
        documents: Iterable[Document],
        groups: Sequence[str] = (),
        mode: Mode = "fast",
        second: CausalModel | None = None,
    ) -> None:
        self.mode: Mode = mode
        self._dictionary, self._model = repairer.dictionary, repairer.model
        self._documents = list(documents)
        self._groups = list(groups) or [""] * len(self._documents)
        self._reader = None if mode == "fast" else Reader((repairer.reader or Reader()).path, _ALL_LINES)
        self._second = RememberedModel(second) if mode == "accurate" and second is not None else None
        self._known = [RememberedDocument() for _ in self._documents]

    def _repairs(self, weights: Weights, min_confidence: float) -> Iterator[tuple[str, list[_Judged]]]:
        """The group of each document, and its lines."""
        repairer = Repairer(
            self._dictionary,
            self._model,
            weights,
            reader=self._reader,
            second=self._second,
            min_confidence=min_confidence,
            profile="newsroom",
            gate=None,
        )
        for group, document, known in zip(self._groups, self._documents, self._known, strict=True):
            if self.mode != "fast":
                known.lend_to(repairer, weights)
            repairs = repairer.document().feed(Line(text) for text, _ in document)
            pairs = zip(document, repairs, strict=True)
            yield group, [_Judged(text, golds, repair.edits) for (text, golds), repair in pairs]

    def forget(self) -> None:
        """Have the neural model asked anew, behind what the weights of the next repair make of the lines before."""
        if self._second is not None:
            self._second.forget()

    def measure(self, weights: Weights) -> Accuracy:
        """Scores at the threshold of the weights."""
        return self.curve(weights, [getattr(weights, self.mode).threshold])[0]

    def curve(self, weights: Weights, thresholds: Sequence[float]) -> list[Accuracy]:
        """Scores at several thresholds, from one repair."""
        return accuracies(self.scored(weights, thresholds))

    def scored(self, weights: Weights, thresholds: Sequence[float]) -> list[Scored]:
        """Each document's scores at several thresholds, from one repair."""
        found = []
        for group, lines in self._repairs(weights, min(thresholds)):
            tallies = tuple(Tally() for _ in thresholds)
            for line in lines:
                for tally, threshold in zip(tallies, thresholds, strict=True):
                    made = [edit for edit in line.edits if edit.confidence >= threshold]
                    tally.add(judge(line.text, line.golds, made)[0])
            found.append(Scored(group, any(line.golds for line in lines), tallies))
        return found

    def verdicts(self, weights: Weights) -> list[Verdict]:
        """Every edit that would be made at any confidence, uncalibrated, with whether it is right."""
        found = []
        for _, lines in self._repairs(uncalibrated(weights, self.mode), 0.0):
            for line in lines:
                found += [Verdict(e.confidence, right) for e, right in judge(line.text, line.golds, line.edits)[1]]
        return found


def uncalibrated(weights: Weights, mode: Mode) -> Weights:
    """The weights with confidences of the mode that are the decoder's own probabilities."""
    point: dict[str, Any] = {mode: getattr(weights, mode)._replace(sharpness=1.0, shift=0.0)}
    return weights._replace(**point)


class _Judged(NamedTuple):
    """A line of a document and what was made of it."""

    text: str
    golds: Sequence[Gold]
    edits: Sequence[Edit]
