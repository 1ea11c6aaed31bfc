"""Document formats, by cases in files: what is read as prose, and what comes out.

A case file has sections: ``input``, ``prose`` (a passage a line, ``⏎`` for a line break, ``⍽``
for a no-break space, ``￼`` for a stand-in), ``output`` and, where there are any,
``warnings``. A repairer with a dozen fixed replacements takes the place of the real one, so that the
cases are about formats only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import regex

from respin.dictionary.file import read as read_dictionary
from respin.dictionary.shipped import shipped
from respin.edits import Edit, Reason, Repair, apply_edits
from respin.errors import InputError, SettingsError
from respin.formats import NAMES, extract, format_for, format_name
from respin.formats.mapping import FormattedDocument, map_edits
from respin.formats.passages import Passage, Run, prose_of
from respin.formats.shield import shielded
from respin.text.lines import Line, Readable, split_lines

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.case"))

ORIGINALS = {
    "stated": "said",
    "folks": "people",
    "constructing": "building",
    "within the": "in the",
    "as a result of": "because",
    "café house owners": "café owners",
    "gained’t": "won’t",
    "corporations": "firms & <b>partners",
    "{hardware}": "hardware",
    "tariff": 'levy – "it"',
    "starlet": "star*let_",
}
_SPUN = regex.compile(
    r"(?<![\w&])(?:" + "|".join(r"\s+".join(map(regex.escape, key.split())) for key in ORIGINALS) + r")(?!\w)",
    regex.IGNORECASE,
)


class FakeDocument:
    """Replaces every spun wording that it finds."""

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        for line in lines:
            assert line.prose
            yield Repair(line.text, tuple(self._edit(match) for match in _SPUN.finditer(line.text)), 1.0)

    @staticmethod
    def _edit(match: regex.Match[str]) -> Edit:
        spun = match[0]
        original = ORIGINALS[" ".join(spun.lower().split())]
        original = original.capitalize() if spun[0].isupper() else original
        return Edit(*match.span(), spun, original, 0.9, ((spun, 0.1),))


def read(name: str, text: str, **options: Any) -> list[Passage]:
    """All passages of a text."""
    reader = format_for(name, **options)
    return [*reader.feed(split_lines(text)), *reader.finish()]


def repair(name: str, text: str, **options: Any) -> list[Repair]:
    """All repairs of a text, with the fixed replacements."""
    document = FormattedDocument(FakeDocument, format_for(name, **options))
    return [*document.feed(split_lines(text)), *document.finish()]


class Case(NamedTuple):
    format: str
    options: dict[str, Any]
    input: str
    prose: list[str]
    output: str
    warnings: list[str]


def load(path: Path) -> Case:
    head, *sections = regex.split(r"^=== (?=\w+$)", path.read_text("utf-8"), flags=regex.MULTILINE)
    parts = dict(section.split("\n", 1) for section in sections)
    fields = regex.search(r"^fields: (.*)$", head, flags=regex.MULTILINE)
    holds = regex.search(r"^field-format: (.*)$", head, flags=regex.MULTILINE)
    return Case(
        path.parent.name,
        {"fields": tuple(fields[1].split()) if fields else (), "field_format": holds[1] if holds else "plain"},
        parts["input"],
        parts["prose"].splitlines(),
        parts["output"],
        parts.get("warnings", "").splitlines(),
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(path: Path) -> None:
    case = load(path)
    warnings: list[str] = []
    passages = read(case.format, case.input, **case.options, warn=warnings.append)
    assert "".join(passage.source for passage in passages) == case.input
    prose = [prose_of(passage) for passage in passages if passage.runs]
    assert [text.replace("\r", "").replace("\n", "⏎").replace("\xa0", "⍽") for text in prose] == case.prose
    assert warnings == case.warnings
    repairs = repair(case.format, case.input, **case.options)
    assert "".join(item.text for item in repairs) == case.output
    again = repair(case.format, case.output, **case.options)
    assert "".join(item.text for item in again) == case.output


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_case_with_other_line_ends(path: Path, end: str) -> None:
    case = load(path)
    repairs = repair(case.format, "\ufeff" + case.input.replace("\n", end), **case.options)
    assert "".join(item.text for item in repairs) == "\ufeff" + case.output.replace("\n", end)


def test_every_format_has_cases() -> None:
    assert {path.parent.name for path in CASES} == {*NAMES, "auto"}


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        (None, None, "plain"),
        (None, "-", "plain"),
        (None, "a/b.txt", "plain"),
        (None, "page.HTM", "html"),
        (None, "page.xhtml", "html"),
        (None, "README.md", "markdown"),
        (None, "x.markdown", "markdown"),
        (None, "data.ndjson", "jsonl"),
        (None, "folder.md/file", "plain"),
        ("plain", "page.html", "plain"),
    ],
)
def test_the_format_is_chosen_by_name_or_suffix(name: str | None, path: str | None, expected: str) -> None:
    assert format_name(name, path) == expected


@pytest.mark.parametrize(
    ("name", "hint"), [("md", "did you mean markdown?"), ("HTML", "did you mean html?"), ("docx", "the formats are")]
)
def test_an_unknown_format_is_named_with_the_way_out(name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=regex.escape(hint)):
        format_for(name)


def test_an_empty_field_is_refused() -> None:
    with pytest.raises(SettingsError, match="empty name"):
        format_for("jsonl", fields=["text", ""])


# Where an edit goes.

ARTICLE = Edit(0, 2, "an", "a", 0.9, reason=Reason.ARTICLE)


def mapped(source: str, runs: Iterable[Run], *edits: Edit) -> list[tuple[str, str]]:
    passage = Passage(source, tuple(runs))
    found = map_edits(edits, passage, lambda text, source: text)
    apply_edits(source, found)
    return [(edit.spun, edit.original) for edit in found]


def test_an_edit_that_has_no_place_takes_its_article_along() -> None:
    runs = [Run(0, 3), Run(3, 9, "deal wi"), Run(9, 11)]  # "an &deal;th"
    assert mapped("an &deal;th", runs, ARTICLE, Edit(3, 7, "deal", "address", 0.9)) == []
    whole = Edit(3, 12, "deal with", "lot", 0.9)
    assert mapped("an &deal;th", runs, ARTICLE, whole) == [("an", "a"), ("&deal;th", "lot")]


@pytest.mark.parametrize(
    ("spun", "original", "expected"),
    [
        ("within the", "in the", [("within", "in")]),
        ("one of many", "one of the", [("many", "the")]),
        ("a result of", "the outcome of", [("a<i> result", "the <i>outcome")]),
        ("out of", "outside", [("out<i> of", "<i>outside")]),
        ("of the", "of", [("of<i> the", "<i>of")]),
    ],
)
def test_across_a_hole_only_the_words_that_differ_count(
    spun: str, original: str, expected: list[tuple[str, str]]
) -> None:
    head, tail = spun.split(" ", 1)
    source = f"{head}<i> {tail}</i>"
    runs = [Run(0, len(head)), Run(len(head) + 3, len(head) + 4 + len(tail))]
    assert mapped(source, runs, Edit(0, len(spun), spun, original, 0.9)) == expected


def test_alternatives_fit_the_part_that_is_replaced() -> None:
    passage = Passage("within<i> the", (Run(0, 6), Run(9, 13)))
    alternatives = (("inside the", 0.2), ("within the", 0.1), ("there", 0.1))
    (edit,) = map_edits([Edit(0, 10, "within the", "in the", 0.6, alternatives)], passage, lambda text, source: text)
    assert edit == Edit(0, 6, "within", "in", 0.6, (("inside", 0.2), ("within", 0.1)))


def gaps(source: str) -> list[Run]:
    """The runs of an HTML source whose line ends, with a mark of quotation, read as blanks."""
    runs, at = [], 0
    for match in regex.finditer(r"<br>|\n(?:> )?|<[^>]*>", source):
        runs.append(Run(at, match.start()))
        if not match[0].startswith("<") or match[0] == "<br>":
            runs.append(Run(*match.span(), " "))
        at = match.end()
    return [run for run in [*runs, Run(at, len(source))] if run.start < run.end]


@pytest.mark.parametrize(
    ("source", "original", "expected"),
    [
        # A line end takes a blank of the new wording, else the one beside it, else the next but marks.
        ("[as a\nresult of] it", "because of", "[because\nof] it"),
        ("[as a\n> result of] it", "because", "[because]\n> it"),
        ("rain [as a\nresult of], it", "because", "rain [because],\nit"),
        ("rain [as a\nresult of]", "because", "rain\n[because]"),
        ("([as a\nresult of])", "because", None),
        ("[as\na\nresult of] it", "because", None),
        ("[as\na\nresult of] it", "on the ground of", "[on\nthe\nground of] it"),
        # A no-break space or a wide one stays where a blank is.
        ("[with\xa0in] it", "in the", "[in\xa0the] it"),
        ("[with\xa0in] it", "in", "[in] it"),
        # What opens stands before the new words, what closes behind them, in the order that they had.
        ("st<b>[a]ted</b>", "x", "st<b>[x]ted</b>"),
        ("[st<b>ated]</b>", "said", "<b>[said]</b>"),
        ("<b>[st</b>ated]", "said", "<b>[said]</b>"),
        ("[deal <a href=x>with]</a>", "address", "<a href=x>[address]</a>"),
        ("<i>[deal</i> <b>with]</b>", "look after", "<i>[look</i> <b>after]</b>"),
        ("<i>[deal</i> <b>with]</b>", "address", None),
        ("[a <i>b</i> c]", "one two three", "[one <i>two</i> three]"),
        ("[a<wbr>b] c", "one", "[one]<wbr> c"),
        ("[a<br>b] c", "one", "[one]<br>c"),
    ],
)
def test_what_stands_between_letters_stays(source: str, original: str, expected: str | None) -> None:
    """Brackets show the wording in its prose; in what is expected they may have moved by tags and line ends."""
    page = source.replace("[", "").replace("]", "")
    passage = Passage(page, tuple(gaps(page)))
    prose = prose_of(Passage(source, tuple(gaps(source))))
    start, end = prose.index("["), prose.index("]") - 1
    edit = Edit(start, end, prose[start + 1 : end + 1], original, 0.9)
    found = map_edits([edit], passage, lambda text, source: text)
    if expected is None:
        assert found == ()
    else:
        assert apply_edits(page, found) == expected.replace("[", "").replace("]", "")


# Documents, streams and bounds.


def test_every_record_is_a_document() -> None:
    made = []

    def new_document() -> FakeDocument:
        made.append(FakeDocument())
        return made[-1]

    document = FormattedDocument(new_document, format_for("jsonl"))
    text = '{"text": "folks"}\n{"text": "folks\\nfolks"}\n{"id": 3}\n'
    assert "".join(item.text for item in document.feed(split_lines(text))) == text.replace("folks", "people")
    assert len(made) == 1 + 3


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("plain", ["Folks.\n", "folks " * 40 + "\n"], ["Folks.\n", "folks " * 40 + "\n"]),
        ("plain", ["the folks in the town\n", "stated.\n", "Folks"], ["the folks in the town\nstated.\n"]),
        ("html", ["<p>folks</p>\n", "<p>fo", "lks"], ["<p>folks</p>\n"]),
        ("markdown", ["# folks\n", "folks\n", "\n"], ["# folks\n", "folks\n\n"]),
        ("jsonl", ['{"text": "folks"}\n', "{"], ['{"text": "folks"}\n']),
    ],
)
def test_a_passage_comes_as_soon_as_it_has_ended(name: str, lines: list[str], expected: list[str]) -> None:
    reader = format_for(name)
    came = ["".join(passage.source for passage in reader.feed([Line(line)])) for line in lines]
    assert [text for text in came if text] == expected


@pytest.mark.parametrize("name", ["plain", "html", "markdown", "jsonl"])
@pytest.mark.parametrize(
    "unit",
    [
        "folks ",
        "folks\n",
        "<b>folks ",
        "<p ",
        '<a href="',
        "<!-- ",
        "<!--->",
        "&amp",
        "&" * 99,
        "<",
        "</",
        "`a ``b ",
        "[",
        "](",
        "[x](y",
        "*",
        "_",
        "_ ",
        "$x ",
        "\\",
        "> ",
        "- ",
        "<code>",
        "<x '",
        "{{",
        "[\n",
        "<div translate=",
        '{"a":',
        "<script>",
        "</script ",
        "<![CDATA[",
        "|",
        "x" * 77,
    ],
)
def test_time_and_memory_are_bounded_for_any_repetition(name: str, unit: str) -> None:
    text = unit * (60_000 // len(unit))
    if name == "jsonl":
        text = '{"text": "' + text + '"}'
    passages = read(name, text)
    assert "".join(passage.source for passage in passages) == text
    assert max(len(prose_of(passage)) for passage in passages) <= 41_000


def test_a_picture_inside_a_tag_is_passed_on_as_it_comes() -> None:
    reader = format_for("html")
    list(reader.feed([Line('<p>folks <img src="data:image/png;base64,')]))
    for _ in range(40):
        came = list(reader.feed([Line("A" * 20_000, prose=False)]))
    assert came
    assert sum(len(passage.source) for passage in came) < 500_000


def test_a_record_that_is_too_long_is_passed_on() -> None:
    warnings: list[str] = []
    text = '{"text": "' + "folks " * 400_000 + '"}\n{"text": "folks"}\n'
    passages = read("jsonl", text, warn=warnings.append)
    assert "".join(passage.source for passage in passages) == text
    assert [prose_of(passage) for passage in passages if passage.runs] == ["folks"]
    assert warnings == ["line 1: a record of more than 2,097,152 characters; passed on as it is"]


def test_warnings_are_bounded() -> None:
    warnings: list[str] = []
    read("jsonl", "folks\n" * 1000, warn=warnings.append)
    assert len(warnings) == 11
    assert warnings[-1] == "990 more lines passed on as they are"


# Extraction of an article from a page.


def test_without_trafilatura_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trafilatura", None)
    with pytest.raises(InputError, match=r"pip install 'respin\[extract\]'"):
        extract.extract_article(b"<p>folks")


def test_the_article_is_taken_out_of_a_page() -> None:
    pytest.importorskip("trafilatura")
    sentence = "Many folks stated on Monday that they had been within the constructing all day long. "
    page = f"<html><body><nav>Menu</nav><article><h1>Folks</h1><p>{sentence * 8}</p></article></body></html>"
    text = extract.extract_article(page.encode())
    assert sentence.strip() in text
    assert "Menu" not in text
    with pytest.raises(InputError, match="no article"):
        extract.extract_article(b"")


def test_no_new_wording_makes_markup_of_a_bare_mark() -> None:
    passage = Passage("<p>x <4 y &4", (Run(3, 12),))
    edits = [Edit(3, 4, "4", "four", 0.9), Edit(5, 6, "y", "z", 0.9), Edit(8, 9, "4", "lt", 0.9)]
    assert [edit.spun for edit in map_edits(edits, passage, lambda text, source: text)] == ["y"]


def test_front_matter_has_keys_in_any_encoding() -> None:
    """A key whose bytes are no UTF-8 is a key all the same."""
    page = b"---\ncat\xe9gorie: stated\n---\nfolks\n".decode("utf-8", "surrogateescape")
    for name in ("markdown", "auto"):
        assert "".join(item.text for item in repair(name, page)) == page.replace("folks", "people")


def test_no_shipped_variant_is_taken_for_a_template() -> None:
    groups = [group for path in shipped().values() for group in read_dictionary(path)[1]]
    braced = [variant for group in groups for variant in group.variants if "{" in variant]
    assert braced
    for variant in braced:
        passage = Passage(variant, (Run(0, len(variant)),))
        assert shielded(passage) == passage, variant
