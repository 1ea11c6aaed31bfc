"""The cheap question before a line is read twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.index import Dictionary
from respin.engine.oddness import gains
from respin.engine.repairer import SHIPPED_MODEL
from respin.engine.words import Words
from respin.lm.ngram_model import Model

MODEL = Model.open(SHIPPED_MODEL)
WORDS = Words(Dictionary(), MODEL)
lines = st.lists(st.lists(st.integers(0, 65_535), max_size=12), max_size=8)


@given(lines)
def test_a_batch_says_of_each_line_what_it_says_of_it_alone(batch: list[list[int]]) -> None:
    assert gains(MODEL, batch) == [gains(MODEL, [line])[0] for line in batch]


def test_a_word_gains_what_the_words_before_it_say() -> None:
    line = [word.id for word in WORDS.read("The council voted on Tuesday.")[0]]
    context = [MODEL.bos] * (MODEL.order - 1) + line
    found = 0.0
    for at, word in enumerate(line):
        before = np.array([context[at : at + MODEL.order - 1]], np.int32)
        ids = np.array([word], np.int32)
        found += float(MODEL.score(before, ids)[0] - MODEL.score(np.full_like(before, -1), ids)[0])
    assert gains(MODEL, [line]) == [pytest.approx(found, abs=1e-4)]


@pytest.mark.parametrize(
    ("clean", "spun"),
    [
        ("We use this data to improve the service.", "We utilize this information to upgrade the administration."),
        (
            "It also showed that the area was too dry.",
            "It additionally displayed that the vicinity turned into too dry.",
        ),
        ("Many people think that it is hard to start.", "Numerous individuals suppose that it is tough to commence."),
        ("The signs of the disease are a lump or a swelling.", "The emblems of the malady are a bump or an inflation."),
    ],
)
def test_the_words_of_a_reworded_line_fit_less_well(clean: str, spun: str) -> None:
    ids = [[word.id for word in WORDS.read(line)[0]] for line in (clean, spun)]
    right, odd = (gain / len(line) for gain, line in zip(gains(MODEL, ids), ids, strict=True))
    assert right > odd
