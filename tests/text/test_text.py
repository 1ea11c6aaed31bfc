"""Tokens, letter case and articles: tables of cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.text.article import article_for
from respin.text.case import transfer_case
from respin.text.tokens import forms, model_word, tokenize

TOKENS = [
    ("The firm’s don’t", ["the", "firm", "'s", "don't"]),
    ("wife's IS-Okay", ["wife", "'s", "is", "-", "okay"]),
    ("1,000 of 6.4% at 4:40am", ["1,000", "of", "6.4", "%", "at", "4", ":", "40am"]),
    ("the U.S. and 12 p.c.", ["the", "u.s", ".", "and", "12", "p.c", "."]),
    ("wait – and see — now", ["wait", "–", "and", "see", "–", "now"]),
    ("“quoted” ‘words’", ['"', "quoted", '"', "'", "words", "'"]),
    ("caf\udce9s o’clock", ["caf\udce9s", "o'clock"]),
    ("cafe\u0301 na\u00efve", ["cafe\u0301", "na\u00efve"]),
    ("", []),
]
SHIELDED = [
    "https://example.org/within-the?x=1",
    "www.example.org",
    "tips@desk.example",
    "@handle",
    "#folks",
    "&amp;",
    "&#8217;",
    "news.example.com/a",
]


@pytest.mark.parametrize(("line", "expected"), TOKENS)
def test_forms(line: str, expected: list[str]) -> None:
    assert list(forms(line)) == expected


@pytest.mark.parametrize(("line", "expected"), TOKENS)
def test_offsets_give_the_text_back(line: str, expected: list[str]) -> None:
    for token in tokenize(line):
        assert line[token.start : token.end] == token.text


@pytest.mark.parametrize("piece", SHIELDED)
def test_addresses_and_entities_are_shielded(piece: str) -> None:
    tokens = tokenize(f"see {piece}, please")
    assert [token.text for token in tokens if token.shielded] == [piece]


@pytest.mark.parametrize(
    ("head", "spun", "expected"),
    [
        ("shooting", "Taking pictures", "Shooting"),
        ("shooting", "taking pictures", "shooting"),
        ("Americans", "individuals", "Americans"),
        ("iPhone", "Handset", "iPhone"),
        ("4", "Four", "4"),
        ("éclair", "Éclat", "Éclair"),
    ],
)
def test_case_is_transferred(head: str, spun: str, expected: str) -> None:
    assert transfer_case(head, spun) == expected


@pytest.mark.parametrize(
    ("word", "article"),
    [
        ("address", "an"),
        ("more", "a"),
        ("hour", "an"),
        ("honest", "an"),
        ("house", "a"),
        ("university", "a"),
        ("uninformed", "an"),
        ("unit", "a"),
        ("European", "a"),
        ("one", "a"),
        ("FBI", "an"),
        ("UN", "a"),
        ("NATO", "a"),
        ("8", "an"),
        ("80", "an"),
        ("11", "an"),
        ("110", "a"),
        ("18", "an"),
        ("", "a"),
    ],
)
def test_article_by_sound(word: str, article: str) -> None:
    assert article_for(word) == article


@pytest.mark.parametrize(
    ("text", "word"), [("US", "US"), ("us", "us"), ("The", "the"), ("I", "i"), ("IS-K", "is-k"), ("UK’s", "uk's")]
)
def test_acronyms_keep_their_capitals_for_the_model(text: str, word: str) -> None:
    assert model_word(text, text.lower().replace("’", "'")) == word


@given(line=st.text("aZb \t\n'.-1é", max_size=20))
def test_phrases_of_letters_only_are_cut_as_they_would_be_in_any_line(line: str) -> None:
    beside = tokenize(line + " é")  # no short cut for a line with this
    assert beside[:-1] == tokenize(line)
