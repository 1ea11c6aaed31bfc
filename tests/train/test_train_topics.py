"""Topic vectors: counts of pairs, eigenvectors, heads that learn which reading was right."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from respin.engine.topic import TopicModel
from respin.train.topics.contexts import PairCounts, principal_vectors
from respin.train.topics.heads import TopicExamples, _right_reading, fit_heads, in_documents
from respin.train.weights.score import Gold
from tests.command import respin


def test_pairs_are_counted_once_a_paragraph() -> None:
    counts = PairCounts(3)
    for _ in range(6):  # words 0 and 2 stand together, 1 alone; -1 is no word of interest
        rows = np.array([2, -1, 0, 2, -1, 1, 1, -1])
        counts.add(rows, np.array([False, False, False, False, True, False, False, True]))
    assert counts.paragraphs == 12
    assert counts.alone.tolist() == [6, 6, 6]
    information = counts.information()
    expected = math.log((6 - 0.5) / (6 * 6 / 12))
    assert information[0, 2] == pytest.approx(expected)
    assert np.count_nonzero(information) == 2
    assert (information == information.T).all()


def test_vectors_give_a_matrix_back_that_has_so_few_dimensions() -> None:
    random = np.random.default_rng(3)
    half = random.standard_normal((40, 4)).astype(np.float32)
    vectors = principal_vectors(half @ half.T, 6)
    assert vectors.shape == (40, 6)
    assert np.allclose(vectors @ vectors.T, half @ half.T, atol=1e-3)


@pytest.mark.parametrize(("start", "end", "right"), [(3, 9, 1), (0, 2, 2), (3, 7, None), (10, 12, None), (9, 10, 2)])
def test_which_reading_is_right(start: int, end: int, right: int | None) -> None:
    golds = [Gold(3, 9, ("Said",)), Gold(10, 12, ("elsewhere",))]
    assert _right_reading(golds, start, end, ["told", "said"]) == right


def test_heads_learn_what_goes_with_a_topic() -> None:
    contexts = np.array([[0.0, 0.0], [0.1, 0.1], [0.1, 0.1]], np.float32)
    examples = TopicExamples()
    for number in range(400):
        topic = number % 2
        # The decoder can't tell word 1 from word 2; the topic can. Keeping is a word without a vector.
        examples.words += [1, 2, -1]
        examples.word_counts += [1, 1, 1]
        examples.logs += [math.log(0.45), math.log(0.45), math.log(0.1)]
        examples.reading_counts.append(3)
        examples.right.append(topic)
        examples.text.append(number)
        examples.topics.append(np.array([1.0, 0.0] if topic == 0 else [0.0, 1.0], np.float32))
    said: list[str] = []
    heads = fit_heads(examples, contexts, said.append)
    assert heads.shape == contexts.shape
    assert heads[1, 0] > heads[2, 0]
    assert heads[2, 1] > heads[1, 1]
    assert float(said[-1].split()[-1]) < float(said[0].split()[-4])


def test_lines_in_documents() -> None:
    assert list(in_documents(["a\n", "b\n", "c\n"], 2)) == [["a", "b"], ["c"]]


def test_the_command_writes_a_file_that_opens(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    sentences = (
        "The minister said on Monday that the government would help many people in the capital.",
        "Doctors said the new treatment helped people who were in hospital with the disease.",
        "The company said its profit rose because many more people bought its phones.",
    )
    text.write_text("".join(f"{sentences[n % 3]} {sentences[n // 3 % 3]}\n" for n in range(120)))
    output = tmp_path / "topics"
    ran = respin("train", "topics", text, "-o", output, "--documents", "15")
    assert ran.exit_code == 0, ran.output
    assert TopicModel.open(output).words_checksum
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("Rain.\n")
    ran = respin("train", "topics", nothing, "-o", output)
    assert ran.exit_code == 2
    assert "too little text" in ran.output
