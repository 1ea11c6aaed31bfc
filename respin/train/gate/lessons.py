"""What the gate learns from: clean documents, spun here in several ways, and what the repair says of them.

For newsroom the decoder teaches more than one number a line. It searches a line in stretches, and the evidence is what
the heads cost that survived and what the readings of each stretch gain. So each stretch is an example of its own.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from random import Random
from typing import Final, NamedTuple

from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import OTHERS
from respin.dictionary.thesaurus import Thesaurus
from respin.edits import Edit
from respin.engine.gate import form_of, hash_of
from respin.engine.gatekeeper import LOOK
from respin.engine.lattice import Lattice
from respin.engine.repairer import Repairer
from respin.text.lines import Line
from respin.train.corpus import read_lines
from respin.train.spin import Spinner, SpinRules
from respin.train.suspicion import thesaurus_groups
from respin.train.weights.score import Gold, read_annotated

DOCUMENT_LINES: Final = 12
HELD_OUT: Final = 32
"""Every so many documents one is held out."""

_CHUNK: Final = re.compile(r"\S+")
_MARKED: Final = re.compile(r"\{\{(.*?)=>(.*?)\}\}")


class Kind(NamedTuple):
    """A way to spin a document.

    ``spinner`` is ``newsroom``, ``lists`` (the dictionaries of the other families), ``thesaurus`` or nothing;
    ``lines`` the share of the lines that are spun and ``rate`` that of their substitutions that are made.
    """

    spinner: str
    lines: float = 1.0
    rate: float = 1.0


CLEAN: Final = Kind("")
HELD_OUT_KINDS: Final = {
    "clean": CLEAN,
    "rate .2": Kind("newsroom", rate=0.2),
    "rate .3": Kind("newsroom", rate=0.3),
    "rate .5": Kind("newsroom", rate=0.5),
    "full": Kind("newsroom"),
    "a quarter of the lines": Kind("newsroom", lines=0.25),
    "half of the lines, rate .4": Kind("newsroom", lines=0.5, rate=0.4),
    "lists of other families": Kind("lists"),
    "WordNet": Kind("thesaurus"),
}
"""What is made of each document that is held out."""
_TAUGHT: Final = (
    *((0.45, CLEAN), (0.13, Kind("lists")), (0.07, Kind("thesaurus")), (0.05, Kind("newsroom", 0.3))),
    *((0.05, Kind("newsroom", 1.0, 0.1)), (0.07, Kind("newsroom", 1.0, 0.2)), (0.06, Kind("newsroom", 1.0, 0.3))),
    *((0.06, Kind("newsroom", 1.0, 0.5)), (0.06, Kind("newsroom"))),
)
"""Shares of the other documents of which this is made."""


class Found(NamedTuple):
    """A line that was held out: how many spans had to change, and how many the repair without a gate put right.

    ``looks_spun`` says whether its document does after the lines that a gate would not stand before: of other families,
    as if one of them had written it.
    """

    text: str
    required: int
    right: int
    looks_spun: bool


@dataclass
class Lesson:
    """What one document, or several, teach. Forms are told by `respin.engine.gate.hash_of`."""

    forms: array[int] = field(default_factory=lambda: array("I"))
    """Of all stretches that the decoder told something of, one after the other."""
    sizes: array[int] = field(default_factory=lambda: array("I"))
    evidence: array[float] = field(default_factory=lambda: array("d"))
    """What each stretch adds to the evidence of its line, nats."""
    line_forms: array[int] = field(default_factory=lambda: array("I"))
    """Of all lines."""
    line_sizes: array[int] = field(default_factory=lambda: array("I"))
    is_other: array[int] = field(default_factory=lambda: array("B"))
    """Whether another family than newsroom has written in a line."""
    held_out: list[dict[str, list[Found]]] = field(default_factory=list)
    """Documents by their kind."""

    def add(self, other: Lesson) -> None:
        """Add what others teach."""
        for name, values in vars(other).items():
            getattr(self, name).extend(values)


def lessons(texts: Sequence[str], every: int, seed: int, jobs: int) -> Iterator[Lesson]:
    """What one of ``every`` documents of a dozen lines teaches, in order, whatever the number of processes."""
    numbered = enumerate(_documents(texts, every))
    if jobs == 1:
        teacher = _Teacher(seed)
        for number, document in numbered:
            yield teacher.lesson(number, document)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start_process, (seed,)) as pool:
        while batch := list(islice(numbered, 64 * jobs)):
            yield from pool.map(_lesson, batch, chunksize=8)


_teacher: list[_Teacher] = []
"""Of this process."""


def _start_process(seed: int) -> None:
    _teacher.append(_Teacher(seed))


def _lesson(numbered: tuple[int, list[str]]) -> Lesson:
    return _teacher[0].lesson(*numbered)


def _documents(texts: Sequence[str], every: int) -> Iterator[list[str]]:
    for text in texts:
        document: list[str] = []
        for number, line in enumerate(read_lines(text)):
            if number // DOCUMENT_LINES % every == every // 2:
                document.append(line.rstrip("\n"))
                if len(document) == DOCUMENT_LINES:
                    yield document
                    document = []


class _Teacher:
    """Spins documents, and knows what the repair says of them."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._repairer = Repairer(gate=None, reader=None)
        self._newsroom = [
            Spinner(self._repairer.dictionary, SpinRules(unspun=0.0, known=known), seed + number)
            for number, known in enumerate((0.9, 0.95, 1.0))
        ]
        rules = SpinRules(unspun=0.0, known=0.7, rates=(0.1, 0.8))
        self._others = {
            "lists": Spinner(Dictionary.load(OTHERS), rules, seed),
            "thesaurus": Spinner(thesaurus_groups(Thesaurus.open()), rules, seed),
        }

    def lesson(self, number: int, document: list[str]) -> Lesson:
        """What a document teaches."""
        lesson = Lesson()
        random = Random(f"{self._seed} {number}")
        if number % HELD_OUT == HELD_OUT - 1:
            kinds = HELD_OUT_KINDS.items()
            lesson.held_out.append(
                {name: self._found(kind, self._made(kind, document, number, random)) for name, kind in kinds}
            )
            return lesson
        kind = random.choices([kind for _, kind in _TAUGHT], [share for share, _ in _TAUGHT])[0]
        lines = self._made(kind, document, number, random)
        for text, golds in lines:
            forms = [hash_of(form_of(chunk)) for chunk in text.split()]
            lesson.line_forms.extend(forms)
            lesson.line_sizes.append(len(forms))
            lesson.is_other.append(kind.spinner in ("lists", "thesaurus") and bool(golds))
        if kind.spinner in ("", "newsroom"):
            self._teach_stretches([text for text, _ in lines], lesson)
        return lesson

    def _made(self, kind: Kind, document: list[str], number: int, random: Random) -> list[tuple[str, list[Gold]]]:
        if not kind.spinner:
            return [(line, []) for line in document]
        newsroom = self._newsroom[number % len(self._newsroom)]
        spinner = newsroom if kind.spinner == "newsroom" else self._others[kind.spinner]

        def some(match: re.Match[str]) -> str:
            return match[0] if random.random() < kind.rate else match[2]

        return [
            read_annotated(_MARKED.sub(some, marked) if random.random() < kind.lines else line)
            for line, marked in zip(document, spinner.document(document, number), strict=True)
        ]

    def _found(self, kind: Kind, lines: Sequence[tuple[str, list[Gold]]]) -> list[Found]:
        document = self._repairer.document()
        repairs = list(document.feed([Line(text + "\n") for text, _ in lines[:LOOK]]))
        by_newsroom, by_others = document.suspects
        looks_spun = by_others or (by_newsroom and kind.spinner in ("", "newsroom"))
        repairs += document.feed([Line(text + "\n") for text, _ in lines[LOOK:]])
        return [
            Found(
                text, len(golds), sum(_reads(text, gold, repair.edits) in gold.originals for gold in golds), looks_spun
            )
            for (text, golds), repair in zip(lines, repairs, strict=True)
        ]

    def _teach_stretches(self, lines: Iterable[str], lesson: Lesson) -> None:
        lattices = [self._repairer.builder.build(line) for line in lines]
        for lattice, stretches in zip(lattices, self._repairer.decoder.search(lattices).stretches(), strict=True):
            for forms, evidence in _stretches(lattice, stretches):
                lesson.forms.extend(forms)
                lesson.sizes.append(len(forms))
                lesson.evidence.append(evidence)


def _stretches(lattice: Lattice, gains: Sequence[tuple[int, int, float]]) -> Iterator[tuple[list[int], float]]:
    """The forms of each stretch of a line, and of what is between them, with what it adds to the evidence."""
    chunks = list(_CHUNK.finditer(lattice.line))
    if not chunks or not lattice.words:
        return
    begins = [chunk.start() for chunk in chunks]
    # The chunk that each token begins in.
    places = [
        max(0, bisect_right(begins, lattice.offsets(token, token + 1)[0]) - 1) for token in range(len(lattice.words))
    ]
    cuts: dict[int, float] = {0: 0.0}
    """Where each piece begins, and what it adds."""
    for first, length, gain in gains:
        begin, last = places[first], places[min(first + length, len(places)) - 1]
        cuts[begin] = cuts.get(begin, 0.0) + gain
        cuts.setdefault(last + 1, 0.0)
    starts = sorted(start for start in cuts if start < len(chunks))
    for token, charge in lattice.charges.items():
        cuts[starts[bisect_right(starts, places[token]) - 1]] += charge
    for start, end in zip(starts, [*starts[1:], len(chunks)], strict=True):
        yield [hash_of(form_of(chunk[0])) for chunk in chunks[start:end]], cuts[start]


def _reads(text: str, gold: Gold, edits: Sequence[Edit]) -> str:
    """What a span reads as after the edits within it."""
    read = text[gold.start : gold.end]
    for edit in reversed(edits):
        if gold.start <= edit.start and edit.end <= gold.end:
            read = read[: edit.start - gold.start] + edit.original + read[edit.end - gold.start :]
    return read
