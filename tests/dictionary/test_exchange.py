"""Lists in every format that is read, and every format that is written read again."""

from __future__ import annotations

import json

import pytest

from respin.dictionary.exchange import EXPORTS, IMPORTS, detect, export_list, import_list
from respin.dictionary.file import Group, Profile
from respin.errors import DictionaryError, InputError

Groups = dict[str, list[str]]

LISTS: list[tuple[str, str, Groups]] = [
    ("spinner", "big|large|huge\nold|ancient\n", {"big": ["large", "huge"], "old": ["ancient"]}),
    ("spinner", "big | large | big\n\n old|ancient \n", {"big": ["large"], "old": ["ancient"]}),
    ("spinner", "\ufeffbig|large\r\nold|ancient|\r\n", {"big": ["large"], "old": ["ancient"]}),
    ("spintax", "A {big|large} dog {barked|bayed|barked}.", {"big": ["large"], "barked": ["bayed"]}),
    (
        "spintax",
        "{the {big|large} dog|a dog} {|ran}",
        {"big": ["large"], "the big dog": ["a dog"]},
    ),
    ("spintax", "{unclosed|large", {}),
    ("tsv", "spun\toriginal\nlarge\tbig\nhuge\tbig\n", {"big": ["large", "huge"]}),
    ("tsv", 'Original phrase\tnote\tSpun phrase\nbig\tx\t"large"\n', {"big": ["large"]}),
    ("tsv", "big\tlarge\nold\tancient\n", {"big": ["large"], "old": ["ancient"]}),
    ("csv", "wrong,right\nancient,old\n", {"old": ["ancient"]}),
    ("csv", '"original";"variant"\n"big";"large"\n', {"big": ["large"]}),
    ("csv", "big,large\nold,ancient\n", {"big": ["large"], "old": ["ancient"]}),
    ("arrow", "teh->the\nfo→of, may be meant\n", {"the": ["teh"], "of": ["fo"]}),
    ("arrow", "lareg => large, big,\n", {"large": ["lareg"], "big": ["lareg"]}),
    ("respin", "name = mine\n---\n# x\nbig: large, huge\n", {"big": ["large", "huge"]}),
    ("respin", "big: large\nold: ancient\n", {"big": ["large"], "old": ["ancient"]}),
    ("json", '{"big": ["large", "huge"]}', {"big": ["large", "huge"]}),
    (
        "pps",
        '"Fingerprint - Tortured Phrase","Expected Text","Nb Retrieved Papers"\n'
        '"""stone stream"" AND ""rock flow""","rock flow","1,204"\n'
        '"""grain checking""","Seed Counting (SC)","80"\n'
        '"""seed plate""","Petri dish (?)","8"\n'
        '"""moss count""~10","census","7"\n'
        '"""one"" AND ""two"" AND ""three""","many","7"\n'
        '"""leaf gauge""","ruler/scale","3"\n',
        {"rock flow": ["stone stream"], "seed counting": ["grain checking"], "petri dish": ["seed plate"]},
    ),
]  # fmt: skip


def as_dict(groups: list[Group]) -> Groups:
    return {group.head: list(group.variants) for group in groups}


@pytest.mark.parametrize(("format", "text", "groups"), LISTS)
def test_reads(format: str, text: str, groups: Groups) -> None:
    assert detect(text.removeprefix("\ufeff")) == format
    assert as_dict(import_list(text).groups) == groups
    assert import_list(text, format).groups == import_list(text).groups


def test_every_format_has_an_example() -> None:
    assert {format for format, _, _ in LISTS} == set(IMPORTS)


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("big\t", "one side is empty"),
        ("big\tBig", "both sides are the same"),
        ("big, old\thuge", "a comma or colon in it"),
        ("note: big\thuge", "a comma or colon in it"),
        ("big\t" + "very " * 8 + "large", "more than 8 words"),
        ("big\thuge [sic]", "a mark in it that no wording has"),
        ("big\tHUGE", "an address or capitals, which are never edited"),
        ("big", "too few columns"),
    ],
)
def test_leaves_out_what_is_no_entry(pair: str, reason: str) -> None:
    found = import_list(f"original\tspun\nold\tancient\n{pair}\n", "tsv")
    assert as_dict(found.groups) == {"old": ["ancient"]}
    assert [(skipped.pair.line, skipped.reason) for skipped in found.skipped] == [(3, reason)]


@pytest.mark.parametrize(("spun_first", "head"), [(None, "big"), (False, "big"), (True, "large")])
def test_order_of_columns_without_a_header(spun_first: bool | None, head: str) -> None:
    found = import_list("big\tlarge\n", spun_first=spun_first)
    assert [group.head for group in found.groups] == [head]
    assert bool(found.remark) == (spun_first is None)


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "just some words\nand some more\n"])
def test_formats_that_cannot_be_told(text: str) -> None:
    with pytest.raises(InputError):
        import_list(text)


@pytest.mark.parametrize(
    ("format", "text"), [("json", "{"), ("json", "[1]"), ("json", '{"a": "b"}'), ("json", "[" * 100_000)]
)
def test_broken_lists(format: str, text: str) -> None:
    with pytest.raises(InputError):
        import_list(text, format)


def test_a_broken_dictionary_names_the_line() -> None:
    with pytest.raises(DictionaryError, match=":4: no colon"):
        import_list("name = x\n---\nbig: large\nold\n")


@pytest.mark.parametrize("format", EXPORTS)
def test_what_is_written_reads_the_same(format: str) -> None:
    groups = [Group("big", ("large", "huge")), Group("don't know", ("have no idea",)), Group("known", ("well-known",))]
    text = "\n".join(export_list(groups, format, Profile("mine", "about it", 0.9, "all"))) + "\n"
    assert as_dict(import_list(text, format).groups) == as_dict(groups)
    assert as_dict(import_list(text).groups) == as_dict(groups)


def test_json_says_how_the_spinner_behaves() -> None:
    (text,) = export_list([Group("big", ("large",))], "json", Profile("mine", "about it", 0.9, "all"))
    assert json.loads(text)["profile"] == {"name": "mine", "about": "about it", "rate": 0.9, "hyphens": "all"}
