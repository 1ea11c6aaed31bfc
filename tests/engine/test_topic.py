"""The topic of an article: exact sums, readings that fit it, and files that are no topic model."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from respin import Repairer
from respin.engine.topic import DIMENSIONS, KIND, SHIPPED, DocumentTopic, TopicModel, Vector, shipped_topics
from respin.engine.weights import Weights
from respin.errors import ModelError
from respin.lm.container import write_container

WORDS = 50


def sections(seed: int = 1) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(seed)
    tables = random.integers(-127, 128, (2, WORDS, DIMENSIONS)).astype(np.int8)
    tables[:, 0] = 0
    rows = np.arange(WORDS + 10, dtype=np.uint16)
    rows[WORDS:] = 0
    return {"rows": rows, "contexts": tables[0], "heads": tables[1]}


def header() -> dict[str, Any]:
    return {"words": 1, "context_unit": 0.01, "head_unit": 0.02}


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> TopicModel:
    path = tmp_path_factory.mktemp("topics") / "random.respin-topics"
    write_container(path, KIND, header(), sections())
    return TopicModel.open(path)


ids = st.lists(st.integers(0, WORDS + 9), max_size=200)
wording = st.lists(st.integers(0, WORDS + 9), min_size=1, max_size=9)


@given(ids, ids, st.integers(0, 200))
def test_a_topic_is_that_of_its_words_however_they_come(
    topics: TopicModel, words: list[int], more: list[int], cut: int
) -> None:
    at_once, by_parts = DocumentTopic(topics), DocumentTopic(topics)
    at_once.read(words + more)
    by_parts.read((words + more)[:cut])
    by_parts.read((words + more)[cut:])
    assert (at_once.vector == by_parts.vector).all()


@given(st.lists(ids, max_size=4), st.lists(wording, min_size=4, max_size=4))
def test_products_are_whole_and_exact(topics: TopicModel, texts: list[list[int]], lines: list[list[int]]) -> None:
    vectors = [None] * (4 - len(texts)) + [vector_of(topics, text) for text in texts]
    ends = np.cumsum([len(line) for line in lines]).tolist()
    found = topics.products([word for line in lines for word in line], vectors, ends).tolist()
    for line, vector in zip(lines, vectors, strict=True):
        for word in line:
            row = topics.rows_of([word])[0]
            head = topics._heads[row + 1].astype(np.int64)
            assert found.pop(0) == (0 if vector is None else int(head @ vector.astype(np.int64)))


def vector_of(topics: TopicModel, text: list[int]) -> Vector:
    topic = DocumentTopic(topics)
    topic.read(text)
    return topic.vector


def test_no_words_have_no_topic(topics: TopicModel) -> None:
    topic = DocumentTopic(topics)
    topic.read([WORDS + 1, WORDS + 5])
    assert not topic.vector.any()
    assert topics.rows_of([3, WORDS + 1, 10_000]) == [2, -1, -1]


def test_the_shipped_vectors_tell_topics_apart(repairer: Repairer) -> None:
    topics = TopicModel.open(SHIPPED)
    word = repairer.model.word_id

    def fit(reading: str, instead_of: str, text: str) -> float:
        topic = vector_of(topics, [word(form) for form in text.split()])
        read, spun = topics.products([word(reading), word(instead_of)], [topic], [2])
        return float(read - spun) * topics.unit

    feeding = "the baby milk recall left mothers short of infant powder and bottles in shops"
    markets = "shares and bonds fell as the fund sold its stake and the dividend was cut"
    assert fit("investors", "buyers", markets) > 1 > -1 > fit("investors", "buyers", feeding)
    assert fit("shoppers", "buyers", feeding) > 1 > -1 > fit("shoppers", "buyers", markets)


def test_vectors_are_for_the_words_of_one_language_model(repairer: Repairer) -> None:
    assert shipped_topics(repairer.model) is not None
    other = SimpleNamespace(words_checksum=repairer.model.words_checksum + 1)
    assert shipped_topics(other) is None  # type: ignore[arg-type]


def test_at_weight_0_no_topic_is_looked_at(repairer: Repairer) -> None:
    without = Repairer(repairer.dictionary, repairer.model, Weights.load()._replace(topic=0.0))
    assert without.topics is None
    assert without.repair("The mayor stated it on Monday.") == "The mayor said it on Monday."


def damage(change: dict[str, Any], about: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    return {**header(), **(about or {})}, {**sections(), **change}


HOSTILE = {
    "rows beyond the table": damage({"rows": np.full(9, WORDS, np.uint16)}),
    "wide numbers": damage({"heads": np.zeros((WORDS, DIMENSIONS), np.int16)}),
    "half a row": damage({"contexts": np.zeros(DIMENSIONS * WORDS - 1, np.int8)}),
    "another length": damage({"heads": np.zeros((WORDS + 1, DIMENSIONS), np.int8)}),
    "no rows": damage({"heads": np.zeros(0, np.int8), "contexts": np.zeros(0, np.int8)}),
    "a first row": damage({"heads": np.ones((WORDS, DIMENSIONS), np.int8)}),
    "no unit": damage({}, {"head_unit": float("nan")}),
    "a word for a unit": damage({}, {"context_unit": "much"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nonsense_is_rejected(name: str, tmp_path: Path) -> None:
    path = tmp_path / "topics"
    about, parts = HOSTILE[name]
    write_container(path, KIND, about, parts)
    with pytest.raises(ModelError, match="corrupt topic model"):
        TopicModel.open(path)


def test_other_files_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "topics"
    path.write_bytes(b"RESPINLM" + bytes(100))
    with pytest.raises(ModelError, match="not a respin topic model"):
        TopicModel.open(path)
    data = bytearray(SHIPPED.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="do not match their checksum"):
        TopicModel.open(path)
