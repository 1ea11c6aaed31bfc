"""Training the table of suspicions on a little text: a file that opens, tells reworded text, and is the same again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import fmean, median

import pytest

from benchmarks.accuracy import prose_articles
from respin.dictionary.index import Dictionary
from respin.engine.repairer import SHIPPED_MODEL
from respin.engine.suspicion import Suspicion
from respin.engine.words import Words
from respin.errors import InputError, TrainingError
from respin.lm.ngram_model import Model
from respin.train import suspicion
from respin.train.suspicion import train_suspicion

CLEAN = [
    "We use this data to improve the service, and many people say that it helps.",
    "She said the area was too dry, so the farmers began to look for water near the hills.",
    "The doctor told us that it is hard to start, but that most people get better soon.",
    "A large number of children live in the area, and they need help to find a good school.",
    "He said the work was important, but the money would not be enough to begin this year.",
    "They want to keep the old house, so they asked many people to give what they can.",
]
REWORDED = [
    "We utilize this information to upgrade the administration, and numerous individuals state that it helps.",
    "She said the vicinity was excessively dry, so the farmers commenced to search for water near the hills.",
    "The physician informed us that it is troublesome to commence, however that most individuals recover soon.",
    "An enormous number of kids live in the vicinity, and they require assistance to find a decent school.",
    "He stated the work was significant, however the cash would not be sufficient to commence this year.",
    "They need to retain the ancient house, so they requested numerous individuals to provide what they can.",
]


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.open(SHIPPED_MODEL)


@pytest.fixture(scope="module", autouse=True)
def spinners() -> Iterator[None]:
    """Made once: from the whole thesaurus they take nine tenths of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suspicion, "_spinners", cache(suspicion._spinners))
        yield


def silent(message: str) -> None:
    """Say nothing."""


def test_it_writes_a_table_that_tells_reworded_text(tmp_path: Path, model: Model) -> None:
    text = tmp_path / "prose.txt"
    text.write_text("\n".join(line for article in prose_articles() for line in article) * 6, "utf-8")
    outputs = [tmp_path / "table", tmp_path / "again"]
    said: list[str] = []
    for output in outputs:
        train_suspicion([str(text)], output, model, 1_200, progress=said.append)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert any("to be found" in line for line in said)
    losses = [float(line.split()[3]) for line in said if line.startswith("epoch")]
    assert losses[len(losses) // 2 - 1] < losses[0] / 2
    table = Suspicion.open(outputs[0])
    assert table.words_checksum == model.words_checksum
    words = Words(Dictionary(), model)
    # So little text teaches few words, which ones moves with the dictionary: all lines together must be right.
    clean, reworded = (table.of([[word.id for word in words.read(line)[0]] for line in t]) for t in (CLEAN, REWORDED))
    assert fmean(clean) + 0.2 < fmean(reworded)
    assert median(clean) < median(reworded)


def test_too_little_text_is_an_error(tmp_path: Path, model: Model) -> None:
    text = tmp_path / "one.txt"
    text.write_text("One line only, and it is not long enough.\n", "utf-8")
    with pytest.raises(TrainingError, match="too little"):
        train_suspicion([str(text)], tmp_path / "table", model, 100, progress=silent)
    assert not (tmp_path / "table").exists()


def test_a_text_that_is_not_there_is_named(tmp_path: Path, model: Model) -> None:
    with pytest.raises(InputError, match=r"none\.txt"):
        train_suspicion([str(tmp_path / "none.txt")], tmp_path / "table", model, 100, progress=silent)
