"""Learn which words, and pairs of words, speak for a thesaurus: the table of `respin.engine.suspicion`.

Logistic regression, trained by AdaGrad (Duchi et al. 2011) on lines of three kinds: clean ones, ones that are
spun by the newsroom profile, both to be left alone, and ones that are spun by the profiles to be found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.file import Group, Profile
from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import OTHERS
from respin.dictionary.thesaurus import Thesaurus
from respin.engine.suspicion import KIND, slots
from respin.engine.words import Words
from respin.errors import TrainingError
from respin.lm.container import write_container
from respin.lm.ngram_model import Model
from respin.train.corpus import read_lines
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import read_annotated

_DOCUMENT: Final = 6
"""Lines that are spun as one document."""
_BITS: Final = 15
"""Slots of pairs: 2 to this power."""
_STEP: Final = 1 / 24
"""A step of weight, nats."""
_EPOCHS: Final = 6
_BATCH: Final = 1024
_RATE: Final = 0.08
_DECAY: Final = 4e-7
_LEAST: Final = 6
"""Fewest words of a line that is learned from."""

Ids = NDArray[np.int64]


def train_suspicion(
    texts: Sequence[str], output: Path, model: Model, lines: int, seed: int = 1, progress: Callable[[str], None] = print
) -> None:
    """Write the table for the words of a model, learned from clean texts, one paragraph a line.

    Args:
        texts: files, see `respin.train.corpus`.
        lines: how many are taken, evenly from all texts.
        seed: of the spinning and of the order.

    Raises:
        InputError: a text can't be read.
        TrainingError: there is too little text.
    """
    documents = list(_documents(texts, max(1, lines // max(1, len(texts)))))
    np.random.default_rng(seed).shuffle(documents)
    words = Words(Dictionary(), model)
    features: list[Ids] = []
    labels: list[bool] = []
    spinners = _spinners(seed)
    for number, document in enumerate(documents):
        spinner, is_sought = spinners[number % len(spinners)]
        spun = document if spinner is None else [read_annotated(line)[0] for line in spinner.document(document, number)]
        for line in spun:
            ids = np.array([word.id for word in words.read(line)[0]], np.uint32)
            if len(ids) >= _LEAST:
                pairs = slots(ids, np.uint32(32 - _BITS)).astype(np.int64) + model.vocabulary_size
                features.append(np.concatenate([ids.astype(np.int64), pairs]))
                labels.append(is_sought)
    if len(set(labels)) < 2:
        raise TrainingError("too little text: there must be some hundred lines of at least six words")
    progress(f"{len(labels):,} lines, {sum(labels):,} of them to be found")
    weights, bias = fit(features, np.array(labels, float), model.vocabulary_size + (1 << _BITS), seed, progress)
    steps = np.clip(np.rint(weights / _STEP), -127, 127).astype(np.int8)
    header = {"step": _STEP, "bias": round(bias / _STEP), "words_checksum": model.words_checksum}
    sections = {"words": steps[: model.vocabulary_size], "pairs": steps[model.vocabulary_size :]}
    progress(f"{write_container(output, KIND, header, sections):,} bytes")


def fit(
    features: Sequence[Ids], labels: NDArray[np.float64], count: int, seed: int, progress: Callable[[str], None]
) -> tuple[NDArray[np.float64], float]:
    """Weights of the features, and the bias, of a logistic regression.

    Args:
        features: of each line the numbers of what is in it, repeated as often as it is.
        labels: of each line 1 or 0.
        count: number of features.
    """
    random = np.random.default_rng(seed)
    weights, squares, bias = np.zeros(count), np.full(count, 1e-8), 0.0
    sizes = np.array([len(line) for line in features])
    for epoch in range(_EPOCHS):
        loss = 0.0
        order = random.permutation(len(features))
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            index = np.concatenate([features[line] for line in batch])
            row = np.repeat(np.arange(len(batch)), sizes[batch])
            sums = np.bincount(row, weights[index], len(batch)) + bias
            share = 1.0 / (1.0 + np.exp(-sums))
            error = share - labels[batch]
            loss -= float(np.log(np.where(labels[batch] > 0, share, 1.0 - share) + 1e-12).sum())
            gradient = np.bincount(index, error[row], count) / len(batch)
            seen = np.flatnonzero(gradient)
            gradient[seen] += _DECAY * weights[seen]
            squares[seen] += gradient[seen] ** 2
            weights[seen] -= _RATE * gradient[seen] / np.sqrt(squares[seen])
            bias -= 0.02 * float(error.mean())
        progress(f"epoch {epoch + 1}: loss {loss / len(features):.4f} nats a line")
    return weights, bias


def _documents(texts: Sequence[str], lines: int) -> Iterator[list[str]]:
    for text in texts:
        taken = islice(read_lines(text), lines)
        while document := [line.rstrip("\n") for line in islice(taken, _DOCUMENT)]:
            yield document


def _spinners(seed: int) -> list[tuple[Spinner | None, bool]]:
    """Who spins which document in turn, and whether that is to be found."""
    rules = SpinRules(unspun=0.0, known=0.7, rates=(0.2, 0.7))
    by_list = Spinner(Dictionary.load(OTHERS), rules, seed)
    by_thesaurus = Spinner(thesaurus_groups(Thesaurus.open()), rules, seed)
    newsroom = Spinner(Dictionary.load(), seed=seed)
    clean: tuple[None, bool] = (None, False)
    return [
        *(clean, (by_list, True), clean, (by_thesaurus, True)),
        *((newsroom, False), (by_list, True), clean, (by_list, True)),
    ]


def thesaurus_groups(thesaurus: Thesaurus) -> Dictionary:
    """A thesaurus as groups to spin by: each word with those that may be written for it."""
    variants: dict[str, list[str]] = defaultdict(list)
    for form in thesaurus.forms():
        for origin in thesaurus.origins(form):
            variants[origin.head].append(form)
    groups = [Group(head, tuple(forms[:60])) for head, forms in variants.items()]
    dictionary = Dictionary()
    dictionary.add(Profile(thesaurus.profile, rate=0.3, repeat=0.7), groups)
    return dictionary
