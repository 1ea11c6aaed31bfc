"""The invariants of a repair, over prose, arbitrary text and arbitrary bytes."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from respin import Repairer, apply_edits
from respin.files.stream import encode, read_lines
from respin.formats import format_for
from respin.formats.mapping import FormattedDocument
from respin.text.lines import LineSplitter, split_lines

SENTENCES = [
    "The mayor stated on Monday that many folks had been within the constructing.",
    "Police stated the boys have been in the constructing when the fireplace began.",
    "He instructed reporters that the corporate would purchase three new workplaces subsequent 12 months.",
    "\ufeffThe group got here regardless of the chilly climate, she stated.",
    "Cafe\u0301 house owners stated it’s an deal with that everyone is aware of.",
    "Nothing in this line was changed by anyone.",
    "See https://example.org/within-the-constructing or mail folks@example.org.",
    "IS-Okay claimed accountability;\u00a0the\u2028officers didn’t.",
    "“We stay right here,” stated the girl, 34, with a digicam 📷 and מזל טוב.",
]
ENDS = ["\n", "\r\n", "\r", "\n\n", "", " \n", "\t\r\n"]

prose = st.lists(st.tuples(st.sampled_from(SENTENCES), st.sampled_from(ENDS)), max_size=6).map(
    lambda pairs: "".join(sentence + end for sentence, end in pairs)
)
words = st.lists(
    st.one_of(
        st.sampled_from(
            ["within", "the", "stated", "folks", "taking", "pictures", "a", "an", "-", "’s", "12", "months", "\r\n"]
        ),
        st.text(max_size=8),
    ),
    max_size=40,
).map(" ".join)
texts = st.one_of(prose, words, st.text(max_size=300))


@given(texts)
@example("")
@example("\r")
@example("\ud800 stated")
@example("The committee stated that there is no such thing as a proof to indicate any profitable breach.")
def test_edits_reproduce_the_output_and_touch_nothing_else(repairer: Repairer, text: str) -> None:
    edits = repairer.edits(text)
    assert apply_edits(text, edits) == repairer.repair(text)
    for edit in edits:
        assert text[edit.start : edit.end] == edit.spun
        assert edit.spun != edit.original
        assert 0 <= edit.confidence <= 1


@pytest.fixture(scope="module")
def other(repairer: Repairer) -> Repairer:
    """One that has not read what the other has."""
    return Repairer(repairer.dictionary, repairer.model, repairer.weights)


@given(texts)
def test_the_same_input_gives_the_same_output(repairer: Repairer, other: Repairer, text: str) -> None:
    assert other.repair(text) == repairer.repair(text) == repairer.repair(text)


@given(texts, st.integers(0, 2**32))
def test_the_output_does_not_depend_on_the_chunks(repairer: Repairer, text: str, seed: int) -> None:
    rng = random.Random(seed)
    splitter = LineSplitter()
    document = FormattedDocument(repairer.document, format_for("plain"))
    out, at = [], 0
    while at < len(text):
        step = rng.choice([1, 2, 5, 40])
        out += [repair.text for repair in document.feed(splitter.feed(text[at : at + step]))]
        at += step
    out += [repair.text for repair in (*document.feed(splitter.finish()), *document.finish())]
    assert "".join(out) == repairer.repair(text, "plain")


@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbfcaf\xe9 stated\r\n\x00\xff")
def test_bytes_without_variants_come_back_as_they_are(data: bytes) -> None:
    lines = read_lines(io.BufferedReader(io.BytesIO(data)))
    assert b"".join(encode(line.text, encoding) for group, encoding in lines for line in group) == data


@given(st.binary(max_size=300), prose)
def test_a_broken_byte_is_part_of_a_word_and_survives(repairer: Repairer, data: bytes, text: str) -> None:
    whole = data + text.encode("utf-8", "surrogatepass")
    groups = read_lines(io.BufferedReader(io.BytesIO(whole)))
    document = repairer.document()
    repairs = [repair for group, _ in groups for repair in document.feed(group)]
    assert b"".join(encode(r.source, "utf-8") for r in repairs) == whole
    for repair in repairs:
        assert apply_edits(repair.source, repair.edits) == repair.text


@given(st.text(alphabet="ab .\n\r’", max_size=200), st.integers(1, 7))
def test_no_line_is_lost(text: str, size: int) -> None:
    assert "".join(line.text for line in split_lines(text)) == text
    splitter = LineSplitter()
    fed = [line for at in range(0, len(text), size) for line in splitter.feed(text[at : at + size])]
    assert fed + splitter.finish() == split_lines(text)


@pytest.mark.parametrize("filler", ["stated ", "x", "stated.", "a,", "é", "“", "stated"])
def test_long_lines_come_in_pieces_that_do_not_depend_on_the_chunks(filler: str) -> None:
    text = filler * (50_000 // len(filler)) + "\n" + filler * 3_000
    whole = split_lines(text)
    assert "".join(line.text for line in whole) == text
    assert max(len(line.text) for line in whole) <= 20_000
    splitter = LineSplitter()
    fed = [line for at in range(0, len(text), 777) for line in splitter.feed(text[at : at + 777])]
    assert fed + splitter.finish() == whole


def test_text_without_variants_is_returned_as_it_is(repairer: Repairer) -> None:
    text = "Zebras graze.\r\n\tOdd   spaces , and a BOM \ufeff stay.\n"
    assert repairer.edits(text) == []
    assert repairer.repair(text) == text
