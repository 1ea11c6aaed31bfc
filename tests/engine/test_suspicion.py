"""The cheap question before a line is read twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.index import Dictionary
from respin.engine.repairer import SHIPPED_MODEL
from respin.engine.suspicion import KIND, SHIPPED, Suspicion, shipped_suspicion
from respin.engine.words import Words
from respin.errors import ModelError
from respin.lm.container import write_container
from respin.lm.ngram_model import Model

SUSPICION = Suspicion.open()
lines = st.lists(st.lists(st.integers(0, 65_535), max_size=12), max_size=8)


@given(lines)
def test_a_batch_says_of_each_line_what_it_says_of_it_alone(batch: list[list[int]]) -> None:
    assert SUSPICION.of(batch) == [SUSPICION.of([line])[0] for line in batch]


def test_the_order_of_words_counts() -> None:
    one, other = SUSPICION.of([list(range(100, 140)), list(range(139, 99, -1))])
    assert one != other


def test_a_reworded_line_is_more_suspicious_than_the_line_itself() -> None:
    words = Words(Dictionary(), Model.open(SHIPPED_MODEL))
    pairs = [
        ("We use this data to improve the service.", "We utilize this information to upgrade the administration."),
        (
            "It also showed that the area was too dry.",
            "It additionally displayed that the vicinity turned into too dry.",
        ),
        ("Many people think that it is hard to start.", "Numerous individuals suppose that it is tough to commence."),
    ]
    for clean, spun in pairs:
        low, high = SUSPICION.of([[word.id for word in words.read(line)[0]] for line in (clean, spun)])
        assert low < high


def test_it_fits_the_shipped_model_only() -> None:
    checksum = Model.open(SHIPPED_MODEL).words_checksum
    assert shipped_suspicion(checksum) is not None
    assert shipped_suspicion(checksum + 1) is None


def test_a_damaged_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(SHIPPED.read_bytes()[:-1])
    with pytest.raises(ModelError, match="truncated table of suspicions"):
        Suspicion.open(path)
    header = {"step": 0.1, "bias": 0, "words_checksum": 1}
    write_container(path, KIND, header, {"words": np.zeros(4, np.int8), "pairs": np.zeros(3, np.int8)})
    with pytest.raises(ModelError, match="makes no sense"):
        Suspicion.open(path)
