"""Train a topic model: contexts from clean text, heads from the same text spun here, into one file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from respin.dictionary.index import Dictionary
from respin.engine.repairer import SHIPPED_MODEL, Repairer
from respin.engine.topic import DIMENSIONS, KIND, TopicModel
from respin.engine.weights import Weights
from respin.errors import TrainingError
from respin.lm.container import write_container
from respin.lm.ngram_model import Model
from respin.train.corpus import Measure, read_lines, unmeasured
from respin.train.lm.encode import LINE_END
from respin.train.lm.model import ModelSettings, Report, encode_texts, silent, stream_pieces
from respin.train.lm.vocabulary import word_numbers
from respin.train.spin import Spinner, SpinRules
from respin.train.topics.contexts import learn_contexts, topic_rows
from respin.train.topics.heads import collect, fit_heads, in_documents

_DOCUMENT_LINES: Final = 8
_EDIT: Final = -0.7
"""Weight of an edit while examples are collected: readings that are edits come out level with what is kept."""
_RULES: Final = SpinRules(unspun=0.1, known=1.0)


def train_topics(
    texts: Sequence[str],
    output: Path,
    documents: int,
    progress: Report = silent,
    seed: int = 99,
    measure: Measure = unmeasured,
) -> int:
    """Train on ``texts``, for the shipped language model and dictionaries; return the size of the file in bytes.

    Args:
        texts: clean text, one paragraph a line.
        output: the file.
        documents: about how many documents of eight lines are spun; they are taken evenly from all texts.
        progress: told what is done.
        measure: told how much of the texts is read.
        seed: of the spinning.

    Raises:
        InputError: a text can't be read.
        TrainingError: there is too little text.
    """
    model = Model.open(SHIPPED_MODEL)
    with tempfile.TemporaryDirectory(prefix="respin-train-") as name:
        encoded = encode_texts(texts, Path(name), ModelSettings(), progress, measure)
        vocabulary = [model.word(word_id) for word_id in range(model.vocabulary_size)]
        numbers = word_numbers(encoded.spellings, vocabulary)

        def streams() -> Iterator[tuple[NDArray[np.int32], NDArray[np.bool_]]]:
            for path in encoded.files:
                for piece in stream_pieces(path):
                    yield numbers[piece], piece == LINE_END
                progress(f"{path.stem}: counted pairs")

        lines = int(encoded.counts[LINE_END])
        occurrences = np.bincount(numbers, encoded.counts, model.vocabulary_size).astype(np.int64)
        rows = topic_rows(model, occurrences)
        if rows.max() < 0:
            raise TrainingError("too little text: no word occurs often enough")
        contexts = learn_contexts(rows, streams(), DIMENSIONS)
    progress("vectors of contexts are learnt")
    table, context_unit = _quantise(contexts.vectors - contexts.mean)
    sections: dict[str, NDArray[Any]] = {
        "rows": (rows + 1).astype(np.uint16),
        "contexts": table,
        "heads": np.zeros_like(table),
    }
    header: dict[str, Any] = {
        "words": model.words_checksum,
        "context_unit": context_unit,
        "head_unit": 1.0,
        "about": {"texts": [Path(text).name for text in texts], "documents": documents, "seed": seed},
    }
    repairer = Repairer(Dictionary.load(), model, Weights.load()._replace(edit=_EDIT, topic=0.0))
    every = max(1, lines // (_DOCUMENT_LINES * documents))
    chosen = (
        document
        for text in texts
        for number, document in enumerate(in_documents(read_lines(text), _DOCUMENT_LINES))
        if number % every == every // 2
    )
    spinner = Spinner(repairer.dictionary, _RULES, seed)
    examples = collect(repairer, TopicModel(header, sections), spinner, chosen, progress)
    if not examples.right:
        raise TrainingError("too little text: nothing that is spun here is in doubt")
    heads = fit_heads(examples, contexts.vectors, progress)
    sections["heads"], header["head_unit"] = _quantise(heads)
    size = write_container(output, KIND, header, sections)
    progress(f"wrote {output}: {size:,} bytes")
    return size


def _quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], float]:
    """Rows of 8-bit numbers behind one of zeros, and what a step of them is worth."""
    # A few outliers are cut, so that the steps of all others are finer.
    largest = float(np.quantile(np.abs(vectors), 0.9999)) or 1.0
    unit = largest / 127
    rows = np.clip(np.rint(vectors / unit), -127, 127).astype(np.int8)
    return np.concatenate((np.zeros((1, rows.shape[1]), np.int8), rows)), unit
