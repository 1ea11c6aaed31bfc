"""Reading dictionaries: the format, its errors, the index."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.dictionary.file import parse, parse_group, read
from respin.dictionary.index import Dictionary, phrase_key
from respin.dictionary.shipped import shipped
from respin.errors import DictionaryError
from respin.text.tokens import forms

GOOD = """\
# a comment
name = testers
rate = 0.9
---
in the: within the
shooting: taking pictures, capturing

don't: do not
K: Okay
"""

FAULTS = [
    ("colour = red\n---\na: b", 1, "'colour = red' is no profile setting"),
    ("rate = 2\n---\na: b", 1, "rate is '2'"),
    ("rate = x\n---\na: b", 1, "rate is 'x'"),
    ("hyphens = maybe\n---\na: b", 1, "hyphens is 'maybe'"),
    ("a: b\nno colon here", 2, "no colon in 'no colon here'"),
    (": b", 1, "no head before the colon"),
    ("a: b,, c", 1, "an empty variant of 'a'"),
    ("a:", 1, "an empty variant of 'a'"),
    ("a: one two three four five six seven eight nine", 1, "more than 8 words"),
    ("a: " + "x" * 5000, 1, "a line of 5,003 characters"),
]


def test_groups_and_profile() -> None:
    profile, groups = parse(GOOD)
    assert (profile.name, profile.rate) == ("testers", 0.9)
    assert [(g.head, g.variants, g.line) for g in groups] == [
        ("in the", ("within the",), 5),
        ("shooting", ("taking pictures", "capturing"), 6),
        ("don't", ("do not",), 8),
        ("K", ("Okay",), 9),
    ]


@pytest.mark.parametrize(("text", "line", "cause"), FAULTS)
def test_faults_name_file_line_and_cause(text: str, line: int, cause: str) -> None:
    with pytest.raises(DictionaryError) as caught:
        parse(text, "mine.txt")
    assert str(caught.value).startswith(f"mine.txt:{line}: ")
    assert cause in str(caught.value)


def test_unreadable_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"a: b\nc: \xff\n")
    for path, message in [
        (bad, "bad.txt:2: not UTF-8: byte 0xff"),
        (tmp_path, "Is a directory"),
        (tmp_path / "none.txt", "No such file"),
    ]:
        with pytest.raises(DictionaryError, match=message):
            read(path)
    with pytest.raises(DictionaryError, match="no dictionary of that name"):
        Dictionary.load(["nowhere"])


def test_the_index_leads_from_variants_to_heads() -> None:
    dictionary = Dictionary.of({"said": ["stated", "mentioned"], "told": ["stated"], "in the": ["within the"]})
    assert {origin.head for origin in dictionary.origins["stated"]} == {"said", "told"}
    assert dictionary.origins["stated"][0].log_channel < dictionary.origins["within the"][0].log_channel < 0
    assert dictionary.longest_variant == {"stated": 1, "mentioned": 1, "within": 2}
    assert dictionary.longest_head == {"said": 1, "told": 1, "in": 2}


def test_groups_of_one_head_are_joined() -> None:
    dictionary = Dictionary.of({"said": ["stated"]})
    profile, groups = parse("name = unnamed\n---\nsaid: mentioned, stated")
    dictionary.add(profile, groups)
    assert dictionary.groups["unnamed"]["said"].variants == ("stated", "mentioned")
    assert len(dictionary.origins["stated"]) == 1
    assert len(dictionary) == 1


def test_a_variant_is_no_variant_of_itself() -> None:
    assert "may" not in Dictionary.of({"may": ["May", "might"]}).origins


def test_shipped_dictionaries_load() -> None:
    assert "newsroom" in shipped()
    assert len(Dictionary.load()) > 5000


@given(st.text(alphabet="aAsS1'- .", min_size=1, max_size=12))
def test_a_phrase_has_the_forms_of_its_tokens_for_a_key(phrase: str) -> None:
    assert phrase_key(phrase) == " ".join(forms(phrase))


@given(st.text(alphabet="ab ,:'", max_size=20))
def test_a_line_that_is_read_at_once_is_read_alike(line: str) -> None:
    def outcome(of: str) -> object:
        try:
            return [tuple(group) for group in parse(of)[1]]
        except DictionaryError as error:
            return error.cause

    try:
        expected: object = [tuple(parse_group("", 2, line.strip()))] if line.strip() else []
    except DictionaryError as error:
        expected = error.cause
    assert outcome(f"---\n{line}") == expected


def test_the_garbage_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    with pytest.raises(DictionaryError):
        Dictionary.load(["newsroom", "no such dictionary"])
    assert gc.isenabled()
