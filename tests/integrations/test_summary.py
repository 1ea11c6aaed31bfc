"""The numbers that pipelines keep beside a text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from respin import Repairer
from respin.integrations.summary import MIN_SPUN, Summary, repair_with_summary
from tests.integrations.texts import CLEAN, ORIGINAL, SPUN


def test_a_spun_text_is_repaired_and_counted(repairer: Repairer) -> None:
    text, summary = repair_with_summary(repairer, SPUN)
    assert text == ORIGINAL
    assert summary.words == len(SPUN.split())
    assert summary.edits == len(repairer.edits(SPUN)) > 5
    assert summary.spun > 0.9
    assert summary.family == "newsroom"


def test_a_clean_text_has_no_family(repairer: Repairer) -> None:
    text, summary = repair_with_summary(repairer, CLEAN)
    assert text == CLEAN
    assert (summary.edits, summary.family) == (0, "")
    assert summary.spun < MIN_SPUN


def test_markup_is_not_counted(repairer: Repairer) -> None:
    page = (
        f'<html><head><script>var a = "b c d e f g h";</script></head><body class="x y"><p>{SPUN}</p></body></html>\n'
    )
    text, summary = repair_with_summary(repairer, page, format="html")
    assert text == page.replace(SPUN, ORIGINAL)
    assert summary.words == len(SPUN.split())
    assert summary.spun > 0.9


def test_records_are_documents_of_their_own(repairer: Repairer) -> None:
    text, summary = repair_with_summary(repairer, '{"text": "The girl stated no."}\n{"text": "Why?"}\n', format="jsonl")
    assert text == '{"text": "The woman said no."}\n{"text": "Why?"}\n'
    assert (summary.words, summary.edits) == (5, 2)


def test_an_empty_text(repairer: Repairer) -> None:
    assert repair_with_summary(repairer, "") == ("", Summary(0, 0, 0.0, ""))


_summaries = st.builds(
    Summary, st.integers(0, 10**6), st.integers(0, 10**4), st.floats(0, 1), st.sampled_from(["", "newsroom", "mine"])
)


@given(st.lists(_summaries, max_size=5))
def test_a_sum_of_summaries_is_one(summaries: list[Summary]) -> None:
    whole = Summary.of_all(summaries)
    assert whole.words == sum(summary.words for summary in summaries)
    assert whole.edits == sum(summary.edits for summary in summaries)
    assert 0 <= whole.spun <= 1
    assert Summary.of_all([whole]) == whole
