"""The n-gram states of a search graph: the last words that a reading may have at each place.

A state of n words at a place is made of an edge into the place and, where that has fewer words, of a
shorter state at the edge's source. So all states of all places are found together, those of one word
first, then of two, and so on; each but the first goes on from a *parent*, which lacks its earliest word.

What the model says of a word depends on the last words only, and often on fewer than it may. So words are
scored along the parents: once for each *pair* of a state and an edge that leaves its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from respin.lm.context_tree import ContextTree
    from respin.lm.ngram_model import Model

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]


@dataclass(slots=True)
class Edges:
    """The edges between places, by source; edges with the same source stand together."""

    source: Ints
    target: Ints
    size: Ints
    """Its words."""
    first_word: Ints
    words: Ints
    places: int
    """Number of places."""
    first: Ints = field(init=False)
    """The first edge of each place."""
    count: Ints = field(init=False)
    """The edges of each place."""

    def __post_init__(self) -> None:
        self.count = np.bincount(self.source, minlength=self.places)
        self.first = np.cumsum(self.count) - self.count

    def arcs(self, reach: int, opening: int) -> Doubles:
        """About how many pairs of a longest state and an edge there are at most at each place.

        The first ``opening`` places begin a segment.
        """
        ways: list[Doubles] = [np.ones(self.places)]
        for count in range(1, reach + 1):
            # Each edge brings as many states as there are of what it leaves room for.
            rest = np.choose(np.minimum(self.size, count) - 1, [way[self.source] for way in reversed(ways)])
            ways.append(total_by(self.target, rest, self.places))
            ways[-1][:opening] = 1
        return ways[-1] * self.count


class Pairs(NamedTuple):
    """Pairs of a state and an edge that leaves its place."""

    state: Ints
    edge: Ints
    parent: Ints
    """The pair of the state's parent and the same edge."""
    first: Ints
    """The first pair of each state."""

    @classmethod
    def of(cls, place: Ints, parent_pair: Ints, edges: Edges) -> Pairs:
        """The pairs of states at these places; ``parent_pair`` is the first pair of each state's parent."""
        counts = edges.count[place]
        ends = np.cumsum(counts)
        first = ends - counts
        number = np.arange(ends[-1])
        state = np.repeat(np.arange(len(place)), counts)
        edge = np.repeat(edges.first[place] - first, counts)
        parent = np.repeat(parent_pair - first, counts)
        edge += number
        parent += number
        return cls(state, edge, parent, first)


class States:
    """The states of all places, and of the longest ones the *nodes*: those that the model tells apart.

    Args:
        edges: between the places.
        opening: places without edges that lead there.
        before: the words before each of these, the last one first: one array for each word of a state.
        model: tells which states it takes for their parents.
    """

    def __init__(self, edges: Edges, opening: Ints, before: Sequence[Ints], model: Model) -> None:
        self._edges, self._model = edges, model
        self._bits, self._reach = word_bits(model), len(before)
        everything = np.arange(len(edges.source))
        self._levels = [Pairs(edges.source, everything, everything, edges.first)]
        """Of the states of no word, which are the places; of one word; and so on, but for the longest."""
        self._keys: list[Ints] = [np.arange(edges.places)]
        """Of these states: the place, then the words, the last one first; sorted."""
        words: list[NDArray[np.int32]] = []
        parents: list[Ints] = []
        number = everything
        for count in range(1, self._reach + 1):
            keys, number = self._lengthen(count, opening, before[:count])
            parent = keys >> self._bits if count == 1 else np.cumsum(_is_new(keys >> self._bits)) - 1
            words.append((keys & ((1 << self._bits) - 1)).astype(np.int32))
            parents.append(parent)
            if count < self._reach:
                places = keys >> (self._bits * count)
                self._levels.append(Pairs.of(places, self._levels[-1].first[parent], edges))
        self._tree: ContextTree = model.tree(words, parents)
        self._merge(parents[-1])
        self.target = self._node[number[len(opening) :]][self._arcs.parent]
        """The node to which each arc leads: shape (arcs,)."""

    def _lengthen(self, count: int, opening: Ints, before: Sequence[Ints]) -> tuple[Ints, Ints]:
        """Find the states of ``count`` words from those of one word less.

        Returns:
            the keys of the states, sorted, each once; and for the opening places, then for each pair of a
            shorter state and an edge, the number of the state that it leads to (of the longest states only).
        """
        edges, bits = self._edges, self._bits
        into, opening_keys = edges.target, opening
        for back in range(1, count + 1):
            last = edges.words[edges.first_word + np.maximum(edges.size - back, 0)]
            last[edges.size < back] = 0
            into = (into << bits) | last
            opening_keys = (opening_keys << bits) | before[back - 1]
        # What an edge has not enough words for comes from the state before it.
        pairs, shorter = self._levels[-1], self._keys[-1] & ((1 << (bits * (count - 1))) - 1)
        keys = into[pairs.edge]
        if count > 1:
            keys |= shorter[pairs.state] >> (bits * (np.minimum(edges.size, count) - 1))[pairs.edge]
        keys = np.concatenate((opening_keys, keys))
        number = keys
        if count == self._reach:
            order = np.argsort(keys)
            keys = keys[order]
            is_new = _is_new(keys)
            number = np.empty_like(keys)
            number[order] = np.cumsum(is_new) - 1
            keys = keys[is_new]
        else:
            keys.sort()
            keys = keys[_is_new(keys)]
        self._keys.append(keys)
        return keys, number

    def _merge(self, parent: Ints) -> None:
        """Make one node of the longest states that the model does not tell from each other: those of one ``parent``."""
        tells, places = self._tree.tells, self._keys[-1] >> (self._bits * self._reach)
        alike = np.flatnonzero(~tells)
        is_first = _is_new(parent[alike])
        is_node = tells.copy()
        is_node[alike[is_first]] = True
        self._node = np.cumsum(is_node) - 1
        """Of each longest state."""
        self._node[alike] = self._node[alike[is_first]][np.cumsum(is_first) - 1]
        shown = np.flatnonzero(is_node)
        """A state of each node."""
        self.place = places[shown]
        """Of each node, ascending: shape (nodes,)."""
        self._arcs = Pairs.of(self.place, self._levels[-1].first[parent[shown]], self._edges)
        self._contexts = [*(level.state for level in self._levels[1:]), shown[self._arcs.state]]
        self.source, self.edge = self._arcs.state, self._arcs.edge
        """Of each arc, which is a pair of a node and an edge: shape (arcs,) each."""
        self.first_arc = self._arcs.first
        """Of each node: shape (nodes,)."""

    def nodes(self, place: Ints, before: Sequence[Ints]) -> Ints:
        """The nodes of the states with these words, the last one first."""
        keys = place
        for words in before:
            keys = (keys << self._bits) | words
        return self._node[np.searchsorted(self._keys[-1], keys)]

    def score(self) -> Doubles:
        """ln P of the words of each arc under the model, nats: shape (arcs,)."""
        edges = self._edges
        scores = self._tree.score(
            edges.words[edges.first_word].astype(np.int32),
            self._contexts,
            [*(level.parent for level in self._levels[1:]), self._arcs.parent],
        ).astype(np.float64)
        scores += self._later_words()[self._arcs.parent]
        return scores

    def _later_words(self) -> Doubles:
        """ln P of all words of an edge but the first, for the pairs of the arcs' parents: shape (pairs,).

        A word that is so many words into an edge depends on as many words less of the state before it.
        """
        edges, bits, reach = self._edges, self._bits, len(self._levels)
        mask = (1 << bits) - 1
        asked: list[tuple[int, Ints]] = []
        contexts: list[NDArray[np.int32]] = []
        words: list[Ints] = []
        for number in range(1, int(edges.size.max(initial=0))):
            count = max(0, reach - number)
            pairs, keys = self._levels[count], self._keys[count]
            chosen = np.flatnonzero(edges.size[pairs.edge] > number)
            first = edges.first_word[pairs.edge[chosen]]
            state = keys[pairs.state[chosen]]
            context = np.empty((reach, len(chosen)), np.int32)
            for place in range(count):
                context[place] = (state >> (bits * place)) & mask
            for place in range(count, reach):
                context[place] = edges.words[first + (number - reach + place)]
            asked.append((count, chosen))
            contexts.append(context)
            words.append(edges.words[first + number])
        found = np.zeros(len(edges.source))
        scores: Any = np.zeros(0)
        if asked:
            scores = self._model.score(np.concatenate(contexts, axis=1).T, np.concatenate(words).astype(np.int32))
        pieces = np.split(scores.astype(np.float64), np.cumsum([len(chosen) for _, chosen in asked])[:-1])
        for count, level in enumerate(self._levels):
            if count:
                found = found[level.parent]
            for (other, chosen), piece in zip(asked, pieces, strict=False):
                if other == count:
                    found[chosen] += piece
        return found


def order_by(groups: Ints) -> Ints:
    """The order of members by group, those of one group in their own: a stable argsort, in a fraction of its time.

    Args:
        groups: of each member, in [0, 2^31).
    """
    keys = groups << 32
    keys |= np.arange(len(groups))
    keys.sort()
    keys &= (1 << 32) - 1
    return keys


def total_by(groups: Ints, values: Doubles, count: int) -> Doubles:
    """The sums of the values of each of ``count`` groups."""
    return np.bincount(groups, values, count).astype(np.float64, copy=False)


def word_bits(model: Model) -> int:
    """Bits of a word in a key."""
    return max(1, (model.vocabulary_size - 1).bit_length())


def _is_new(values: Ints) -> NDArray[np.bool_]:
    """Of sorted values: which differ from the one before."""
    is_new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new
