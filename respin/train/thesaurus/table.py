"""Make the table of word pairs: what a thesaurus spinner may have written for which more usual word."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.thesaurus import KIND, STEPS
from respin.lm.container import write_container
from respin.lm.ngram_model import Model
from respin.train.thesaurus.forms import Forms
from respin.train.thesaurus.wordnet import FOLDER, WordNet, read_wordnet

RATE: Final = 0.3
"""Share of the words that have synonyms which a spinner of this kind replaces."""
_SAME_SENSE: Final = -1.5
"""Of a synonym, nats: spinners draw from lists of their own, which have some of WordNet's synonyms."""
_SIMILAR: Final = -2.5
_OTHER_ENDING: Final = -3.0
"""Added where the ending of the spun word does not agree with that of the original."""
_RARER: Final = 1.5
"""How much rarer than the word that is read an original may be, nats: spinners replace usual words."""
_USUAL: Final = -11.0
"""ln P of a word from which on its inflections are also paired with endings that do not agree."""
_PHRASE: Final = -13.0
"""What stands for ln P of a phrase."""
_MOST: Final = 12
"""Most originals of a word: those that are likeliest where nothing is known of the context."""
_UNKNOWN: Final = ("<unk>", "<unk-ing>", "<unk-ed>", "<unk-ly>", "<unk-s>", "<name>", "<acronym>")

Pairs = dict[str, dict[str, float]]
"""Word or phrase to the originals it may stand for, each with ln P(word | original)."""


def make_thesaurus(model: Model, output: Path, folder: Path = FOLDER, progress: Callable[[str], None] = print) -> int:
    """Write the table for the words of a model, and return its size in bytes.

    Raises:
        TrainingError: WordNet's files are missing or wrong.
    """
    wordnet = read_wordnet(folder)
    progress(f"{len(wordnet.synonyms):,} words with synonyms")
    pairs = find_pairs(wordnet, model)
    size = write_thesaurus(pairs, output, profile="thesaurus", notice=wordnet.notice)
    progress(f"{sum(map(len, pairs.values())):,} pairs of {len(pairs):,} words, {size:,} bytes")
    return size


def find_pairs(wordnet: WordNet, model: Model) -> Pairs:
    """The pairs whose original the model knows, so that it can be judged where it stands."""
    unknown = frozenset(map(model.word_id, _UNKNOWN))

    def is_known(word: str) -> bool:
        return model.word_id(word) not in unknown

    @cache
    def log_probability(phrase: str) -> float:
        if " " in phrase:
            return _PHRASE
        return float(model.score(np.full((1, model.order - 1), -1), np.array([model.word_id(phrase)]))[0])

    forms = Forms(wordnet.irregular, is_known)
    usual = {phrase: log_probability(phrase) for _, phrase in wordnet.synonyms}
    pairs: Pairs = defaultdict(dict)
    for (part, original), synonyms in wordnet.synonyms.items():
        if not all(map(is_known, original.split(" "))):
            continue
        heads = {
            ending: form for ending, form in forms.of(part, original).items() if all(map(is_known, form.split(" ")))
        }
        log_share = math.log(RATE / len(synonyms))
        for synonym, has_sense in synonyms.items():
            if usual[original] < usual.get(synonym, _PHRASE) - _RARER:
                continue
            cost = log_share + (_SAME_SENSE if has_sense else _SIMILAR)
            for ending, variant in forms.of(part, synonym).items():
                for head_ending, head in heads.items():
                    agrees = ending == head_ending
                    if variant == head or not (agrees or (usual[original] > _USUAL and " " not in variant + head)):
                        continue
                    total = cost if agrees else cost + _OTHER_ENDING
                    if total > pairs[variant].get(head, -math.inf):
                        pairs[variant][head] = total
    return {
        variant: dict(sorted(heads.items(), key=lambda item: (-item[1] - log_probability(item[0]), item[0]))[:_MOST])
        for variant, heads in pairs.items()
        if heads
    }


def write_thesaurus(pairs: Mapping[str, Mapping[str, float]], output: Path, *, profile: str, notice: str) -> int:
    """Write pairs as a file of `respin.dictionary.thesaurus`, and return its size in bytes."""
    words = sorted(
        {*pairs, *(head for heads in pairs.values() for head in heads)}, key=lambda word: word.encode("utf-8")
    )
    number = {word: index for index, word in enumerate(words)}
    spellings = [word.encode("utf-8") for word in words]
    rows = [pairs.get(word, {}) for word in words]
    costs = [-log_channel * STEPS for row in rows for log_channel in row.values()]
    sections: dict[str, NDArray[Any]] = {
        "words": np.frombuffer(b"".join(spellings), np.uint8),
        "word_starts": np.cumsum([0, *map(len, spellings)], dtype=np.uint32),
        "first_pair": np.cumsum([0, *map(len, rows)], dtype=np.uint32),
        "originals": np.array([number[head] for row in rows for head in row], np.uint32),
        "costs": np.clip(np.rint(costs), 0, 255).astype(np.uint8),
    }
    return write_container(output, KIND, {"profile": profile, "notice": notice}, sections)
