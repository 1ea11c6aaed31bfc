"""A source that is cut into parts comes to the same as in one piece, wherever it was cut and however it came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from respin.edits import Repair
from respin.errors import InputError
from respin.files.stream import read_lines
from respin.formats.division import division_for
from respin.formats.mapping import FormattedDocument, one_by_one
from respin.run import parts
from respin.run.parts import Cutter, LongDocument, Part, PartReader, new_format, repaired_part
from respin.run.settings import Settings
from respin.text.lines import Line
from tests.formats.test_formats import FakeDocument

SETTINGS = Settings(field=("text", "2"))
REPAIRER: Any = SimpleNamespace(document=FakeDocument, together=one_by_one)

PIECES = {
    "jsonl": [
        '{"text": "Folks stated it."}\n', '{"text": "a\\nfolks"}\r\n', '{"id": 1}\n', "{broken\n", "\n", "\r",
        '{"text": "<!-- respin: ignore-next-line -->"}\n', '{"text": "', '"}', '{"2": "folks"}\n', "\ufeff",
    ],
    "csv": [
        "id,text\n", "1,folks stated\n", '2,"folks\nstated ""it"""\n', '"', ",", "\n", "\r\n", "folks", "3,x,folks\n",
    ],
    "tsv": ["id\ttext\n", "1\tfolks stated\n", '2\t"folks\nstated"\n', '"', "\t", "\n", "folks"],
    "mail": [
        "From a@b.c Thu Jan 1 2026\n", "\n", "Subject: folks stated\n", "HTTP/1.1 200 OK\r\n", "folks stated it.\n",
        "Content-Type: multipart/mixed; boundary=x\n", "--x\n", "--x--\n", "Content-Type: text/html\n", "<p>folks\n",
        "Content-Transfer-Encoding: quoted-printable\n", "stated =\n", "<!-- respin: off -->\n",
    ],
}  # fmt: skip


class Pipe:
    """Gives what came in the pieces that it came in; then it fails, if it is to."""

    def __init__(self, pieces: Iterable[bytes], error: Exception | None = None) -> None:
        self._pieces, self._error = iter(pieces), error

    def read1(self, size: int, /) -> bytes:
        piece = next(self._pieces, b"")
        if not piece and self._error is not None:
            raise self._error
        return piece


def groups(pieces: list[str], error: Exception | None = None) -> Iterator[list[Line]]:
    return (lines for lines, _ in read_lines(Pipe([piece.encode() for piece in pieces], error)))


def in_one_piece(kind: str, lines: Iterator[list[Line]]) -> tuple[list[Repair], list[str]]:
    warnings: list[str] = []
    document = FormattedDocument(FakeDocument, new_format(kind, SETTINGS, warnings.append))
    repairs: list[Repair] = []
    try:
        for group in lines:
            repairs += document.feed(group)
    except InputError:
        return repairs, warnings
    return repairs + list(document.finish()), warnings


def in_parts(kind: str, lines: Iterator[list[Line]]) -> tuple[list[Repair], list[str], list[Part | LongDocument]]:
    warnings: list[str] = []
    whole = new_format(kind, SETTINGS, warnings.append)
    repairs: list[Repair] = []
    division = division_for(kind)
    assert division is not None
    seen: list[Part | LongDocument] = []
    try:
        for part in Cutter(kind, lines, division).parts():
            seen.append(part)
            if isinstance(part, Part):
                made = repaired_part(part, SETTINGS, REPAIRER)
                repairs += made.repairs
                warnings += made.warnings
                whole.add(made.tally)
            else:
                reader = PartReader(kind, part.place, SETTINGS, REPAIRER, warnings.append)
                for group in reader.groups(part.groups):
                    repairs += group
                whole.add(reader.tally())
    except InputError:
        return repairs, warnings, seen
    list(whole.finish())
    return repairs, warnings, seen


def text_of(repairs: list[Repair]) -> str:
    return "".join(repair.source for repair in repairs)


@st.composite
def sources(draw: st.DrawFn) -> tuple[str, list[str]]:
    kind = draw(st.sampled_from(sorted(PIECES)))
    return kind, draw(st.lists(st.sampled_from(PIECES[kind]), max_size=60))


@given(sources())
@example(("jsonl", ["{broken\n"] * 9 + ['{"id": 1}\n'] + ["{broken\n"] * 9))
@example(("csv", ["\n", "id,te", "xt\n1,folks\n", '2,"folks', '\n"\n3,folks\n4,fo', "lks"]))
@example(("mail", ["folks\n\n", "From a 2026\n", "\nfolks\n\n", "HTTP/1.1 200\n\nfolks\n"]))
def test_parts_come_to_what_the_whole_comes_to(source: tuple[str, list[str]]) -> None:
    kind, pieces = source
    repairs, warnings, seen = in_parts(kind, groups(pieces))
    assert (repairs, warnings) == in_one_piece(kind, groups(pieces))
    assert all(isinstance(part, Part) for part in seen)


@given(sources())
@example(("jsonl", ['{"text": "folks\n', '{"text": "', "folks " * 20, '"}\n', '{"text": "folks"}\n']))
@example(("csv", ["id,text\n", '1,"folks\n', "folks\n" * 9, '"\n2,folks\n']))
def test_long_documents_are_read_as_they_come(source: tuple[str, list[str]]) -> None:
    kind, pieces = source
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST_HELD", 40)
        repairs, warnings, seen = in_parts(kind, groups(pieces))
        assert all(len(part.text) <= 40 + max(map(len, pieces)) for part in seen if isinstance(part, Part))
    expected = in_one_piece(kind, groups(pieces))
    assert (repairs, warnings) == expected


@given(sources())
def test_what_was_read_before_an_error_comes_out_as_of_one_piece(source: tuple[str, list[str]]) -> None:
    kind, pieces = source
    error = InputError("not utf-8")
    repairs, warnings, _ = in_parts(kind, groups(pieces, error))
    assert (repairs, warnings) == in_one_piece(kind, groups(pieces, error))


@pytest.mark.parametrize(
    ("kind", "pieces", "expected"),
    [
        # As soon as it is read, as far as documents end in it.
        ("jsonl", ["{}\n", "{}\n{", "}\n", "{}"], ["{}\n", "{}\n", "{}\n", "{}"]),
        ("csv", ["id,text\n", '1,"a\n', 'b"\n2,c\n'], ["id,text\n", '1,"a\nb"\n2,c\n']),
        ("mail", ["Subject: a\n\nb\n", "\nFrom x 2026\n", "\nb\n"], ["Subject: a\n\nb\n\n", "From x 2026\n\nb\n"]),
    ],
)
def test_where_it_is_cut(kind: str, pieces: list[str], expected: list[str]) -> None:
    division = division_for(kind)
    assert division is not None
    assert [part.text for part in Cutter(kind, groups(pieces), division).parts() if isinstance(part, Part)] == expected


@pytest.mark.parametrize("kind", ["plain", "html", "xml", "markdown", "json", "subtitles"])
def test_a_single_document_is_not_cut(kind: str) -> None:
    assert division_for(kind) is None
