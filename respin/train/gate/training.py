"""From lessons to a gate's file: weights, what earlier lines count, and thresholds.

Documents that were held out, spun in all kinds, set the thresholds: the highest at which no kind loses more of its
recall than it may. Where speed is asked for, text that was hardly spun may lose more.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.file import read
from respin.dictionary.index import phrase_key
from respin.dictionary.shipped import shipped
from respin.engine.gate import CHECKED, MAGIC, PREFIX, SETTINGS, VERSION, Gate, Pair, Settings, Weights, hash_of
from respin.errors import TrainingError
from respin.train.gate.fit import UNIT, fit, of_logistic, short_of_evidence
from respin.train.gate.lessons import Found, Lesson, lessons

_LENGTH, _POWER = 20.0, 0.5
_DRIFTS, _SHARES, _MOST = (0.0, 2.0, 4.0, 6.0, 8.0), (0.5, 1.0, 2.0, 4.0), 40.0
_KINDS: Final = (
    # of each family: kinds, and how many times the loss that is allowed they may lose with care, and with speed
    {
        "rate .2": (1.0, 50.0),
        "rate .3": (1.0, 50.0),
        "rate .5": (1.0, 20.0),
        "half of the lines, rate .4": (1.0, 50.0),
        "rate .8": (1.0, 2.0),
        "full": (1.0, 1.0),
        "a quarter of the lines": (1.0, 1.0),
    },
    {"lists of other families": (1.0, 10.0), "WordNet": (1.0, 10.0)},
)
_POINTS: Final = ("with care", "with speed")

Floats = NDArray[np.float64]
Held = dict[str, list[list[Found]]]
"""Kind to documents."""


def train_gate(
    texts: Sequence[str],
    output: Path,
    *,
    every: int = 16,
    most_lost: float = 0.001,
    seed: int = 11,
    jobs: int = 1,
    progress: Callable[[str], None] = print,
) -> None:
    """Write the gate for the shipped dictionaries, model and weights. The number of processes makes no difference.

    Args:
        texts: clean text, one paragraph a line.
        every: one of so many documents of a dozen lines is taken.
        most_lost: most recall that any kind of spun text may lose on documents held out, in [0, 1].
        seed: of the spinning and of the order.

    Raises:
        InputError: a text can't be read.
        TrainingError: there is too little text.
    """
    lesson = Lesson()
    for number, taught in enumerate(lessons(texts, every, seed, jobs)):
        lesson.add(taught)
        if number % 500 == 499:
            progress(f"{number + 1:,} documents read")
    if not lesson.held_out or not lesson.evidence or not any(lesson.is_other):
        raise TrainingError("too little text: there must be some hundred lines")
    stretches = np.frombuffer(lesson.sizes, np.uint32).astype(np.int64)
    newsroom = fit(
        np.frombuffer(lesson.forms, np.uint32),
        stretches,
        np.frombuffer(lesson.evidence, np.float64),
        np.ones(len(stretches)),
        short_of_evidence,
        seed,
        progress,
    )
    sizes = np.frombuffer(lesson.line_sizes, np.uint32).astype(np.int64)
    others = fit(
        np.frombuffer(lesson.line_forms, np.uint32),
        sizes,
        np.frombuffer(lesson.is_other, np.uint8).astype(np.float64),
        np.minimum(1.0, _LENGTH / np.maximum(1, sizes)) ** _POWER,
        of_logistic,
        seed,
        progress,
        has_bias=True,
    )
    plain = [Settings(UNIT, bias, _LENGTH, _POWER, 0.0, 0.0, _MOST, 0.0) for *_, bias in (newsroom, others)]
    weights = (newsroom[:2], others[:2])
    variants = _variants()
    dictionaries = {name: zlib.crc32(path.read_bytes()) for name, path in shipped().items()}
    held: Held = {kind: [document[kind] for document in lesson.held_out] for kind in lesson.held_out[0]}
    pair = plain[0], plain[1]
    judged = _Judged(Gate((pair, pair), weights, variants, dictionaries), held, most_lost)
    careful, fast = (judged.settings(pair, point) for point in range(len(_POINTS)))
    record = {
        name: {kind: judged.figures(settings, kind) for kind in held}
        for name, settings in zip(_POINTS, (careful, fast), strict=True)
    }
    for name, found in record.items():
        for kind, figures in found.items():
            progress(f"{name}, {kind}: {figures}")
    about = {"texts": [Path(text).name for text in texts], "every": every, "seed": seed, "held out": record}
    size = write_gate(output, (careful, fast), weights, variants, dictionaries, about)
    progress(f"{len(lesson.evidence):,} stretches, {len(sizes):,} lines, {size:,} bytes")


def write_gate(
    path: Path,
    settings: tuple[Pair, Pair],
    weights: tuple[Weights, Weights],
    variants: array[int],
    dictionaries: dict[str, int],
    about: Any,
) -> int:
    """Write a file and return its size in bytes."""
    stored = array("I", variants)
    if sys.byteorder == "big":
        stored.byteswap()
    (words, pairs), (other_words, other_pairs) = weights
    body = b"".join(
        [
            *(SETTINGS.pack(*values) for pair in settings for values in pair),
            *(words, pairs, other_words, other_pairs, stored.tobytes()),
            *(f"{name} {crc}\n".encode("ascii") for name, crc in dictionaries.items()),
            json.dumps(about).encode("ascii"),
        ]
    )
    shape = len(words).bit_length() - 1, len(pairs).bit_length() - 1, len(variants), len(dictionaries)
    prefix = PREFIX.pack(MAGIC, VERSION, 0, *shape)
    crc = zlib.crc32(prefix[CHECKED:] + body)
    return path.write_bytes(PREFIX.pack(MAGIC, VERSION, crc, *shape) + body)


def _variants() -> array[int]:
    keys = {phrase_key(variant) for path in shipped().values() for group in read(path)[1] for variant in group.variants}
    return array("I", sorted({hash_of(key) for key in keys}))


class _Judged:
    """What a gate says of the lines of held-out documents, all of as many lines."""

    def __init__(self, gate: Gate, held: Held, most_lost: float) -> None:
        self._most_lost = most_lost
        self._values: dict[str, Floats] = {}
        """Of each kind: shape (families, documents, lines)."""
        self._counts: dict[str, NDArray[np.int64]] = {}
        """Words, spans to change and those that the repair put right: shape (3, documents, lines)."""
        for kind, documents in held.items():
            self._values[kind] = np.array([[gate.line(line.text) for line in lines] for lines in documents]).transpose(
                2, 0, 1
            )
            counts = [[(len(line.text.split()), line.required, line.right) for line in lines] for lines in documents]
            self._counts[kind] = np.array(counts).transpose(2, 0, 1)

    def settings(self, plain: Pair, point: int) -> Pair:
        """The settings with which most clean words are dismissed at a point, family by family."""
        found: list[Settings] = []
        for family, settings in enumerate(plain):
            ways = (settings._replace(drift=drift, share=share) for drift, share in product(_DRIFTS, _SHARES))
            tried = [self._fitted(way, found, point) for way in ways]
            words, *_ = self._counts["clean"]
            found.append(max(tried, key=lambda one: words[self._levels(one, family, "clean") < one.threshold].sum()))
        return found[0], found[1]

    def _fitted(self, settings: Settings, before: Sequence[Settings], point: int) -> Settings:
        """With the highest threshold at which no kind of a family loses more than it may.

        Args:
            before: the settings of the families before: what they let through is not lost.
        """
        family, threshold = len(before), 100.0
        for kind, times in _KINDS[family].items():
            _, required, right = self._counts[kind]
            lost = np.where(self._dismissed(before, kind), right, 0).ravel()
            levels = self._levels(settings, family, kind).ravel()
            order = np.argsort(levels)
            most = times[point] * self._most_lost * required.sum()
            at = int(np.searchsorted(np.cumsum(lost[order]), most, side="right"))
            if at < len(order):
                threshold = min(threshold, float(levels[order[at]]))
        return settings._replace(threshold=round(threshold - 0.005, 2))

    def _levels(self, settings: Settings, family: int, kind: str) -> Floats:
        values = self._values[kind][family]
        kept = np.zeros(len(values))
        levels: Floats = np.empty_like(values)
        for line in range(values.shape[1]):
            value = values[:, line]
            levels[:, line] = value + settings.share * kept
            grown = np.clip(kept + value + settings.drift, 0.0, settings.most)
            kept = np.where(np.isfinite(value), grown, kept)
        return levels

    def _dismissed(self, settings: Sequence[Settings], kind: str) -> NDArray[np.bool_]:
        """The lines of a kind that all of the first families would dismiss."""
        dismissed = np.ones(self._counts[kind].shape[1:], np.bool_)
        for family, values in enumerate(settings):
            dismissed &= self._levels(values, family, kind) < values.threshold
        return dismissed

    def figures(self, settings: Pair, kind: str) -> dict[str, float]:
        """What settings do to a kind of text."""
        words, required, right = self._counts[kind]
        dismissed = self._dismissed(settings, kind)
        share = max(1, int(required.sum()))
        return {
            "words": int(words.sum()),
            "dismissed": round(float(words[dismissed].sum() / max(1, words.sum())), 4),
            "recall": round(float(right.sum() / share), 4),
            "recall lost": round(float(right[dismissed].sum() / share), 5),
        }
