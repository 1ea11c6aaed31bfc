"""Score many words after many contexts that share their last words, looking up shared n-grams once.

A back-off model knows few long n-grams. What it says of a word after three others it mostly says after
the last two or one of them as well. So contexts stand in a tree: the *parent* of a context is what is left
of it without its earliest word. A word is looked up after each context's parent first, and after the context
only where the model knows both the context and the word after its parent. The results are those of `Model.score`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from respin.lm.ngram_table import BLOCK, PLACE, Hashes, Ids, NgramTable, Room, Scores, place_hash

Ints = NDArray[np.int64]


class ContextTree:
    """Contexts and what the model knows of them; made by `Model.tree`, which says what the arguments are."""

    def __init__(
        self,
        probs: Scores,
        backoffs: Scores,
        tables: Sequence[NgramTable],
        words: Sequence[Ids],
        parents: Sequence[Ints],
    ) -> None:
        self._probs, self._tables = probs, tables
        self._room = Room(BLOCK, 0)
        self._hashes = [place_hash(words[0], 0)]
        self._backoffs = [backoffs.take(words[0])]
        self._held = [np.ones(len(words[0]), np.bool_)]
        """Which contexts of each length the model holds."""
        for length, table in enumerate(tables[:-1], 1):
            hashes = self._hashes[-1][parents[length]]
            hashes += place_hash(words[length], length)
            backoff, held = self._look_up(table, hashes, is_context=True)
            backoff *= held
            self._hashes.append(hashes)
            self._backoffs.append(backoff)
            self._held.append(held)

    @property
    def tells(self) -> NDArray[np.bool_]:
        """Of the longest contexts: whether words may score otherwise after them than after their parents."""
        return self._held[-1]

    def score(self, words: Ids, contexts: Sequence[Ints], parents: Sequence[Ints]) -> Scores:
        """ln P of words after their longest contexts.

        A pair of a word and a context has a parent, too: the pair of that word and the context's parent.

        Args:
            words: to be scored.
            contexts: of the pairs with contexts of each length, the numbers of these contexts.
            parents: of the pairs with contexts of each length, the numbers of their parents; for contexts
                of one word, the numbers of the words.
        """
        scores = self._probs.take(words)
        present = np.ones(len(words), np.bool_)
        for length, table in enumerate(self._tables):
            context, parent = contexts[length], parents[length]
            scores, words = scores[parent], words[parent]
            scores += self._backoffs[length][context]
            asked = np.flatnonzero(present[parent] & self._held[length][context])
            sums = self._hashes[length][context[asked]]
            sums += words[asked].astype(np.uint64)
            sums *= PLACE[0]
            found_scores, found = self._look_up(table, sums)
            asked = asked[found]
            scores[asked] = found_scores[found]
            present = np.zeros(len(scores), np.bool_)
            present[asked] = True
        return scores

    def _look_up(
        self, table: NgramTable, sums: Hashes, *, is_context: bool = False
    ) -> tuple[Scores, NDArray[np.bool_]]:
        """ln P of n-grams, or the back-off weights of contexts, and which are held."""
        scores, held = np.empty(len(sums), np.float32), np.empty(len(sums), np.bool_)
        for first in range(0, len(sums), BLOCK):
            part = slice(first, first + BLOCK)
            values, found = table.find(sums[part], self._room)
            held[part] = found
            scores[part] = table.backoffs(values, self._room) if is_context else table.probs(values, self._room)
        return scores, held
