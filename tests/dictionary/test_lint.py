"""Each rule of the linter with lines that it must find, and lines that it must let pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from respin import Repairer
from respin.dictionary.file import Group
from respin.dictionary.index import MAX_ORIGINS
from respin.dictionary.lint import Severity, check_group, check_source, fix, lint
from respin.dictionary.shipped import shipped
from respin.dictionary.source import DictionarySource, group_of, line_of, tidy
from respin.errors import DictionaryError
from respin.text.tokens import Token

HEADER = "name = test\n---\n"
WORDS = frozenset("a apple big fruit house huge kid kids large may might old the tiny small i ok us and".split())  # noqa: SIM905


def known(token: Token) -> bool:
    return token.form in WORDS or not token.form[0].isalpha()


def codes(body: str) -> list[tuple[int, str]]:
    """(line of the body, rule) of the errors and warnings."""
    found = check_source(DictionarySource.parse(HEADER + body), known)
    return [(f.line - 2, f.fault.code) for f in found if f.fault.severity > Severity.NOTE]


BAD = {
    "no-group": ["apple", "apple:", ": apple", "apple: fruit,,kid", "a: " + "big " * 9],
    "spaces": [
        "apple:fruit",
        "apple :fruit",
        "apple: fruit , kid",
        "apple:  fruit",
        " apple: fruit",
        "big  old: large",
    ],
    "curly": ["i’m: i am"],
    "variant-is-head": ["apple: fruit, apple", "apple: fruit, Apple"],
    "duplicate-variant": ["apple: fruit, kid, fruit", "apple: fruit, kid, Fruit"],
    "duplicate-head": ["big: huge\nbig: large", "big: huge\nBig: large"],
    "unsorted": ["small: tiny\nbig: huge"],
    "case": ["big: Huge\nold: huge\nsmall: huge"],
    "impossible": ["{big|large}: huge", "big: huge;large", "big: hu\u0430ge", "big: huge (very)", "big: huge\u200b"],
    "odd-mark": ["big: huge!", "old house: old - house", "a/the: kids"],
    "non-word": ["apple: fru1t"],
    "unknown-word": ["aple: fruit"],
    "unreachable": ["us: USA", "house: www.house.org", "kid: McKid"],
    "unreachable-variant": ["us: USA, kids"],
}

GOOD = [
    "apple: fruit",
    "apple: fruit\nfruit: apple",  # each is replaced once, so this is no loop
    "I'm: I am\nold kid: kid - 2",
    "2: two\n50%: half\nR&D: kid and kid",
    "Kids: Small\nold: small",
    "café: bistro",
    "# above\nbig: huge\n\n# below\nsmall: tiny",
]


@pytest.mark.parametrize(("code", "body"), [(code, body) for code, bodies in BAD.items() for body in bodies])
def test_finds(code: str, body: str) -> None:
    assert code in {found for _, found in codes(body)}


@pytest.mark.parametrize("body", GOOD)
def test_lets_pass(body: str) -> None:
    assert {code for _, code in codes(body)} <= {"unknown-word", "odd-mark"}


def test_every_rule_has_an_example() -> None:
    source = Path(check_group.__code__.co_filename).read_text("utf-8")
    named = {part.split('"')[1] for part in source.split("Fault(Severity.")[1:] if '"' in part.split(")")[0]}
    assert named - {"sum", "crowded-out", "innocent"} == set(BAD)  # those have tests of their own


def test_findings_name_file_line_and_severity(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("name = x\n---\n# note\nsmall: tiny\nbig:  huge\n", "utf-8")
    assert [str(finding) for finding in lint([file])] == [
        f"{file}:5: error: stray or missing spaces; a group is 'head: variant, variant' [spaces]",
        f"{file}:5: error: 'big' belongs above 'small' [unsorted]",
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"a: caf\xe9\n", 1), (b"rate = 7\n---\na: b\n", 1), (b"name = x\nfoo = y\n---\n", 2), (None, 0)],
)
def test_files_that_are_no_dictionary(tmp_path: Path, data: bytes | None, line: int) -> None:
    file = tmp_path / "list.txt"
    if data is not None:
        file.write_bytes(data)
    (finding,) = lint([file])
    assert (finding.path, finding.line, finding.fault.severity) == (str(file), line, Severity.ERROR)


def test_line_ends_of_other_systems_are_no_fault() -> None:
    assert codes("big: huge\r\nsmall: tiny\r\n") == []


@pytest.mark.parametrize(
    ("body", "is_sum"),
    [
        ("big: huge\nbig house: huge house", True),
        ("big: huge\nhouse: home\nthe big house: the huge home", True),
        ("big: huge\nbig house: home", False),
        ("big house: huge house", False),
        ("big: huge\nbig house: house huge", False),
    ],
)
def test_notes_what_shorter_entries_make_up(body: str, is_sum: bool) -> None:
    found = check_source(DictionarySource.parse(HEADER + body))
    assert any(finding.fault.code == "sum" for finding in found) == is_sum


def test_a_head_that_better_ones_crowd_out() -> None:
    names = [f"head{chr(97 + n)}" for n in range(MAX_ORIGINS)]
    body = "".join(f"{name}: crowd\n" for name in names) + "late: crowd, crowds\nlater: crowd\n"
    found = [f.line for f in check_source(DictionarySource.parse(body)) if f.fault.code == "crowded-out"]
    assert found == [MAX_ORIGINS + 2]


def test_fix_sorts_joins_and_trims_and_keeps_comments() -> None:
    source = DictionarySource.parse(
        "# title\nname = x\n---\n# on small\nsmall : tiny,  little\nbig: huge\n"
        "\n# again\nsmall: tiny, wee, Small\n# end\n"
    )
    assert fix(source)
    assert source.render() == (
        "# title\nname = x\n---\nbig: huge\n# on small\n\n# again\nsmall: tiny, little, wee\n# end\n"
    )
    assert not fix(source)
    assert not [f for f in check_source(source) if f.fault.severity is Severity.ERROR]


def test_fix_leaves_what_only_the_author_can_mend() -> None:
    with pytest.raises(DictionaryError, match="no colon"):
        fix(DictionarySource.parse("small: tiny\nbig huge\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only\n",
        "a: b\n",
        "# top\n\na: b\n# x\nc: d\n\n",
        "name = x\n---\n\na: b\n---\nc: d\n",
        "a: b\r\nc: d\r\n",
    ],
)
def test_a_source_renders_as_it_was_read(text: str) -> None:
    assert DictionarySource.parse(text).render() == text


def test_tidy_groups() -> None:
    group = group_of("x", " don’t   look :  look  away,look away , avert ")
    assert group == Group("don't look", ("look away", "avert"), 0)
    assert line_of(group) == "don't look: look away, avert"
    assert tidy("\ta\u00a0b ") == "a b"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("big: large\nlarge: big", [(1, "loop")]),
        ("big: large\nlarge: huge", []),
        # One word in two spellings, and in two forms, with variants that differ.
        ("color: paint\ncolour: shade", [(1, "twin"), (2, "twin")]),
        ("help: assist, aid\nhelps: aids", [(2, "kin")]),
        ("help: aid\nhelps: aids", []),
        # A rare word in a variant is the spinner's mark; a head of several words is carried by the others.
        ("apple: froot", [(1, "unknown-word")]),
        ("aple house: fruit", [(1, "unknown-word")]),
    ],
)
def test_notes(body: str, expected: list[tuple[int, str]]) -> None:
    words = WORDS | set("color colour paint shade help helps assist assists aid aids".split())  # noqa: SIM905
    found = check_source(DictionarySource.parse(HEADER + body), lambda token: token.form in words)
    assert [(f.line - 2, f.fault.code) for f in found if f.fault.severity is Severity.NOTE] == expected


def test_a_pair_in_both_files_of_a_family_is_named(tmp_path: Path) -> None:
    for name, body in (("mine", "big: huge\n"), ("mine-rare", "big: huge\nsmall: tiny\n"), ("other", "big: huge\n")):
        (tmp_path / f"{name}.txt").write_text(body, "utf-8")
    found = lint([tmp_path / "mine.txt", tmp_path / "mine-rare.txt", tmp_path / "other.txt"])
    assert [(Path(f.path).stem, f.line, f.fault.code) for f in found] == [("mine-rare", 1, "repeated")]


def test_variants_that_are_innocent_in_clean_text(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("rate = 0.5\n---\napple: fruit\nkid: child, youngster\n", "utf-8")
    (tmp_path / "mine-rare.txt").write_text("rate = 0.5\n---\nhouse: home\nold kid: child\n", "utf-8")
    files = [tmp_path / "mine.txt", tmp_path / "mine-rare.txt"]
    # "fruit" stands 300 times and would be spun twice and a half; so would "home", with its head as usual as it is.
    clean = ["Fruit, fruit and fruit."] * 100 + ["An apple, a house, the home."] * 2 + ["A child."] * 3
    found = lint(files, clean=clean)
    assert [(Path(f.path).stem, f.line, f.fault.code) for f in found] == [
        ("mine", 3, "innocent"),
        ("mine", 4, "innocent"),
    ]
    assert "'fruit' stands 300 times" in found[0].fault.message
    assert "1.0 times" in found[0].fault.message
    assert not lint(files)


def test_the_shipped_files_have_no_errors_and_few_warnings(repairer: Repairer) -> None:
    found = lint(shipped().values(), repairer.model)
    assert not [str(f) for f in found if f.fault.severity is Severity.ERROR]
    assert len([f for f in found if f.fault.severity is Severity.WARNING]) < 40
