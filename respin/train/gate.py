"""Train the gate (`respin.engine.gate`): which words, and pairs of words, rule out that a line was spun.

Clean documents are spun here at several rates, and repaired without a gate. A line in which the repair
makes edits is one to be found, all others are to be dismissed: what only looks spun, and is not found,
costs nothing to dismiss. Weights are those of a logistic regression (Adam: Kingma & Ba 2015) in which a
line to be found weighs much more. What is too rare to have a weight of its own gets that of its kind:
variant or head or both, one word or two, and how often clean text has it.

Documents that were held out set the threshold: the highest at which no kind of spun text, from a rate of .2 on,
loses more than ``most_lost`` of its recall.
"""

from __future__ import annotations

import json
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.index import DEFAULT, Dictionary, shipped
from respin.edits import Edit
from respin.engine.gate import KIND, VERSION, Gate, GateState, form_of
from respin.engine.repairer import Repairer
from respin.errors import TrainingError
from respin.text.lines import Line
from respin.train.corpus import read_lines
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import Gold, read_annotated

DOCUMENT_LINES: Final = 12
HELD_OUT: Final = 8
"""Every so many documents one is held out."""

_UNIT: Final = 1 / 16
"""A step of a weight, nats."""
_SMALLEST: Final = 4
"""Steps from which on a weight is kept."""
_LEAST: Final = 12
"""Occurrences from which on a word or pair has a weight of its own; variants and heads have one from the first."""
_LENGTH, _POWER = 30.0, 0.7
_DECAY, _SHARE = 0.9, 0.2
_FLOOR = -20.0
"""So much the lines before speak against a line at most, nats. Without it a stream of clean text has 71 % of its words
dismissed, not 43 %, and a lightly spun article (rate .3) behind 48 clean lines loses .0087 of its recall, not .0003."""
_FOUND: Final = 30.0
"""How much more a line weighs that is to be found."""
_ROUNDS: Final = 120
_PULL: Final = 0.1
_MARKED: Final = re.compile(r"\{\{(.*?)=>(.*?)\}\}")

KINDS: Final = {
    # kind: (share of the lines that are spun, share of their substitutions that are made, weight of its lines)
    "clean": (0.0, 0.0, 4.0),
    "rate .1": (1.0, 0.1, 4.0),
    "rate .2": (1.0, 0.2, 4.0),
    "rate .3": (1.0, 0.3, 3.0),
    "rate .5": (1.0, 0.5, 0.7),
    "rate .8": (1.0, 0.8, 0.0),
    "full": (1.0, 1.0, 0.5),
    "a quarter of the lines": (0.25, 1.0, 1.5),
    "half of the lines, rate .4": (0.5, 0.4, 0.0),
}
"""What is made of each document. Kinds without weight are only tested on."""

UNBOUND: Final = frozenset({"rate .1"})
"""Kinds whose loss is measured, but does not set the threshold: so lightly no known spinner spins, and the repair
itself finds an eighth of it. One line of many edits would shut the gate for all."""

Feature = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A line, and what the repair without a gate made of it."""

    text: str
    required: int
    right: int
    edits: int


def train_gate(
    texts: Sequence[str],
    output: Path,
    *,
    every: int = 30,
    most_lost: float = 0.001,
    seed: int = 11,
    progress: Callable[[str], None] = print,
) -> None:
    """Write the gate for the shipped dictionaries, model and weights.

    Args:
        texts: clean text, one paragraph a line.
        every: one of so many documents of a dozen lines is taken.
        most_lost: most recall that any kind of spun text may lose on documents held out, in [0, 1].
        seed: of the spinning.

    Raises:
        InputError: a text can't be read.
        TrainingError: there is too little text.
    """
    repairer = Repairer(gate=None, reader=None, profile="newsroom")
    dictionary = repairer.dictionary
    train: dict[str, list[list[Found]]] = {kind: [] for kind in KINDS}
    held_out: dict[str, list[list[Found]]] = {kind: [] for kind in KINDS}
    spinners = [
        Spinner(dictionary, SpinRules(unspun=0.0, known=known), seed + number)
        for number, known in enumerate((0.9, 0.95, 1.0))
    ]
    for number, document in enumerate(_documents(texts, every)):
        annotated = list(spinners[number % len(spinners)].document(document, number))
        is_held_out = number % HELD_OUT == HELD_OUT - 1
        for kind, (spun, rate, weight) in KINDS.items():
            if weight or is_held_out:
                lines = _thinned(document, annotated, spun, rate, Random(f"{seed} {number} {kind}"))
                (held_out if is_held_out else train)[kind].append(list(_found(repairer, lines)))
        if number % 500 == 499:
            progress(f"{number + 1:,} documents repaired")
    if not held_out["clean"]:
        raise TrainingError("too little text: there must be some hundred lines")
    weights, bias = _fit(train, _kinds_of(dictionary, train["clean"]), progress)
    settings = {
        "unit": _UNIT,
        "bias": bias,
        "length": _LENGTH,
        "power": _POWER,
        "decay": _DECAY,
        "share": _SHARE,
        "floor": _FLOOR,
        "threshold": -np.inf,
    }
    words = {feature: step for feature, step in weights.items() if isinstance(feature, str)}
    pairs = {feature: step for feature, step in weights.items() if not isinstance(feature, str)}
    settings["threshold"] = _threshold(Gate(settings, {}, words, pairs), held_out, most_lost)
    gate = Gate(settings, {}, words, pairs)
    record = {kind: _figures(gate, documents) for kind, documents in held_out.items()}
    for kind, figures in record.items():
        progress(f"{kind}: {figures}")
    about = {"texts": [Path(text).name for text in texts], "every": every, "seed": seed, "held out": record}
    size = write_gate(output, settings, words, pairs, about)
    progress(f"{len(words):,} words and {len(pairs):,} pairs in {size:,} bytes")


def write_gate(
    path: Path, settings: dict[str, float], words: dict[str, int], pairs: dict[tuple[str, str], int], about: Any
) -> int:
    """Write a file and return its size in bytes."""
    listed = sorted(pairs)
    values = array("b", [*(words[word] for word in sorted(words)), *(pairs[pair] for pair in listed)])
    body = b"\n".join(
        [
            " ".join(sorted(words)).encode(),
            " ".join(left for left, _ in listed).encode(),
            " ".join(right for _, right in listed).encode(),
            values.tobytes(),
        ]
    )
    dictionaries = {name: zlib.crc32(shipped()[name].read_bytes()) for name in DEFAULT}
    header = {
        "kind": KIND,
        "version": VERSION,
        "crc32": zlib.crc32(body),
        "settings": settings,
        "dictionaries": dictionaries,
        "about": about,
    }
    data = json.dumps(header).encode("ascii") + b"\n" + body
    path.write_bytes(data)
    return len(data)


def _documents(texts: Sequence[str], every: int) -> Iterator[list[str]]:
    for text in texts:
        document: list[str] = []
        for number, line in enumerate(read_lines(text)):
            if number // DOCUMENT_LINES % every == every // 2:
                document.append(line.rstrip("\n"))
                if len(document) == DOCUMENT_LINES:
                    yield document
                    document = []


def _thinned(
    clean: Sequence[str], annotated: Sequence[str], spun: float, rate: float, random: Random
) -> Iterator[tuple[str, list[Gold]]]:
    """Lines of which some stay clean, and in the others some substitutions are not made."""

    def some(match: re.Match[str]) -> str:
        return match[0] if random.random() < rate else match[2]

    for line, marked in zip(clean, annotated, strict=True):
        yield read_annotated(_MARKED.sub(some, marked) if random.random() < spun else line)


def _found(repairer: Repairer, lines: Iterable[tuple[str, list[Gold]]]) -> Iterator[Found]:
    lines = list(lines)
    repairs = repairer.document().feed([Line(text + "\n") for text, _ in lines])
    for (text, golds), repair in zip(lines, repairs, strict=True):
        right = sum(_reads(text, gold, repair.edits) in gold.originals for gold in golds)
        yield Found(text, len(golds), right, len(repair.edits))


def _reads(text: str, gold: Gold, edits: Sequence[Edit]) -> str:
    """What a span reads as after the edits within it."""
    read = text[gold.start : gold.end]
    for edit in reversed(edits):
        if gold.start <= edit.start and edit.end <= gold.end:
            read = read[: edit.start - gold.start] + edit.original + read[edit.end - gold.start :]
    return read


def _forms(text: str) -> list[str]:
    return [form_of(chunk) for chunk in text.split()]


def _features(forms: Sequence[str]) -> Iterator[Feature]:
    yield from (form for form in forms if form)
    yield from (pair for pair in pairwise(forms) if pair[0] and pair[1])


def _kinds_of(dictionary: Dictionary, clean: Iterable[Iterable[Found]]) -> Callable[[Feature], tuple[int, bool]]:
    """Tells the kind of a word or pair, and whether it is a part of a variant or head."""
    counts: Counter[Feature] = Counter()
    for document in clean:
        for line in document:
            counts.update(_features(_forms(line.text)))
    variants, heads = (_parts(keys, counts) for keys in (dictionary.origins, dictionary.heads))

    def kind(feature: Feature) -> tuple[int, bool]:
        in_variant, in_head = feature in variants, feature in heads
        seen = counts[feature]
        often = 0 if not seen else 1 if seen < 10 else 2 if seen < 100 else 3
        number = 16 * isinstance(feature, tuple) + 8 * in_variant + 4 * in_head + often
        return number, in_variant or in_head

    return kind


def _parts(keys: Iterable[str], counts: Counter[Feature]) -> set[Feature]:
    """Each wording of a word or two, and of longer ones the pair in them that is rarest."""
    parts: set[Feature] = set()
    for key in keys:
        forms = [form for form in map(form_of, key.replace(" 's", "").split(" ")) if form]
        if len(forms) == 1:
            parts.add(forms[0])
        elif forms:
            parts.add(min(pairwise(forms), key=lambda pair: counts[pair]))
    return parts


def _fit(
    found: dict[str, list[list[Found]]],
    kind_of: Callable[[Feature], tuple[int, bool]],
    progress: Callable[[str], None],
) -> tuple[dict[Feature, int], float]:
    """Weights of words and pairs, in steps, and the bias in nats."""
    counts: Counter[Feature] = Counter()
    for documents in found.values():
        for document in documents:
            for line in document:
                counts.update(_features(_forms(line.text)))
    features = [feature for feature, count in counts.items() if count >= _LEAST or kind_of(feature)[1]]
    kinds = np.array([kind_of(feature)[0] for feature in features])
    numbers = {feature: number for number, feature in enumerate(features)}
    ids, sizes = array("i"), []
    labels, weights, scales = [], [], []
    for kind, documents in found.items():
        for document in documents:
            for line in document:
                forms = _forms(line.text)
                known = [numbers[feature] for feature in _features(forms) if feature in numbers]
                ids.extend(known)
                sizes.append(len(known))
                labels.append(line.edits > 0)
                weights.append(KINDS[kind][2] * (_FOUND * min(line.right + 1, 20) / 2 if line.edits else 1.0))
                scales.append(min(1.0, _LENGTH / max(1, len(forms))) ** _POWER)
    own, of_kind, bias = _regression(
        np.frombuffer(ids, np.int32),
        np.array(sizes),
        kinds,
        np.array(labels, np.float64),
        np.array(weights),
        np.array(scales),
        progress,
    )
    steps = np.clip(np.rint((own + of_kind[kinds]) / _UNIT), -127, 127).astype(int).tolist()
    return {feature: step for feature, step in zip(features, steps, strict=True) if abs(step) >= _SMALLEST}, bias


def _regression(
    ids: NDArray[np.int32],
    sizes: NDArray[np.int64],
    kinds: NDArray[np.int64],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    scales: NDArray[np.float64],
    progress: Callable[[str], None],
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Own weights of the features, weights of their kinds, and the bias.

    Args:
        ids: features of all lines, one line after the other; ``sizes`` of each line.
        kinds: of each feature.
        labels: of each line, 1 or 0; ``weights`` and ``scales`` of each line, > 0.
    """
    lines, count, count_kinds = len(sizes), len(kinds), int(kinds.max()) + 1
    row = np.repeat(np.arange(lines, dtype=np.int32), sizes)
    weights = weights / weights.sum()
    cuts = [count, count + count_kinds]
    parameters = np.zeros(cuts[1] + 1)
    mean, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for number in range(1, _ROUNDS + 1):
        own, of_kind, bias = np.split(parameters, cuts)
        sums = np.bincount(row, (own + of_kind[kinds])[ids], lines) * scales + bias
        share = 1.0 / (1.0 + np.exp(-np.clip(sums, -30, 30)))
        error = (share - labels) * weights
        slope = np.bincount(ids, (error * scales)[row], count)
        gradient = np.concatenate([slope + _PULL * own / lines, np.bincount(kinds, slope, count_kinds), [error.sum()]])
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.98 * square + 0.02 * gradient**2
        rate = 0.12 * 0.985**number + 0.003
        parameters -= rate * (mean / (1 - 0.9**number)) / (np.sqrt(square / (1 - 0.98**number)) + 1e-10)
        if number % 20 == 0:
            loss = -np.log(np.where(labels > 0, share, 1 - share) + 1e-12) @ weights
            progress(f"round {number}: loss {loss:.4f}")
    own, of_kind, bias = np.split(parameters, cuts)
    return own, of_kind, float(bias[0])


def _levels(gate: Gate, documents: Iterable[Iterable[Found]]) -> Iterator[tuple[float, Found]]:
    """What is compared with the threshold for each line."""
    for document in documents:
        state = GateState(gate)
        for line in document:
            yield state.level(line.text), line


def _threshold(gate: Gate, found: dict[str, list[list[Found]]], most_lost: float) -> float:
    threshold = 0.0
    for kind, documents in found.items():
        if kind in UNBOUND:
            continue
        required = sum(line.required for document in documents for line in document)
        lost = 0
        for level, line in sorted(_levels(gate, documents), key=lambda pair: pair[0]):
            lost += line.right
            if lost > most_lost * required:
                threshold = min(threshold, level)
                break
    return round(threshold - 0.005, 2)


def _figures(gate: Gate, documents: Iterable[Iterable[Found]]) -> dict[str, float]:
    words = dismissed = required = right = lost = 0
    for level, line in _levels(gate, documents):
        size = len(line.text.split())
        words += size
        required += line.required
        right += line.right
        if level < gate.threshold:
            dismissed += size
            lost += line.right
    share = max(1, required)
    return {
        "words": words,
        "dismissed": round(dismissed / max(1, words), 4),
        "recall": round(right / share, 4),
        "recall lost": round(lost / share, 5),
    }
