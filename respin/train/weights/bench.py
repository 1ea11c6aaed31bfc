"""A bench for weights: annotated documents, repaired again and again, and what comes of it.

Data are annotated documents: clean text that we spin ourselves, and real spun articles that somebody annotated,
where there are any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

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
class Verdict:
    """An edit's uncalibrated probability, in [0, 1], and whether it is right."""

    probability: float
    right: bool


class Bench:
    """Annotated documents, ready to be repaired again and again under other weights.

    Args:
        repairer: gives the dictionary and the language model.
        documents: annotated.
        groups: of which each is part; figures are means over them, so that a large one does not drown the others.
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

    def _repairs(self, weights: Weights, min_confidence: float | None = None) -> Iterator[_Judged]:
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
            is_spun = any(golds for _, golds in document)
            if self.mode != "fast":
                known.lend_to(repairer, weights)
            repairs = repairer.document().feed(Line(text) for text, _ in document)
            for (text, golds), repair in zip(document, repairs, strict=True):
                yield _Judged(group, is_spun, text, golds, repair.edits)

    def measure(self, weights: Weights) -> Accuracy:
        """Scores at the threshold of the weights."""
        return self.curve(weights, [getattr(weights, self.mode).threshold])[0]

    def curve(self, weights: Weights, thresholds: Sequence[float]) -> list[Accuracy]:
        """Scores at several thresholds, from one repair."""
        spun: list[dict[str, Tally]] = [{} for _ in thresholds]
        clean = [Tally() for _ in thresholds]
        for line in self._repairs(weights, min(thresholds)):
            for number, threshold in enumerate(thresholds):
                made = [edit for edit in line.edits if edit.confidence >= threshold]
                tally = spun[number].setdefault(line.group, Tally()) if line.is_spun else clean[number]
                tally.add(judge(line.text, line.golds, made)[0])
        found = []
        for number in range(len(thresholds)):
            tallies = list(spun[number].values()) or [Tally()]
            n = len(tallies)
            found.append(
                Accuracy(
                    sum(t.recall for t in tallies) / n,
                    sum(t.precision for t in tallies) / n,
                    sum(t.f05 for t in tallies) / n,
                    clean[number].damage,
                )
            )
        return found

    def verdicts(self, weights: Weights) -> list[Verdict]:
        """Every edit that would be made at any confidence, uncalibrated, with whether it is right."""
        point = replace(getattr(weights, self.mode), sharpness=1.0, shift=0.0)
        uncalibrated = replace(weights, **{self.mode: point})
        found = []
        for line in self._repairs(uncalibrated, 0.0):
            found += [Verdict(e.confidence, right) for e, right in judge(line.text, line.golds, line.edits)[1]]
        return found


class _Judged(NamedTuple):
    """A line of a document and what was made of it."""

    group: str
    is_spun: bool
    text: str
    golds: Sequence[Gold]
    edits: Sequence[Edit]
