"""The lattice of a line: for each span that is, or nearly is, a variant, an edge per head.

A lattice holds every reading of a line. Each token has an edge that keeps it; a span that
is a variant has one more edge for each head that it may stand for. Edges carry the model's
word ids of what they put in place of the span, and the channel's log probability.

Wordings that are met again share their readings: these are put together once, and a line only
says where it has which.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from respin.dictionary import Dictionary, Origin
from respin.fuzzy import FuzzyIndex
from respin.text import Token, article_agrees, tokenize
from respin.weights import Weights
from respin.words import Step, Word, Words

if TYPE_CHECKING:
    from respin.memory import Names
    from respin.model import Model

MAX_ORIGINS: Final = 16
"""Most edges for one span; the heads with the best channel probability stay."""

_ATTACHED: Final = ("'s", "-")
"""Forms that stand on the word before them without a space."""

_MAX_CACHE: Final = 1 << 14

_K = TypeVar("_K")
_V = TypeVar("_V")


class Edge(NamedTuple):
    """A way to read the tokens from ``start`` up to ``end``.

    ``head`` is what they are read as, ``None`` where they are kept. ``words`` are the model's
    ids of that reading, ``cost`` its log probability under the channel and the rules, in nats.
    """

    start: int
    end: int
    head: str | None
    words: tuple[int, ...]
    cost: float
    profile: str = ""
    reason: str = ""


class Reading(NamedTuple):
    """An edge apart from its place."""

    head: str
    words: tuple[int, ...]
    cost: float
    profile: str
    reason: str


class Readings:
    """What a stretch of text may be read as. The numbers are packed, to be joined and read as arrays."""

    __slots__ = ("all", "costs", "lengths", "words")

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.all = readings = tuple(readings)
        self.costs = array("d", [reading.cost for reading in readings]).tobytes()
        self.lengths = array("i", [len(reading.words) for reading in readings]).tobytes()
        self.words = array("i", [word for reading in readings for word in reading.words]).tobytes()


Pieces = tuple[tuple[int, int, Readings], ...]
"""What of a wording may change: the tokens that stay on the left and on the right, and readings of what is between."""


class Span(NamedTuple):
    """A stretch of tokens that may be something else; ``rule`` is what the rules add to each reading's cost, nats."""

    start: int
    end: int
    readings: Readings
    rule: float


Spans = dict[tuple[int, int], Span]
"""The spans of a line by their bounds."""


@dataclass(slots=True)
class Lattice:
    """All readings of one line."""

    line: str
    words: list[Word]
    starts: list[int]
    """Offset of each token into the line."""
    keep: list[int]
    """The model's word id of each token as it stands."""
    unknown: float
    """What a word that the model does not know costs any reading, nats."""
    spans: list[Span] = field(default_factory=list)
    """By start, no two with the same bounds; what is kept is implied."""
    charges: dict[int, float] = field(default_factory=dict)
    """Token to what keeping it costs a spun reading, nats, below 0; all others cost nothing."""
    names: list[int] = field(default_factory=list)
    """Tokens that stand side by side with the next one in a name."""
    _tokens: list[Token] | None = None

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the line."""
        if self._tokens is None:
            self._tokens = [
                Token(start, start + len(word.text), word.text, word.form, word.shielded)
                for word, start in zip(self.words, self.starts, strict=True)
            ]
        return self._tokens

    @property
    def edges(self) -> dict[int, list[Edge]]:
        """Start token to the edges that change something; keep edges are implied."""
        edges: dict[int, list[Edge]] = {}
        for span in self.spans:
            edges.setdefault(span.start, []).extend(span_edges(span))
        return edges

    @property
    def keep_cost(self) -> list[float]:
        """What keeping each token costs a spun reading, nats, at most 0."""
        return [self.charges.get(index, 0.0) for index in range(len(self.words))]

    @property
    def base_cost(self) -> list[float]:
        """What the token as it stands costs any reading (a word that the model does not know), nats."""
        return [self.unknown if word.unknown else 0.0 for word in self.words]

    def thin(self) -> None:
        """Leave out the costlier half of each span's readings, or else of the spans.

        Only a line that was made to be hard has too many.
        """
        is_thinner = False
        for place, span in enumerate(self.spans):
            if len(span.readings.all) > 1:
                ranked = sorted(span.readings.all, key=lambda reading: -reading.cost)
                self.spans[place] = span._replace(readings=Readings(ranked[: len(ranked) // 2]))
                is_thinner = True
        if not is_thinner:
            del self.spans[1::2]

    @property
    def written(self) -> int:
        """Number of words that are no marks."""
        return sum([word.written for word in self.words])

    def offsets(self, first: int, end: int) -> tuple[int, int]:
        """Where a range of tokens stands in the line; it is not empty."""
        return self.starts[first], self.starts[end - 1] + len(self.words[end - 1].text)

    @property
    def name_pairs(self) -> list[tuple[str, str]]:
        """The forms of the tokens that stand side by side in a name."""
        return [(self.words[index].form, self.words[index + 1].form) for index in self.names]


def span_edges(span: Span) -> list[Edge]:
    """The edges of a span."""
    start, end, readings, rule = span
    return [Edge(start, end, r.head, r.words, r.cost + rule, r.profile, r.reason) for r in readings.all]


class LatticeBuilder:
    """Builds lattices with one dictionary, one model and one set of weights.

    ``keep`` are words and phrases that are never touched.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        model: Model,
        weights: Weights,
        *,
        fuzzy: bool = True,
        keep: frozenset[str] = frozenset(),
    ) -> None:
        self.dictionary = dictionary
        self.model = model
        self.weights = weights
        self.words = Words(dictionary, model)
        self._fuzzy: FuzzyIndex | None = None
        if fuzzy:
            self._fuzzy = FuzzyIndex(dictionary, self.words.is_known)
            self.words.is_suspect = self._fuzzy.is_suspect
        self._exact: dict[tuple[Step, str], Pieces] = {}
        self._near: dict[tuple[str, str, str], Pieces] = {}
        self._sums: dict[tuple[Readings, Readings], Readings] = {}
        self._keep: dict[str, list[list[str]]] = {}
        for phrase in keep:
            forms = [token.form for token in tokenize(phrase)]
            if forms:
                self._keep.setdefault(forms[0], []).append(forms)

    def build(self, line: str, names: Names | None = None) -> Lattice:
        """The lattice of a line (any text without a line break; its end mark may stand on it).

        ``names`` are those that the article has shown so far.
        """
        words, starts = self.words.read(line)
        if self._keep:
            words = self._shield_kept(words)
        lattice = Lattice(line, words, starts, [word.id for word in words], self.weights.unknown)
        spans: Spans = {}
        heads = self._add_exact(words, spans)
        if self._fuzzy is not None:
            self._add_near(words, spans, self._fuzzy)
        lattice.spans = sorted(spans.values(), key=_start)
        capitals = [index for index, word in enumerate(words) if word.capital]
        lattice.names = [
            left
            for left, right in pairwise(capitals)
            if right == left + 1 and starts[right] == starts[left] + len(words[left].text) + 1
        ]
        if names and lattice.names:
            self._favour_names(lattice, names)
        if heads:
            self._charge_kept_heads(lattice, heads)
        return lattice

    def _shield_kept(self, words: list[Word]) -> list[Word]:
        """The words, with those of kept words and phrases shielded from any edit."""
        shielded = list(words)
        for start, word in enumerate(words):
            for forms in self._keep.get(word.form, ()):
                end = start + len(forms)
                if [other.form for other in words[start:end]] == forms:
                    for index in range(start, end):
                        shielded[index] = other = copy(words[index])
                        other.shielded = other.fixed = True
        return shielded

    def _add_exact(self, words: list[Word], spans: Spans) -> list[tuple[int, int, float]]:
        """Add the spans of all variants; the heads in the line: token range, and ln P(kept)."""
        count = len(words)
        heads = []
        for start, word in enumerate(words):
            step = word.root
            if step is None:
                continue
            end = start + 1
            while True:
                if step.origins is not None:
                    article = _article_before(words, start)
                    pieces = self._exact.get((step, article))
                    if pieces is None:
                        pieces = self._pieces(words[start:end], step.origins, self.weights.edit, "exact", article)
                        self._exact[step, article] = pieces
                    self._add(words, spans, start, end, pieces)
                if step.log_kept is not None:
                    heads.append((start, end, step.log_kept))
                if end == count or not step.next:
                    break
                onward = step.next.get(words[end].form)
                if onward is None:
                    break
                step = onward
                end += 1
        return heads

    def _add_near(self, words: list[Word], spans: Spans, fuzzy: FuzzyIndex) -> None:
        """Add the spans that nearly are a variant."""
        for near in fuzzy.matches(words):
            span = words[near.start : near.end]
            slot = (near.reason, " ".join([word.text for word in span]), _article_before(words, near.start))
            pieces = self._near.get(slot)
            if pieces is None:
                penalty = self.weights.edit + self.weights.fuzzy * near.distance
                pieces = self._pieces(span, near.origins, penalty, near.reason, slot[2])
                _remember(self._near, slot, pieces)
            self._add(words, spans, near.start, near.end, pieces)

    def _add(self, words: list[Word], spans: Spans, start: int, end: int, pieces: Pieces) -> None:
        """Add what of a span may change, if the rules let it change."""
        rule = self._rule_cost(words, start, end)
        if rule is None:
            return
        for left, right, readings in pieces:
            bounds = start + left, end - right
            other = spans.get(bounds)
            spans[bounds] = Span(*bounds, readings, rule) if other is None else self._sum(other, readings, rule)

    def _sum(self, span: Span, readings: Readings, rule: float) -> Span:
        """A span with readings of another entry that changes the same words."""
        if rule != span.rule:
            more = rule - span.rule
            return span._replace(readings=_added_up([*span.readings.all, *(_dearer(r, more) for r in readings.all)]))
        slot = (span.readings, readings)
        found = self._sums.get(slot)
        if found is None:
            found = _added_up([*span.readings.all, *readings.all])
            _remember(self._sums, slot, found)
        return span._replace(readings=found)

    def _pieces(self, spun: list[Word], found: Sequence[Origin], bonus: float, reason: str, article: str) -> Pieces:
        """What the heads ``found`` for the words ``spun`` change of them, behind an ``article`` (or ``""``)."""
        weights = self.weights
        if len(found) > MAX_ORIGINS:
            found = sorted(found, key=lambda origin: -origin.log_channel)[:MAX_ORIGINS]
        forms, texts = [word.form for word in spun], [word.text for word in spun]
        pieces: dict[tuple[int, int], list[Reading]] = {}
        for origin in found:
            tokens = tokenize(origin.head)
            left, right = _common(forms, [token.form for token in tokens])
            rest = tokens[left : len(tokens) - right]
            head = origin.head[rest[0].start : rest[-1].end]
            if [head] == texts[left : len(texts) - right]:
                continue  # a near variant may lead back to the very word
            words = tuple(map(self.words.id, rest))
            cost = weights.channel * origin.log_channel + bonus + weights.unknown * self.words.count_unknown(words)
            before = forms[left - 1] if left else article
            if before in ("a", "an") and not article_agrees(before, (head,)):
                cost += weights.article
            pieces.setdefault((left, right), []).append(Reading(head, words, cost, origin.profile, reason))
        return tuple((left, right, _added_up(readings)) for (left, right), readings in pieces.items())

    def _favour_names(self, lattice: Lattice, names: Names) -> None:
        """Favour edges that give back a name which the article has also shown unspun."""
        words, spans = lattice.words, lattice.spans
        in_name = frozenset(lattice.names)
        for place, span in enumerate(spans):
            start, end = span.start, span.end
            if not words[start].capital or (start - 1 not in in_name and end - 1 not in in_name):
                continue
            left: set[str] = set()
            right: set[str] = set()
            if start - 1 in in_name:
                before = [reading.head for s in spans if s.end == start for reading in s.readings.all]
                left = {head.rsplit(" ", 1)[-1].lower() for head in before}
                left.add(words[start - 1].form)
            if end - 1 in in_name:
                behind = [reading.head for s in spans if s.start == end for reading in s.readings.all]
                right = {head.split(" ", 1)[0].lower() for head in behind}
                right.add(words[end].form)
            favoured: list[Reading] = []
            for reading in span.readings.all:
                heads = reading.head.lower().split(" ")
                if any((word, heads[0]) in names for word in left) or any((heads[-1], word) in names for word in right):
                    reading = reading._replace(cost=reading.cost + self.weights.name, reason="name")
                favoured.append(reading)
            if favoured != list(span.readings.all):
                spans[place] = span._replace(readings=Readings(favoured))

    def _rule_cost(self, words: list[Word], start: int, end: int) -> float | None:
        """What the profile's rules of case and hyphen say of editing a span; ``None``: never."""
        first = words[start]
        if first.fixed:
            return None
        cost = 0.0
        for index in range(start + 1, end):
            word = words[index]
            if word.fixed:
                return None
            if word.capital and word.form != "i":
                cost += self.weights.inner_capital
        touches = (start > 0 and words[start - 1].hyphen) or (end < len(words) and words[end].hyphen)
        if touches and not first.capital:
            cost += self.weights.hyphen
        return cost

    def _charge_kept_heads(self, lattice: Lattice, heads: list[tuple[int, int, float]]) -> None:
        """Charge each head that stands in the line to the keep edge of its last token.

        A head of several words is charged only if none of its words may be edited: otherwise
        whether it survived depends on the reading, and the charge would not.
        """
        words, charges = lattice.words, lattice.charges
        editable = bytearray(len(words))
        for start, end, _, _ in lattice.spans:
            for index in range(start, end):
                editable[index] = 1
        for start, end, log_kept in heads:
            word = words[start]
            if word.shielded or word.shouted or word.curly:
                continue
            charge = self.weights.kept_head * log_kept
            if charge < charges.get(end - 1, 0.0):
                if end == start + 1:
                    if self._rule_cost(words, start, end) == 0.0:
                        charges[start] = charge
                elif not any(editable[start:end]) and not any(other.curly for other in words[start:end]):
                    charges[end - 1] = charge


def _article_before(words: list[Word], start: int) -> str:
    """The a or an before a token, as its form; else nothing."""
    before = words[start - 1].form if start else ""
    return before if before in ("a", "an") else ""


def _common(spun: Sequence[str], head: Sequence[str]) -> tuple[int, int]:
    """How many words a head shares with what was spun, on the left and on the right: they stay.

    At least one word remains of either: "within the" for *in the* changes *within* alone.
    """
    left = right = 0
    most = min(len(spun), len(head)) - 1
    # "it's" for "it is" shares a word, but not the space after it: only whole words may stay.
    while right < most and spun[-1 - right] == head[-1 - right]:
        if spun[-1 - right] in _ATTACHED or head[-1 - right] == "-" or spun[-2 - right] == "-":
            break
        right += 1
    while left < most - right and spun[left] == head[left] and spun[left + 1] not in _ATTACHED:
        left += 1
    if left and head[left] in _ATTACHED:
        left = 0
    return left, right


def _added_up(readings: Iterable[Reading]) -> Readings:
    """Readings with those joined that say the same ("side: facet", "side of: facet of")."""
    joined: dict[str, Reading] = {}
    for reading in readings:
        other = joined.get(reading.head)
        if other is not None:
            low, high = sorted((other.cost, reading.cost))
            reading = other._replace(cost=high + math.log1p(math.exp(low - high)))
        joined[reading.head] = reading
    return Readings(joined.values())


def _dearer(reading: Reading, more: float) -> Reading:
    return reading._replace(cost=reading.cost + more)


def _start(span: Span) -> int:
    return span.start


def _remember(cache: dict[_K, _V], key: _K, value: _V) -> None:
    """Put a value into a cache; all is forgotten when it is full."""
    if len(cache) >= _MAX_CACHE:
        cache.clear()
    cache[key] = value
