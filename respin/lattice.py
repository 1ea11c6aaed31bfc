"""The lattice of a line: for each span that is, or nearly is, a variant, an edge per head.

A lattice holds every reading of a line. Each token has an edge that keeps it; a span that
is a variant has one more edge for each head that it may stand for. Edges carry the model's
word ids of what they put in place of the span, and the channel's log probability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from respin.dictionary import Dictionary, Origin
from respin.fuzzy import FuzzyIndex
from respin.text import HYPHEN, Token, article_agrees, is_camel, is_name_pair, is_shouted, model_word, tokenize
from respin.weights import Weights

if TYPE_CHECKING:
    from respin.memory import Names
    from respin.model import Model

MAX_ORIGINS: Final = 16
"""Most edges for one span; the heads with the best channel probability stay."""

_MAX_DIFFERENCES: Final = 1 << 16

_ATTACHED: Final = ("'s", "-")
"""Forms that stand on the word before them without a space."""

_UNKNOWN_CLASSES: Final = ("<unk>", "<unk-ing>", "<unk-ed>", "<unk-ly>", "<unk-s>", "<name>", "<acronym>")


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


@dataclass(slots=True)
class Lattice:
    """All readings of one line."""

    line: str
    tokens: list[Token]
    keep: list[int]
    """The model's word id of each token as it stands."""
    keep_cost: list[float]
    """What keeping each token costs a spun reading, nats, at most 0."""
    base_cost: list[float]
    """What the token as it stands costs any reading (a word that the model does not know), nats."""
    edges: dict[int, list[Edge]] = field(default_factory=dict)
    """Start token to the edges that change something; keep edges are implied."""


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
        # Classes that many unlike words share; numbers and marks are as good as known.
        self._unknown = unknown = frozenset(model.word_id(word) for word in _UNKNOWN_CLASSES)
        self._fuzzy = FuzzyIndex(dictionary, lambda word: model.word_id(word) not in unknown) if fuzzy else None
        self._head_words: dict[str, tuple[int, ...]] = {}
        self._differences: dict[tuple[tuple[str, ...], str], tuple[str, tuple[int, ...], int, int]] = {}
        self._keep: dict[str, list[tuple[str, ...]]] = {}
        for phrase in keep:
            words = tuple(token.form for token in tokenize(phrase))
            if words:
                self._keep.setdefault(words[0], []).append(words)

    def build(self, line: str, names: Names | None = None) -> Lattice:
        """The lattice of a line (any text without a line break; its end mark may stand on it).

        ``names`` are those that the article has shown so far.
        """
        tokens = tokenize(line)
        if self._keep:
            tokens = self._shield_kept(tokens)
        word_id, unknown = self.model.word_id, self._unknown
        keep, base = [], []
        for token in tokens:
            word = word_id(model_word(token.text, token.form), token.text[:1].isupper())
            keep.append(word)
            base.append(self.weights.unknown if word in unknown else 0.0)
        lattice = Lattice(line, tokens, keep, [0.0] * len(tokens), base)
        self._add_exact(lattice)
        if self._fuzzy is not None:
            for near in self._fuzzy.matches(tokens, [word in unknown for word in keep]):
                penalty = self.weights.edit + self.weights.fuzzy * near.distance
                self._add_edges(lattice, near.start, near.end, near.origins, penalty, near.reason)
        if names:
            self._favour_names(lattice, names)
        self._charge_kept_heads(lattice)
        return lattice

    def _shield_kept(self, tokens: list[Token]) -> list[Token]:
        """The tokens, with those of kept words and phrases shielded from any edit."""
        shielded = list(tokens)
        for start, token in enumerate(tokens):
            for words in self._keep.get(token.form, ()):
                end = start + len(words)
                if tuple(other.form for other in tokens[start:end]) == words:
                    shielded[start:end] = [replace(other, shielded=True) for other in tokens[start:end]]
        return shielded

    def head_words(self, head: str) -> tuple[int, ...]:
        """The model's word ids of a head; remembered, as there are only so many heads."""
        words = self._head_words.get(head)
        if words is None:
            words = self._head_words[head] = tuple(
                self.model.word_id(model_word(t.text, t.form), t.text[:1].isupper()) for t in tokenize(head)
            )
        return words

    def _add_exact(self, lattice: Lattice) -> None:
        longest, origins = self.dictionary.longest_variant, self.dictionary.origins
        tokens = lattice.tokens
        count = len(tokens)
        for start, token in enumerate(tokens):
            most = longest.get(token.form)
            if most is None:
                continue
            key = token.form
            end = start + 1
            while True:
                found = origins.get(key)
                if found is not None:
                    self._add_edges(lattice, start, end, found, self.weights.edit, "exact")
                if end - start >= most or end >= count:
                    break
                key += " " + tokens[end].form
                end += 1

    def _add_edges(
        self, lattice: Lattice, start: int, end: int, found: list[Origin], bonus: float, reason: str
    ) -> None:
        rule = self._rule_cost(lattice, start, end)
        if rule is None:
            return
        weights, unknown = self.weights, self._unknown
        tokens = lattice.tokens
        if len(found) > MAX_ORIGINS:
            found = sorted(found, key=lambda origin: -origin.log_channel)[:MAX_ORIGINS]
        spun = tuple(token.form for token in tokens[start:end])
        for origin in found:
            head, words, left, right = self._difference(spun, origin.head)
            at, to = start + left, end - right
            if head == tokens[at].text and to == at + 1:
                continue
            cost = weights.channel * origin.log_channel + bonus + rule
            for word in words:
                if word in unknown:
                    cost += weights.unknown
            article = tokens[at - 1].form if at else ""
            if article in ("a", "an") and not article_agrees(article, (head,)):
                cost += weights.article
            edges = lattice.edges.setdefault(at, [])
            for index, other in enumerate(edges):
                if other.end == to and other.head == head:
                    # Two entries say the same of these words ("side: facet", "side of: facet of"): add them up.
                    edges[index] = other._replace(cost=_log_add(other.cost, cost))
                    break
            else:
                edges.append(Edge(at, to, head, words, cost, origin.profile, reason))

    def _difference(self, spun: tuple[str, ...], head: str) -> tuple[str, tuple[int, ...], int, int]:
        """What a head changes of a span: the rest of it, its word ids, and the tokens left and right that stay.

        At least one token remains on either side: "within the" for *in the* changes *within* alone.
        """
        key = (spun, head)
        known = self._differences.get(key)
        if known is not None:
            return known
        tokens = tokenize(head)
        words = self.head_words(head)
        left = right = 0
        most = min(len(spun), len(tokens)) - 1
        # "it's" for "it is" shares a word, but not the space after it: only whole words may stay.
        while right < most and spun[-1 - right] == tokens[-1 - right].form:
            if spun[-1 - right] in _ATTACHED or tokens[-1 - right].form == "-" or spun[-2 - right] == "-":
                break
            right += 1
        while left < most - right and spun[left] == tokens[left].form and spun[left + 1] not in _ATTACHED:
            left += 1
        if left and tokens[left].form in _ATTACHED:
            left = 0
        end = len(tokens) - right
        rest = head[tokens[left].start : tokens[end - 1].end]
        if len(self._differences) >= _MAX_DIFFERENCES:
            self._differences.clear()
        known = self._differences[key] = rest, words[left:end], left, right
        return known

    def _favour_names(self, lattice: Lattice, names: Names) -> None:
        """Favour edges that give back a name which the article has also shown unspun."""
        tokens, edges = lattice.tokens, lattice.edges
        last_words: dict[int, set[str]] = {}
        for found in edges.values():
            for edge in found:
                if edge.head is not None:
                    last_words.setdefault(edge.end, set()).add(edge.head.rsplit(" ", 1)[-1].lower())
        for start, found in edges.items():
            if not tokens[start].text[:1].isupper():
                continue
            left: set[str] = set()
            if start and is_name_pair(tokens[start - 1], tokens[start]):
                left = {tokens[start - 1].form} | last_words.get(start, set())
            for index, edge in enumerate(found):
                if edge.head is None:
                    continue
                words = edge.head.lower().split(" ")
                right: set[str] = set()
                if edge.end < len(tokens) and is_name_pair(tokens[edge.end - 1], tokens[edge.end]):
                    right = {tokens[edge.end].form}
                    right.update(e.head.split(" ", 1)[0].lower() for e in edges.get(edge.end, ()) if e.head)
                if any((word, words[0]) in names for word in left) or any((words[-1], word) in names for word in right):
                    found[index] = edge._replace(cost=edge.cost + self.weights.name, reason="name")

    def _rule_cost(self, lattice: Lattice, start: int, end: int) -> float | None:
        """What the profile's rules of case and hyphen say of editing a span; ``None``: never."""
        tokens, line = lattice.tokens, lattice.line
        cost = 0.0
        for index in range(start, end):
            token = tokens[index]
            if token.shielded or is_shouted(token.text) or is_camel(token.text):
                return None
            if index > start:
                if token.text[:1].isupper() and token.form != "i":
                    cost += self.weights.inner_capital
                if line[tokens[index - 1].end : token.start].strip():
                    return None
        first, last = tokens[start], tokens[end - 1]
        touches = (start > 0 and tokens[start - 1].form == HYPHEN and tokens[start - 1].end == first.start) or (
            end < len(tokens) and tokens[end].form == HYPHEN and tokens[end].start == last.end
        )
        if touches and not first.text[:1].isupper():
            cost += self.weights.hyphen
        return cost

    def _charge_kept_heads(self, lattice: Lattice) -> None:
        """Charge each head that stands in the line to the keep edge of its last token.

        A head of several words is charged only if none of its words may be edited: otherwise
        whether it survived depends on the reading, and the charge would not.
        """
        longest, heads = self.dictionary.longest_head, self.dictionary.heads
        tokens, cost = lattice.tokens, lattice.keep_cost
        editable = [False] * (len(tokens) + 1)
        for start, edges in lattice.edges.items():
            for edge in edges:
                for index in range(start, edge.end):
                    editable[index] = True
        factor = self.weights.kept_head
        count = len(tokens)
        for start, token in enumerate(tokens):
            most = longest.get(token.form)
            if most is None or token.shielded or is_shouted(token.text):
                continue
            key = token.form
            end = start + 1
            while True:
                log_kept = heads.get(key)
                if log_kept is not None and "’" not in lattice.line[token.start : tokens[end - 1].end]:
                    charge = factor * log_kept
                    if end == start + 1:
                        if charge < cost[start] and self._rule_cost(lattice, start, end) == 0.0:
                            cost[start] = charge
                    elif charge < cost[end - 1] and not any(editable[start:end]):
                        cost[end - 1] = charge
                if end - start >= most or end >= count:
                    break
                key += " " + tokens[end].form
                end += 1


def _log_add(a: float, b: float) -> float:
    """ln(e^a + e^b)."""
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))
