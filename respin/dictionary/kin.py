"""Kin of the entries that are known: pairs that their families make likely, for a person to judge.

A spinner's list is made of groups of words that mean alike, so where one entry is known its kin
mostly follow. Nothing here is right by rule: the proposals are for reading, most usual heads first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from respin.dictionary import families
from respin.dictionary.file import MAX_TOKENS, Group
from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.lint import Severity, check_group
from respin.text.tokens import model_word, tokenize

if TYPE_CHECKING:
    from respin.lm.ngram_model import Model


class Kin(NamedTuple):
    """A proposed pair: ``why`` names the rule, ``of`` the entry that it comes from."""

    head: str
    variant: str
    why: str
    of: str


class Vocabulary:
    """How usual wordings are, by a model's words without their context."""

    def __init__(self, model: Model) -> None:
        from respin.lm.ngram_model import CLASSES

        self._model = model
        words = np.arange(model.vocabulary_size, dtype=np.int32)
        self._scores = model.score(np.full((len(words), model.order - 1), -1, np.int32), words)
        self._classes = CLASSES

    def _ids(self, phrase: str) -> list[int]:
        words = [(model_word(token.text, token.form), token.text[:1].isupper()) for token in tokenize(phrase)]
        return [self._model.word_id(*word) for word in words]

    def knows(self, phrase: str) -> bool:
        """Whether the model knows every word of a phrase by itself, not only by its class."""
        ids = self._ids(phrase)
        return bool(ids) and all(self._model.word(word) not in self._classes for word in ids)

    def usual(self, phrase: str) -> float:
        """ln P of a phrase, its words after each other; the context before it is unknown."""
        ids = self._ids(phrase)
        reach = self._model.order - 1
        total = float(self._scores[ids[0]]) if ids else -99.0
        if len(ids) > 1:
            windows = [([-1] * reach + ids[:at])[-reach:] for at in range(1, len(ids))]
            total += float(self._model.score(np.array(windows, np.int32), np.array(ids[1:], np.int32)).sum())
        return total


def propose(dictionary: Dictionary, model: Model) -> list[Kin]:
    """All kin of a dictionary's entries that it lacks, the most usual heads first; each pair once."""
    vocabulary = Vocabulary(model)
    pairs = families.pairs_of(dictionary)
    spelled = {phrase_key(phrase): phrase for _, g in dictionary for phrase in (g.head, *g.variants)}
    seen: set[tuple[str, str]] = set()
    found: list[Kin] = []
    for rule in families.RULES:
        for head, variant, of in rule(pairs, vocabulary.knows):
            # Keys stay keys: that of "it's" is no phrase by itself.
            key = head if head in spelled else phrase_key(head), variant if variant in spelled else phrase_key(variant)
            if key in seen or key[0] == key[1] or key[1] in pairs.get(key[0], ()):
                continue
            seen.add(key)
            head, variant = spelled.get(key[0], head), spelled.get(key[1], variant)
            if head.count(" ") < MAX_TOKENS and vocabulary.knows(head) and vocabulary.knows(variant):
                faults = check_group(Group(head, (variant,)))
                if not any(fault.severity is Severity.ERROR for fault in faults):
                    found.append(Kin(head, variant, rule.__name__, of))
    usual = {head: vocabulary.usual(head) for head in dict.fromkeys(kin.head for kin in found)}
    return sorted(found, key=lambda kin: -usual[kin.head])


RULES: Final = tuple(rule.__name__ for rule in families.RULES)


def describe(found: Sequence[Kin], limit: int | None = None) -> Iterator[str]:
    """Proposals as lines of a dictionary, grouped by head, each below the entries that it comes from."""
    groups: dict[str, list[Kin]] = defaultdict(list)
    for kin in found:
        groups[kin.head].append(kin)
    for head, proposals in list(groups.items())[:limit]:
        sources = "; ".join(dict.fromkeys(f"{kin.why}: {kin.of}" for kin in proposals[:4]))
        yield f"# {sources}"
        yield f"{head}: {', '.join(kin.variant for kin in proposals)}"


def about(found: Iterable[Kin], words: Sequence[str]) -> list[Kin]:
    """Those proposals that have one of the words as their head or variant."""
    keys = set(map(phrase_key, words))
    return [kin for kin in found if not keys.isdisjoint((phrase_key(kin.head), phrase_key(kin.variant)))]
