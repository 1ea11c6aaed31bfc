"""Build the lattice of a line from a dictionary: exact and near variants, and what the rules say of each.

Wordings that are met again share their readings: these are put together once, and a line only
says where it has which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeVar

from respin.dictionary.index import MAX_ORIGINS, Dictionary, Origin
from respin.edits import Reason
from respin.engine import rules
from respin.engine.fuzzy import FuzzyIndex, Near
from respin.engine.lattice import Lattice, LatticeSpan, Spans
from respin.engine.readings import Pieces, Reading, Readings
from respin.engine.weights import Weights
from respin.engine.words import Word, Words
from respin.text.case import is_capitals
from respin.text.tokens import Token, tokenize

if TYPE_CHECKING:
    from respin.engine.article_memory import Names
    from respin.engine.topic import TopicModel
    from respin.lm.ngram_model import Model

_ATTACHED: Final = ("'s", "-")
"""Forms that stand on the word before them without a space."""

_MAX_CACHE: Final = 1 << 13

_K = TypeVar("_K")
_V = TypeVar("_V")


class LatticeBuilder:
    """Builds lattices with one dictionary, one model and one set of weights.

    ``keep`` are words and phrases that are never touched. A variant has ``most_origins`` readings at most,
    the likeliest. With ``near`` spans that nearly are a variant are read, too.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        model: Model,
        weights: Weights,
        *,
        keep: frozenset[str] = frozenset(),
        topics: TopicModel | None = None,
        most_origins: int = MAX_ORIGINS,
        near: bool = True,
    ) -> None:
        self.dictionary = dictionary
        self.model = model
        self.weights = weights
        self._topics = topics
        self._most_origins = most_origins
        self._topic_step = weights.topic * topics.unit if topics is not None else 0.0
        self.words = Words(dictionary, model)
        self._fuzzy = FuzzyIndex(dictionary, self.words.is_known) if near else None
        if self._fuzzy is not None:
            self.words.is_suspect = self._fuzzy.is_suspect
        self._near: dict[tuple[Reason, str, str, str, str], Pieces] = {}
        self._sums: dict[tuple[Readings, Readings], Readings] = {}
        self._heads: dict[str, tuple[list[Token], tuple[int, ...]]] = {}
        self._hyphen_rules = tuple(dict.fromkeys(profile.hyphens for profile in dictionary.profiles.values()))
        self._keep: dict[str, list[list[str]]] = {}
        for phrase in keep:
            forms = [token.form for token in tokenize(phrase)]
            if forms:
                self._keep.setdefault(forms[0], []).append(forms)

    def bare(self, line: str) -> Lattice:
        """The lattice of a line in which all stays as it is; see `build`."""
        words, starts = self.words.read(_quiet(line) if line.isupper() else line)
        if self._keep:
            words = self._shield_kept(words)
        lattice = Lattice(line, words, starts, [word.id for word in words], self.weights.unknown)
        lattice.topics, lattice.topic_step = self._topics, self._topic_step
        capitals = [index for index, word in enumerate(words) if word.capital]
        lattice.names = [
            left
            for left, right in pairwise(capitals)
            if right == left + 1 and starts[right] == starts[left] + len(words[left].text) + 1
        ]
        return lattice

    def build(self, line: str, names: Names | None = None) -> Lattice:
        """The lattice of a line (any text without a line break; its end mark may stand on it).

        ``names`` are those that the article has shown so far.
        """
        lattice = self.bare(line)
        words = lattice.words
        if _is_foreign(words):
            return lattice
        spans: Spans = {}
        heads = self._add_exact(words, spans, lattice.charges)
        if self._fuzzy is not None:
            self._add_near(self._fuzzy.matches(words), words, spans)
        lattice.spans = sorted(spans.values(), key=_start)
        if names and lattice.names:
            rules.names(lattice, names, self.weights)
        if heads:
            rules.long_heads(lattice, heads, self.weights)
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
                        other.chargeable = False
        return shielded

    def _add_exact(self, words: list[Word], spans: Spans, charges: dict[int, float]) -> list[rules.LongHead]:
        """Add the spans of all variants, and charge the heads of one word that stand in the line.

        Returns:
            the heads of several words: token range, and ln P(kept).
        """
        count = len(words)
        hyphens = [index for index, word in enumerate(words) if word.hyphen]
        by_hyphen = {near for index in hyphens for near in (index - 1, index + 1)}
        heads = []
        for start, word in enumerate(words):
            step = word.root
            if step is None:
                continue
            end = start + 1
            # What the rules say of one word; nearly all are free to be edited.
            rule = self._rule_cost(words, start, end) if word.fixed or start in by_hyphen else 0.0
            while True:
                if step.origins is not None and rule is not None:
                    article = words[start - 1].article if start else ""
                    cost = rule if end == start + 1 else self._rule_cost(words, start, end)
                    if cost is not None and len(self._hyphen_rules) > 1 and rules.touches_hyphen(words, start, end):
                        for rule_name, found in self._by_hyphen_rule(step.origins):
                            pieces = self._pieces(words[start:end], found, self.weights.edit, article)
                            self._add(spans, start, end, pieces, self._rule_cost(words, start, end, rule_name))
                    else:
                        known = step.pieces.get(article)
                        if known is None:
                            known = self._pieces(words[start:end], step.origins, self.weights.edit, article)
                            step.pieces[article] = known
                        self._add(spans, start, end, known, cost)
                if step.log_kept is not None and word.chargeable:
                    if end > start + 1:
                        heads.append((start, end, step.log_kept))
                    elif rule == 0.0:
                        charges[start] = rules.kept_head(step.log_kept, self.weights)
                if end == count or not step.next:
                    break
                form = words[end].form
                onward = step.next.get(form)
                if onward is None:
                    break
                step = self.words.trie.onward(step, form, onward) if isinstance(onward, list) else onward
                end += 1
        return heads

    def _by_hyphen_rule(self, origins: Iterable[Origin]) -> Iterator[tuple[str, list[Origin]]]:
        """Origins parted by what their profiles say of words that touch a hyphen."""
        parted: dict[str, list[Origin]] = {}
        for origin in origins:
            parted.setdefault(self.dictionary.profiles[origin.profile].hyphens, []).append(origin)
        yield from parted.items()

    def _add_near(self, found: Iterable[Near], words: list[Word], spans: Spans) -> None:
        """Add the spans that nearly are a variant."""
        for near in found:
            span = words[near.start : near.end]
            article = words[near.start - 1].article if near.start else ""
            text = " ".join([word.text for word in span])
            for rule_name, origins in self._by_hyphen_rule(near.origins):
                slot = (near.reason, near.variant, text, article, rule_name)
                pieces = self._near.get(slot)
                if pieces is None:
                    penalty = self.weights.edit + self.weights.fuzzy * near.distance
                    pieces = self._pieces(span, origins, penalty, article, near.reason, near.variant)
                    _remember(self._near, slot, pieces)
                self._add(spans, near.start, near.end, pieces, self._rule_cost(words, near.start, near.end, rule_name))

    def _add(self, spans: Spans, start: int, end: int, pieces: Pieces, rule: float | None) -> None:
        """Add what of a span may change, if the ``rule`` lets it change."""
        if rule is None:
            return
        for left, right, readings in pieces:
            bounds = start + left, end - right
            other = spans.get(bounds)
            spans[bounds] = _span((*bounds, readings, rule)) if other is None else self._sum(other, readings, rule)

    def _sum(self, span: LatticeSpan, readings: Readings, rule: float) -> LatticeSpan:
        """A span with readings of another entry that changes the same words."""
        if rule != span.rule:
            more = rule - span.rule
            return span._replace(readings=_added_up([*span.readings.all, *(_dearer(r, more) for r in readings.all)]))
        slot = (span.readings, readings)
        found = self._sums.get(slot)
        if found is None:
            found = _added_up([*span.readings.all, *readings.all])
            _remember(self._sums, slot, found)
        return _span((span.start, span.end, found, span.rule))

    def _pieces(
        self,
        spun: list[Word],
        found: Sequence[Origin],
        bonus: float,
        article: str,
        reason: Reason = Reason.EXACT,
        variant: str = "",
    ) -> Pieces:
        """What the heads ``found`` for the words ``spun`` change of them, behind an ``article`` (or ``""``)."""
        weights = self.weights
        if len(found) > self._most_origins:
            found = sorted(found, key=lambda origin: -origin.log_channel)[: self._most_origins]
        forms, texts = [word.form for word in spun], [word.text for word in spun]
        pieces: dict[tuple[int, int], list[tuple[str, tuple[int, ...], float, str]]] = {}
        for origin in found:
            tokens, head_ids = self._head(origin.head)
            left, right = _common(forms, [token.form for token in tokens])
            end = len(tokens) - right
            head = origin.head[tokens[left].start : tokens[end - 1].end]
            if [head] == texts[left : len(texts) - right]:
                continue  # a near variant may lead back to the very word
            words = head_ids[left:end]
            cost = weights.channel * origin.log_channel + bonus + weights.unknown * self.words.count_unknown(words)
            cost += rules.article(forms[left - 1] if left else article, head, weights)
            pieces.setdefault((left, right), []).append((head, words, cost, origin.profile))
        made: list[tuple[int, int, Readings]] = []
        for (left, right), ways in pieces.items():
            made.append((left, right, _added_up([_reading((*way, reason, variant)) for way in ways])))
        return tuple(made)

    def _head(self, head: str) -> tuple[list[Token], tuple[int, ...]]:
        """The tokens of a head and their ids in the model."""
        found = self._heads.get(head)
        if found is None:
            tokens = [Token(0, len(head), head, head.lower())] if head.isascii() and head.isalpha() else tokenize(head)
            found = tokens, tuple(map(self.words.id, tokens))
            _remember(self._heads, head, found)
        return found

    def _rule_cost(self, words: list[Word], start: int, end: int, hyphens: str | None = None) -> float | None:
        """What the rules of case and hyphen say of editing a span; ``None``: never.

        ``hyphens`` is the rule of the profile (`Profile.hyphens`); by default the strictest of those loaded.
        """
        span = words[start:end]
        if any(word.fixed for word in span):
            return None
        kinds = self._hyphen_rules if hyphens is None else (hyphens,)
        return rules.inner_capital(span, self.weights) + rules.hyphen(words, start, end, kinds, self.weights)


def _is_foreign(words: Sequence[Word]) -> bool:
    """Whether a line is in another language: most of its words are unknown, four at least."""
    unknown = sum([word.unknown for word in words])
    return unknown > 3 and 2 * unknown > sum([word.written for word in words])


def _quiet(line: str) -> str:
    """A line as it is read: one in capitals throughout says nothing by them."""
    lower = line.lower()
    return lower if len(lower) == len(line) and is_capitals(line) else line


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


_start: Final = itemgetter(0)
_reading: Final = partial(tuple.__new__, Reading)
_span: Final = partial(tuple.__new__, LatticeSpan)
"""A span of a tuple of its fields, made without a call of Python code: there is one for every other word."""


def _remember(cache: dict[_K, _V], key: _K, value: _V) -> None:
    """Put a value into a cache; all is forgotten when it is full."""
    if len(cache) >= _MAX_CACHE:
        cache.clear()
    cache[key] = value
