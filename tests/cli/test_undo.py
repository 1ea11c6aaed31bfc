"""The edit log, ``respin undo`` and ``respin apply``: byte for byte, or a reason."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.cli.undo import restore
from respin.edits import Edit, Reason, Repair
from respin.errors import InputError
from respin.output import Source
from respin.output.edit_log import EditLog, read_log
from tests.command import Ran, respin

ARTICLE = "\ufeffThe mayor stated it.\r\nMany folks had been within the park – naïve \U0001f600 folks.\r\nlast line"
EDITS = [("stated", "said"), ("folks", "people"), ("within the", "in the")]


def repairs(text: str = ARTICLE, pairs: list[tuple[str, str]] = EDITS) -> list[Repair]:
    """The lines of a text with every spun wording of ``pairs`` edited."""
    found = []
    for line in text.splitlines(keepends=True):
        edits = []
        for spun, original in pairs:
            at = line.find(spun)
            while at >= 0:
                edits.append(Edit(at, at + len(spun), spun, original, 0.9, ((spun, 0.1),), Reason.EXACT, "newsroom"))
                at = line.find(spun, at + len(spun))
        found.append(Repair(line, tuple(sorted(edits, key=lambda e: e.start)), 0.8))
    return found


def record(sink: BinaryIO, path: str | None, lines: list[Repair], encoding: str = "utf-8") -> None:
    """Log the repairs of one file."""
    log = EditLog(sink)
    log.begin(Source(path or "standard input", path, path or "-", encoding))
    log.feed(lines)
    log.end()


def write_in_place(
    path: Path, log: Path, text: str = ARTICLE, encoding: str = "utf-8", pairs: list[tuple[str, str]] = EDITS
) -> None:
    """What ``respin -w --log`` does, with repairs of our own."""
    lines = repairs(text, pairs)
    with open(log, "ab") as sink:
        record(sink, str(path), lines, encoding)
    path.write_bytes("".join(line.text for line in lines).encode(encoding, "surrogateescape"))


def undo(log: Path, *options: str) -> Ran:
    return respin("undo", str(log), *options)


def apply(log: Path, *options: str) -> Ran:
    return respin("apply", str(log), *options)


def edit_lines(log: Path) -> list[tuple[int, dict[str, object]]]:
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [(n, line) for n, line in enumerate(lines) if line["type"] == "edit"]


def rewrite(log: Path, drop: tuple[int, ...] = (), change: dict[int, dict[str, object]] | None = None) -> None:
    """Edit a log as a person would: drop the n-th edits, change fields of others."""
    lines = log.read_text("utf-8").splitlines()
    for index, (number, fields) in enumerate(edit_lines(log)):
        lines[number] = "" if index in drop else json.dumps({**fields, **(change or {}).get(index, {})})
    log.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def article(tmp_path: Path) -> Path:
    return tmp_path / "article.txt"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1252"])
def test_undo_restores_every_byte(article: Path, log: Path, encoding: str) -> None:
    text = ARTICLE if encoding != "cp1252" else ARTICLE[1:].replace("\U0001f600", "€")
    original = text.encode(encoding)
    write_in_place(article, log, text, encoding)
    assert article.read_bytes() != original
    result = undo(log)
    assert (result.exit_code, result.stdout) == (0, "")
    assert ": restored\n" in result.stderr
    assert article.read_bytes() == original


def test_invalid_bytes_come_back(article: Path, log: Path) -> None:
    original = b"caf\xe9 folks \xff\xfe stated\n"
    write_in_place(article, log, original.decode("utf-8", "surrogateescape"))
    assert undo(log).exit_code == 0
    assert article.read_bytes() == original


def test_undo_twice_is_no_error(article: Path, log: Path) -> None:
    write_in_place(article, log)
    undo(log)
    result = undo(log)
    assert result.exit_code == 0
    assert "is as it was before the repair" in result.stderr


def test_a_changed_file_is_left_alone_and_the_others_go_on(tmp_path: Path, log: Path) -> None:
    paths = [tmp_path / name for name in ("a.txt", "b.txt", "c.txt", "d.txt")]
    for path in paths:
        write_in_place(path, log)
    paths[0].write_bytes(paths[0].read_bytes() + b"!")
    paths[1].unlink()
    before = paths[0].read_bytes()
    result = undo(log)
    assert result.exit_code == 2
    assert f"respin: {paths[0]}: not touched: was changed since" in result.stderr
    assert f"respin: {paths[1]}: not touched: no such file" in result.stderr
    assert paths[0].read_bytes() == before
    assert all(path.read_bytes() == ARTICLE.encode() for path in paths[2:])


def test_dry_run_writes_nothing(article: Path, log: Path) -> None:
    write_in_place(article, log)
    before = article.read_bytes()
    result = undo(log, "--dry-run")
    assert result.exit_code == 0
    assert "would be restored" in result.stderr
    assert article.read_bytes() == before


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_file_that_was_repaired_twice_is_taken_back_twice(article: Path, log: Path, options: tuple[str]) -> None:
    write_in_place(article, log, "They stated folks.\n")
    write_in_place(article, log, article.read_text("utf-8"), pairs=[("They", "The men")])
    result = undo(log, *options)
    assert (result.exit_code, result.stderr.count("restored")) == (0, 2)
    assert article.read_text("utf-8") == ("The men said people.\n" if options else "They stated folks.\n")


def test_undo_goes_by_what_was_done_not_by_edited_lines(article: Path, log: Path) -> None:
    write_in_place(article, log)
    rewrite(log, drop=(0, 2), change={1: {"original": "persons"}})
    assert undo(log).exit_code == 0
    assert article.read_bytes() == ARTICLE.encode()


@pytest.mark.parametrize("state", ["original", "repaired"])
def test_apply_makes_the_edited_log(article: Path, log: Path, state: str) -> None:
    write_in_place(article, log)
    rewrite(log, drop=(0,), change={1: {"original": "persons"}})
    if state == "original":
        article.write_bytes(ARTICLE.encode())
    wanted = "\ufeffThe mayor stated it.\r\nMany persons had been in the park – naïve \U0001f600 people.\r\nlast line"
    result = apply(log)
    assert result.exit_code == 0, result.stderr
    assert article.read_bytes() == wanted.encode()
    assert "3 edits made" in result.stderr
    again = apply(log)
    assert again.exit_code == 0
    assert "is already as the log says" in again.stderr
    assert undo(log).exit_code == 0
    assert article.read_bytes() == ARTICLE.encode()


def test_apply_takes_lines_in_any_order_and_needs_few_fields(article: Path, log: Path) -> None:
    article.write_bytes(b"They stated folks.\n")
    with open(log, "wb") as sink:
        record(sink, str(article), [Repair("They stated folks.\n")])
    with open(log, "a") as sink:
        for start, spun, original in ((12, "folks", "people"), (5, "stated", "said")):
            sink.write(json.dumps({"type": "edit", "start": start, "spun": spun, "original": original}) + "\n")
    assert apply(log).exit_code == 0
    assert article.read_bytes() == b"They said people.\n"


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"start": 6, "end": 12}, "does not fit: not 'stated' but"),
        ({"spun": "mayor stated", "start": 5, "end": 17}, "overlaps the edit before it"),
    ],
)
def test_apply_refuses_lines_that_do_not_fit(article: Path, log: Path, fields: dict[str, object], cause: str) -> None:
    write_in_place(article, log)
    before = article.read_bytes()
    rewrite(log, change={0: fields})
    if "overlaps" in cause:
        with open(log, "a") as sink:
            sink.write(json.dumps({"type": "edit", "start": 5, "spun": "mayor", "original": "major"}) + "\n")
    result = apply(log)
    assert result.exit_code == 2
    assert cause in result.stderr
    assert "of the log" in result.stderr
    assert article.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"what?", "line 1: not JSON"),
        (b"[]", "line 1: not a record"),
        (b'{"type": "edit"}', "line 1: comes before any 'file'"),
        (b'{"type": "file"}', "line 1: 'version' is missing; it must be a whole number"),
        (b'{"type": "file", "version": 9}', "line 1: version 9 of the format"),
    ],
)
def test_a_broken_log_is_named_with_line_and_cause(log: Path, line: bytes, cause: str) -> None:
    log.write_bytes(line)
    result = undo(log)
    assert result.exit_code == 2
    assert f"respin: {log}: {cause}" in result.stderr


def test_a_damaged_undo_record_is_noticed(article: Path, log: Path) -> None:
    write_in_place(article, log)
    data = log.read_text("utf-8")
    at = data.index('"data": "') + 30
    log.write_text(data[:at] + ("A" if data[at] != "A" else "B") + data[at + 1 :], "utf-8")
    before = article.read_bytes()
    assert undo(log).exit_code == 2
    assert article.read_bytes() == before


def test_a_relative_path_is_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_in_place(Path("a.txt"), Path("log.jsonl"))
    monkeypatch.chdir(tmp_path)
    assert undo(Path("here/log.jsonl")).exit_code == 0
    assert Path("here/a.txt").read_bytes() == ARTICLE.encode()


def test_standard_input_and_a_missing_log(log: Path) -> None:
    with open(log, "wb") as sink:
        record(sink, None, repairs())
    result = undo(log)
    assert result.exit_code == 2
    assert "standard input" in result.stderr
    assert "No such file" in undo(log.with_name("nowhere")).stderr


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_permissions_and_links_stay(tmp_path: Path, article: Path, log: Path) -> None:
    article.touch()
    article.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(article)
    write_in_place(link, log)
    assert undo(log).exit_code == 0
    assert link.is_symlink()
    assert article.read_bytes() == ARTICLE.encode()
    assert article.stat().st_mode & 0o777 == 0o640


def test_nothing_is_logged_of_a_file_that_failed() -> None:
    sink = io.BytesIO()
    log = EditLog(sink)
    log.begin(Source("a.txt", "a.txt", "a.txt"))
    log.feed(repairs())
    log.fail()
    log.close()
    assert sink.getvalue() == b""


def test_offsets_lines_and_more_than_one_block(log: Path) -> None:
    text = "folks stated\r" * 3000
    sink = io.BytesIO()
    record(sink, "a.txt", repairs(text))
    [logged] = read_log(io.BytesIO(sink.getvalue()))
    assert len(logged.edits) == len(logged.changes) == 6000
    assert all(text[e.edit.start : e.edit.end] == e.edit.spun for e in logged.edits)
    last = json.loads(sink.getvalue().splitlines()[-1])
    assert (last["line"], last["spun"]) == (3000, "stated")
    assert sink.getvalue().count(b'"type": "undo"') == 2


WORDS = st.sampled_from(["stated", "folks", "within the", "park", "\n", "\r\n", " ", "é", "\udce9", "\U0001f600", "\0"])


@given(st.lists(WORDS, max_size=30))
def test_any_text_survives_the_round_trip(words: list[str]) -> None:
    text = "".join(words)
    lines = repairs(text)
    sink = io.BytesIO()
    record(sink, "a.txt", lines)
    [logged] = read_log(io.BytesIO(sink.getvalue()))
    repaired = "".join(line.text for line in lines).encode("utf-8", "surrogateescape")
    assert restore(repaired, logged) == text.encode("utf-8", "surrogateescape")


def test_log_error_names_the_line() -> None:
    with pytest.raises(InputError, match=r"line 2: the undo record is damaged"):
        list(
            read_log(
                [
                    b'{"type": "file", "version": 1, "path": "a", "directory": "/", "encoding": "utf-8", '
                    b'"input_sha256": "", "output_sha256": ""}',
                    b'{"type": "undo", "data": "AAAA"}',
                ]
            )
        )
