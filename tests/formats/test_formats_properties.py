"""The invariants of the document formats, over arbitrary text and over tag soup of every kind."""

from __future__ import annotations

import html
import json
import random
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from respin import Repairer
from respin.edits import Repair, apply_edits
from respin.errors import InputError
from respin.formats import format_for
from respin.formats.html import HIDDEN, escape_markup
from respin.formats.inline import escape_markdown
from respin.formats.json_strings import Paths, Wanted, find_strings, scan
from respin.formats.mapping import FormattedDocument
from respin.formats.markup import LexemeKind, MarkupLexer
from respin.formats.passages import prose_of
from respin.text.lines import LineSplitter, split_lines
from tests.formats.test_formats import FakeDocument, read, repair

NAMES = ["plain", "html", "markdown", "jsonl"]

WORDS = [
    "folks",
    "stated",
    "Within the",
    "within",
    "the",
    "gained’t",
    "corporations",
    "tariff",
    "a",
    "<",
    "&",
    '"',
    "é",
]
HTML_PARTS = [
    "<p>", "</p>", "<p", "<b>", "</b>", "<a href='x>y'>", '<a title="', "<br/>", "<code>", "</code>", "<pre>", "</pre>",
    "<script>", "</script>", "</SCRIPT ", "<!--", "-->", "<!-->", "--!>", "<![CDATA[", "]]>", "<!DOCTYPE html>", "<?x",
    "</", "</>", "<3", "<img src=x>", "<div class=notranslate>", "</div>", "<span translate=no>", "</span>", "&amp;",
    "&eacute;", "&#x2019;", "&#", "&nosuch;", "&shy;", "&nbsp;", "<svg/>", "<sup>", "</sup>", ">", "=", "'", '"', "/",
    "<textarea>", "</textarea>", "<!-- respin: off -->", "<!-- respin: on -->",
]  # fmt: skip
MARKDOWN_PARTS = [
    "# ", "- ", "* ", "> ", "1. ", "    ", "\t", "```", "~~~", "`", "``", "*", "**", "_", "~~", "[", "]", "](", "][",
    ")", "![", "[^1]", "[^1]: ", "[x]: ", "|", "---", "===", "+++", "$", "$$", "\\", "\\(", "\\)", "\\[", "\\]", "<b>",
    "<code>", "</code>", "<div>", "<!--", "-->", "<http://x>", "{{", "}}", "{#id}", ":::", "&amp;", "  ", "key: ",
    "<!-- respin: off -->", "<!-- respin: on -->",
]  # fmt: skip
JSON_PARTS = [
    '{"text": "', '"}', '"', "{", "}", "[", "]", ":", ",", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "\\", "\\\\",
    "1", "true", "null", '{"text": ["', '{"a": {"text": "', '", "text": "', " ",
]  # fmt: skip
FLAT_PARTS = [
    "{",
    "}",
    '"text"',
    '"a.b"',
    '"a"',
    '"b\\n"',
    '"te\\u0078t"',
    ":",
    ",",
    " ",
    "1",
    "-0.5e1",
    "true",
    "{}",
    "[]",
    "\n",
]
ENDS = ["\n", "\n\n", "\r\n", "\r", " ", " ", " "]


def soup(parts: list[str]) -> st.SearchStrategy[str]:
    part = st.one_of(st.sampled_from(parts), st.sampled_from(WORDS), st.sampled_from(ENDS), st.text(max_size=3))
    return st.lists(part, max_size=40).map("".join)


documents = st.one_of(
    st.tuples(st.just("plain"), soup(HTML_PARTS)),
    st.tuples(st.just("html"), soup(HTML_PARTS)),
    st.tuples(st.just("markdown"), soup(MARKDOWN_PARTS)),
    st.tuples(st.just("jsonl"), soup(JSON_PARTS)),
    st.tuples(st.sampled_from(NAMES), st.text(max_size=200)),
)


@given(documents)
@example(("html", "<"))
@example(("html", "<!-"))
@example(("markdown", "\ufeff"))
@example(("jsonl", "\ufeff\r"))
def test_passages_joined_are_the_document(document: tuple[str, str]) -> None:
    name, text = document
    passages = read(name, text)
    assert "".join(passage.source for passage in passages) == text
    for passage in passages:
        at = 0
        for start, end, _ in passage.runs:
            assert at <= start <= end <= len(passage.source)
            at = end


@given(documents)
def test_edits_fit_the_sources_and_are_all_that_changes(document: tuple[str, str]) -> None:
    name, text = document
    repairs = repair(name, text)
    assert "".join(item.source for item in repairs) == text
    for item in repairs:
        assert apply_edits(item.source, item.edits) == item.text
        assert all(edit.spun != edit.original for edit in item.edits)


@given(documents, st.integers(0, 2**32))
def test_the_output_does_not_depend_on_the_chunks(document: tuple[str, str], seed: int) -> None:
    name, text = document
    rng = random.Random(seed)
    splitter = LineSplitter()
    reader = FormattedDocument(FakeDocument, format_for(name))
    repairs: list[Repair] = []
    at = 0
    while at < len(text):
        step = rng.choice([1, 2, 5, 40])
        repairs += reader.feed(splitter.feed(text[at : at + step]))
        at += step
    repairs += [*reader.feed(splitter.finish()), *reader.finish()]
    assert repairs == repair(name, text)


def tokens(chunks: list[str]) -> list[tuple[str, str]]:
    """What the lexer makes of a page: tags, text and the rest, however many pieces they came in."""
    lexer = MarkupLexer()
    pieces = [piece for chunk in chunks for piece in lexer.feed(chunk)] + list(lexer.finish())
    found: list[tuple[str, str]] = []
    for kind, text, name, attributes in pieces:
        if kind is LexemeKind.END:
            found += [("tag", found.pop()[1] + text), ("name", f"{name} {attributes}" if name else "")]
            continue
        label = (
            "text"
            if kind is LexemeKind.TEXT
            else "silent"
            if kind in (LexemeKind.SILENT, LexemeKind.COMMENT)
            else "tag"
        )
        goes_on = found and found[-1][0] == label and (label != "tag" or kind is LexemeKind.ATTRIBUTES)
        found.append((label, found.pop()[1] + text if goes_on else text))
        if kind is LexemeKind.CLOSE and text.endswith(">"):
            found.append(("name", ""))
    return found


@given(soup(HTML_PARTS), st.integers(0, 2**32))
@example("<a b= c='>'d=e\"f>", 1)
@example("<!--> a <!---> b <!----> c <!-- --!> d", 1)
def test_the_lexer_sees_the_same_whole_and_in_pieces(page: str, seed: int) -> None:
    rng = random.Random(seed)
    chunks, at = [], 0
    while at < len(page):
        chunks.append(page[at : at + rng.choice([1, 1, 2, 7])])
        at += len(chunks[-1])
    assert tokens(chunks) == tokens([page])


class Skeleton(HTMLParser):
    """The tags, attributes, comments and hidden text of a page, as the standard library reads them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.seen: list[object] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(("start", tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(("end", tag))

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", data))


def skeleton(page: str) -> list[object]:
    parser = Skeleton()
    parser.feed(page)
    parser.close()
    return parser.seen


well_formed = st.recursive(
    st.lists(st.sampled_from([*WORDS[:8], "x < y", "R&D", "&eacute;", "<br>", "<!-- folks -->"]), max_size=4).map(
        " ".join
    ),
    lambda inner: st.builds(
        lambda tag, attributes, content: f"<{tag}{attributes}>{' '.join(content)}</{tag}>",
        st.sampled_from(["p", "b", "em", "div", "code", "pre", "span", "sup", "a"]),
        st.sampled_from(["", " class=folks", ' title="folks > stated"', " translate='no'"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(well_formed)
def test_another_parser_sees_the_same_tags_before_and_after(page: str) -> None:
    after = "".join(item.text for item in repair("html", page))
    assert skeleton(after) == skeleton(page)


@given(well_formed)
def test_hidden_text_is_never_read(page: str) -> None:
    for tag in sorted(HIDDEN - {"plaintext"}):
        for passage in read("html", f"<{tag}>{page.replace('</', '< /')}</{tag}>"):
            assert not passage.runs


@given(st.text(max_size=40))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert html.unescape(escape_markup(text)) == text
    passages = read("html", "<p>a" + escape_markup(text).replace("\r", "\n") + "</p>")
    if not set(text) & set("\u00ad\u200b\u200c\u200d\u2060\ufeff\r"):
        assert "".join(prose_of(passage) for passage in passages if passage.runs) == "a" + text


@given(st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="-+=#:{}"), max_size=40))
def test_escaped_markdown_reads_as_it_was(text: str) -> None:
    passages = read("markdown", "a" + escape_markdown(text))
    assert "".join(prose_of(passage) for passage in passages if passage.runs) == "a" + text


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), soup(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["text", "id", "body", "é"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["text", "id", "body", "a.b"]), json_values), st.booleans())
def test_every_json_record_is_read_and_only_its_field_changes(record: dict[str, object], ascii_only: bool) -> None:
    warnings: list[str] = []
    line = json.dumps(record, ensure_ascii=ascii_only) + "\n"
    assert "".join(passage.source for passage in read("jsonl", line, warn=warnings.append)) == line
    assert [warning for warning in warnings if "not JSON" in warning] == []
    after = json.loads("".join(item.text for item in repair("jsonl", line)))
    before = json.loads(line)
    assert after.keys() == before.keys()
    for key in before:
        if key != "text":
            assert json.dumps(after[key]) == json.dumps(before[key])
        elif isinstance(before[key], str):
            expected = repair("plain", before[key])
            assert after[key] == "".join(item.text for item in expected)


@given(soup(JSON_PARTS))
def test_what_python_takes_for_json_is_json_here(line: str) -> None:
    line = line.replace("\r", "").replace("\n", "").replace("\ufeff", "")
    warnings: list[str] = []
    read("jsonl", line, warn=warnings.append)
    try:
        json.loads(line)
    except ValueError:
        return
    assert [warning for warning in warnings if "not JSON" in warning] == []


@pytest.mark.parametrize("name", ["plain", "html", "markdown", "jsonl"])
def test_the_real_repairer_repairs_the_same_sentence_in_every_format(repairer: Repairer, name: str) -> None:
    spun = "The mayor stated on Monday that many folks have been within the constructing."
    wrap = {"plain": "{}\n", "html": "<p>{}</p>\n", "markdown": "> {}\n", "jsonl": '{{"id": 1, "text": "{}"}}\n'}[name]
    document = FormattedDocument(repairer.document, format_for(name))
    repairs = [*document.feed(split_lines(wrap.format(spun))), *document.finish()]
    assert "".join(item.text for item in repairs) == wrap.format(repairer.repair(spun))


@given(st.one_of(soup(JSON_PARTS), st.lists(st.sampled_from(FLAT_PARTS), max_size=14).map("".join)))
@example('{"text": "a", "n": -1.5e3 ,"text":"b\\n", "a.b": "c"}')
@example('{"te\\u0078t": "a", "text": "b"}')
@example('{"text": "a",}')
@example('{"text": 01}')
@example(" {} ")
def test_a_record_without_others_in_it_is_read_in_one_step_as_token_by_token(record: str) -> None:
    def found(find: Callable[[str, Paths], list[Wanted]]) -> list[Wanted] | str:
        try:
            return find(record, Paths(("text", "a.b", "a")))
        except InputError as error:
            return str(error)

    assert found(find_strings) == found(scan)
