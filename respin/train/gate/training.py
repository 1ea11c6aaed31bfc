"""From lessons to a gate's file: weights, what earlier lines count, and thresholds.

Documents that were held out, spun in all kinds, set the thresholds: the highest at which no kind loses more of its
recall than it may, most of that behind its first lines and the rest in them or before. A document that looks
spun by its first lines loses nothing behind them.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from math import inf
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.index import variant_keys
from respin.dictionary.shipped import checksums, shipped
from respin.engine.gate import (
    CHECKED,
    MAGIC,
    PREFIX,
    SETTINGS,
    VERSION,
    Gate,
    Pair,
    Settings,
    Weights,
    hash_of,
)
from respin.engine.gatekeeper import COLD, COLD_NEWSROOM, LOOK, MOST_SURE
from respin.errors import TrainingError
from respin.files.write import write_atomically
from respin.train.gate.fit import UNIT, fit, of_logistic, short_of_evidence
from respin.train.gate.lessons import Found, Lesson, lessons

_LENGTH, _POWER = 20.0, 0.5
_DRIFTS, _SHARES, _MOST = (0.0, 2.0, 4.0, 6.0, 8.0), (0.5, 1.0, 2.0, 4.0), 40.0
_KINDS: Final = (
    ("rate .2", "rate .3", "rate .5", "full", "a quarter of the lines", "half of the lines, rate .4"),
    ("lists of other families", "WordNet"),
)
"""Of each family."""
_UNLISTED, _UNLISTED_LEAD = -4.0, -2.0
"""Thresholds of the other families among the first lines, and before any was read, where newsroom has no chance either,
nats. Annotated passages of spinners whose words are not listed lose nothing at -3.5, and 3 of 287 repairs at -3.0; the
first of their lines with something to repair came to -1.5."""
_BEHIND, _AMONG = 0.8, 0.05
"""How much of what may be lost may be lost behind the first lines, and how much among them; what these leave may be
lost in the lines before them."""
_WITHIN = 0.1
"""How much of it may be lost in lines of articles that look spun."""
_STEP, _LOWEST = 0.1, -40.0
"""Thresholds of newsroom before any line was read that are tried, from its other one down."""

Floats = NDArray[np.float64]
Held = dict[str, list[list[Found]]]
"""Kind to documents."""


def train_gate(
    texts: Sequence[str],
    output: Path,
    *,
    every: int = 1,
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
    plain = [
        Settings(UNIT, bias, _LENGTH, _POWER, 0.0, 0.0, _MOST, 0.0, 0.0, 0.0, -inf) for *_, bias in (newsroom, others)
    ]
    weights = (newsroom[:2], others[:2])
    variants = _variants()
    dictionaries = checksums()
    held: Held = {kind: [document[kind] for document in lesson.held_out] for kind in lesson.held_out[0]}
    pair = plain[0], plain[1]
    judged = _Judged(Gate(pair, weights, variants, dictionaries), held, most_lost)
    settings = judged.settings(pair)
    record = {kind: judged.figures(settings, kind) for kind in held}
    for kind, figures in record.items():
        progress(f"{kind}: {figures}")
    about = {"texts": [Path(text).name for text in texts], "every": every, "seed": seed, "held out": record}
    size = write_gate(output, settings, weights, variants, dictionaries, json.dumps(about).encode("ascii"))
    progress(f"{len(lesson.evidence):,} stretches, {len(sizes):,} lines, {size:,} bytes")


def update_gate(path: Path) -> int:
    """Write a gate's file anew for today's shipped dictionaries: wordings that they got since are let through.

    What it has learned stays. Without this the dictionaries are looked through at each start.

    Returns:
        how many wordings these are.

    Raises:
        ModelError: the file is no intact gate.
        OSError: it can't be written.
    """
    gate = Gate.open(path)
    later = sorted(key for key in _keys() if not gate.knows(key))
    write_gate(path, gate.settings, gate.weights, gate.variants, checksums(), gate.about, later)
    return len(later)


def write_gate(
    path: Path,
    settings: Pair,
    weights: tuple[Weights, Weights],
    variants: array[int],
    dictionaries: dict[str, int],
    about: bytes,
    later: Sequence[str] = (),
) -> int:
    """Write a file and return its size in bytes.

    Args:
        later: keys of wordings that the dictionaries got after the training.
    """
    stored = array("I", variants)
    if sys.byteorder == "big":
        stored.byteswap()
    (words, pairs), (other_words, other_pairs) = weights
    lines = [*(f"{name} {crc}" for name, crc in dictionaries.items()), *later]
    body = b"".join(
        [
            *(SETTINGS.pack(*values) for values in settings),
            *(words, pairs, other_words, other_pairs, stored.tobytes()),
            *(f"{line}\n".encode() for line in lines),
            about,
        ]
    )
    shape = len(words).bit_length() - 1, len(pairs).bit_length() - 1, len(variants), len(dictionaries), len(later)
    prefix = PREFIX.pack(MAGIC, VERSION, 0, *shape)
    crc = zlib.crc32(prefix[CHECKED:] + body)
    written = PREFIX.pack(MAGIC, VERSION, crc, *shape) + body
    write_atomically(path, written)  # the old one may be mapped into memory
    return len(written)


def _keys() -> set[str]:
    """The keys of all variants in the shipped dictionaries."""
    return {key for path in shipped().values() for key in variant_keys(path)}


def _variants() -> array[int]:
    return array("I", sorted({hash_of(key) for key in _keys()}))


class _Verdicts(NamedTuple):
    """Of each line: shape (documents, lines)."""

    by_newsroom: NDArray[np.bool_]
    """Whether newsroom reads it."""
    by_others: NDArray[np.bool_]
    first: NDArray[np.bool_]
    """Whether it is one of those up to the last that comes before newsroom's gate closes."""


class _Judged:
    """What a gate says of the lines of held-out documents, all of as many lines."""

    def __init__(self, gate: Gate, held: Held, most_lost: float) -> None:
        self._most_lost = most_lost
        self._values: dict[str, Floats] = {}
        """Of each kind: shape (families, documents, lines)."""
        self._counts: dict[str, NDArray[np.int64]] = {}
        """Words, spans to change and those that the repair put right: shape (3, documents, lines)."""
        self._stays_open: dict[str, NDArray[np.bool_]] = {}
        """Whether a document looks spun by its first lines: shape (documents,)."""
        for kind, documents in held.items():
            self._values[kind] = np.array([[gate.line(line.text) for line in lines] for lines in documents]).transpose(
                2, 0, 1
            )
            counts = [[(len(line.text.split()), line.required, line.right) for line in lines] for lines in documents]
            self._counts[kind] = np.array(counts).transpose(2, 0, 1)
            self._stays_open[kind] = np.array([lines[0].looks_spun for lines in documents])

    def settings(self, plain: Pair) -> Pair:
        """The settings with which most words of one long clean text are dismissed, family by family."""
        found: list[Settings] = []
        for family, settings in enumerate(plain):
            ways = (settings._replace(drift=drift, share=share) for drift, share in product(_DRIFTS, _SHARES))
            tried = [self._fitted(way, family) for way in ways]
            found.append(max(tried, key=partial(self._dismissed_of_stream, family=family)))
        newsroom, others = found
        others = others._replace(first=_UNLISTED, lead=_UNLISTED_LEAD)
        newsroom = newsroom._replace(within=self._highest(newsroom, 0, self._most_lost * _WITHIN, within=True))
        first = newsroom.threshold
        while first > _LOWEST and self._loses(newsroom._replace(first=first, lead=first), others, among_first=True):
            first -= _STEP
        lead = newsroom.threshold
        newsroom = newsroom._replace(first=round(first, 2))
        while lead > first and self._loses(newsroom._replace(lead=lead), others):
            lead -= _STEP
        return newsroom._replace(lead=round(lead, 2)), others

    def _fitted(self, settings: Settings, family: int) -> Settings:
        """With the highest threshold at which no kind of a family loses more than it may behind its first lines."""
        return settings._replace(threshold=self._highest(settings, family, self._most_lost * _BEHIND))

    def _highest(self, settings: Settings, family: int, share: float, *, within: bool = False) -> float:
        """The highest threshold at which no kind of a family loses more than a share of its recall.

        It is for the lines behind the first ones of documents that do not look spun by these, or ``within`` those
        that do.
        """
        threshold = 100.0
        for kind in _KINDS[family]:
            _, required, right = self._counts[kind]
            passed = np.broadcast_to((self._stays_open[kind] == within)[:, None], right.shape).copy()
            passed[:, :LOOK] = False
            lost = np.where(passed, right, 0).ravel()
            levels = self._levels(settings, family, kind).ravel()
            order = np.argsort(levels)
            at = int(np.searchsorted(np.cumsum(lost[order]), share * required.sum(), side="right"))
            if at < len(order):
                threshold = min(threshold, float(levels[order[at]]))
        return round(threshold - 0.005, 2)

    def _dismissed_of_stream(self, settings: Settings, family: int) -> int:
        """Words that a family would dismiss of all clean documents, one after the other as if they were one."""
        words, *_ = self._counts["clean"]
        levels = self._levels(settings, family, "clean", as_one=True)
        return int(words.reshape(levels.shape)[levels < settings.threshold].sum())

    def _loses(self, *settings: Settings, among_first: bool = False) -> bool:
        """Whether any kind loses more than it may, in all or among its first lines."""
        for kind in (kind for kinds in _KINDS for kind in kinds):
            _, required, right = self._counts[kind]
            lost, share = self._unread(settings, kind), 1.0
            if among_first:
                lost, share = lost & self._verdicts(settings, kind).first, _AMONG
            if right[lost].sum() > share * self._most_lost * required.sum():
                return True
        return False

    def _levels(self, settings: Settings, family: int, kind: str, *, as_one: bool = False) -> Floats:
        values = self._values[kind][family]
        if as_one:
            values = values.reshape(1, -1)
        kept = np.zeros(len(values))
        levels: Floats = np.empty_like(values)
        for line in range(values.shape[1]):
            value = values[:, line]
            levels[:, line] = value + settings.share * kept
            grown = np.clip(kept + value + settings.drift, 0.0, settings.most)
            kept = np.where(np.isfinite(value), grown, kept)
        return levels

    def _verdicts(self, settings: Sequence[Settings], kind: str) -> _Verdicts:
        """What becomes of the lines of a kind, as `respin.engine.gatekeeper` has it."""
        words, *_ = self._counts[kind]
        ours, theirs = settings
        newsroom, others = (self._levels(values, family, kind) for family, values in enumerate(settings))
        is_long = words > MOST_SURE
        leads = np.logical_and.accumulate((newsroom < ours.lead) & (others < theirs.lead) & ~is_long, axis=1)
        first = np.arange(leads.shape[1]) - leads.sum(1)[:, None] < LOOK
        is_cold = (newsroom < ours.threshold) & (others < theirs.threshold)
        opens = self._stays_open[kind][:, None] & ~_closed(
            is_cold & ~first, COLD if kind in _KINDS[1] else COLD_NEWSROOM
        )
        behind = newsroom >= np.where(opens, min(ours.within, ours.threshold), ours.threshold)
        by_newsroom = ~leads & np.where(first, newsroom >= ours.first, behind)
        by_others = np.where(first, (others >= theirs.first) | is_long, (others >= theirs.threshold) | opens) & ~leads
        return _Verdicts(by_newsroom, by_others, first)

    def _unread(self, settings: Sequence[Settings], kind: str) -> NDArray[np.bool_]:
        """The lines of a kind that its family does not read."""
        verdicts = self._verdicts(settings, kind)
        return ~verdicts.by_newsroom if kind in _KINDS[0] else ~verdicts.by_others

    def figures(self, settings: Pair, kind: str) -> dict[str, float]:
        """What settings do to a kind of text."""
        words, required, right = self._counts[kind]
        verdicts = self._verdicts(settings, kind)
        unread, dismissed = self._unread(settings, kind), ~(verdicts.by_newsroom | verdicts.by_others)
        share = max(1, int(required.sum()))
        return {
            "words": int(words.sum()),
            "dismissed": round(float(words[dismissed].sum() / max(1, words.sum())), 4),
            "first lines": round(float(dismissed[:, 0].mean()), 4),
            "recall": round(float(right.sum() / share), 4),
            "recall lost": round(float(right[unread].sum() / share), 5),
        }


def _closed(is_cold: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Before which lines a gate has closed that does so behind ``most`` cold ones: shape (documents, lines)."""
    closed = np.zeros_like(is_cold)
    for line in range(most, is_cold.shape[1]):
        closed[:, line:] |= is_cold[:, line - most : line].sum(1)[:, None] == most
    return closed
