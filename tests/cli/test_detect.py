"""``respin detect``: what it says of files, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from respin.cli.main import cli

SPUN = (
    "Numerous individuals utilize the web-site to discover a physician, and the administration is cost-free.\n"
    "The crew turned into requested to provide a brand new calculation in place of the old one.\n"
)
CLEAN = (
    "The council voted on Tuesday to close the old bridge, which carries about 9,000 cars a day.\n"
    "She said the work would take two years and that drivers would have to go by way of the harbour.\n"
    "Nobody in the village could remember when the last train had stopped there.\n"
    "The new one will have two lanes each way and a path for those who walk or ride.\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spun.txt").write_text(SPUN, "utf-8")
    (tmp_path / "clean.txt").write_text(CLEAN, "utf-8")
    (tmp_path / "page.html").write_text(f"<p>{SPUN}</p><pre>utilize</pre>", "utf-8")
    return tmp_path


def run(*args: str, stdin: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["detect", *args], input=stdin)
    return done.exit_code, done.stdout, done.stderr


def test_a_line_a_file(folder: Path) -> None:
    code, said, _ = run("clean.txt", "spun.txt")
    clean, spun = said.splitlines()
    assert code == 1
    assert clean.startswith("clean.txt: not spun (confidence 0.")
    assert spun.startswith("spun.txt: thesaurus, ")
    assert "'turned into' for 'was'" in spun


def test_the_status_says_whether_anything_was_spun(folder: Path) -> None:
    assert run("clean.txt")[0] == 0
    assert run("spun.txt")[0] == 1
    code, said, complaint = run("absent.txt", "spun.txt")
    assert code == 2
    assert "absent.txt" in complaint
    assert said.startswith("spun.txt: thesaurus")


def test_json_lines(folder: Path) -> None:
    code, said, _ = run("--format", "jsonl", "spun.txt", "-", stdin="Yes.\n")
    spun, short = map(json.loads, said.splitlines())
    assert code == 1
    assert (spun["file"], spun["family"]) == ("spun.txt", "thesaurus")
    assert {"spun": "turned into", "original": "was", "count": 1} in spun["signs"]
    assert (short["file"], short["family"], short["signs"]) == ("standard input", "unknown", [])


def test_prose_is_found_in_pages(folder: Path) -> None:
    code, said, _ = run("page.html")
    assert code == 1
    assert said.startswith("page.html: thesaurus")


def test_too_short_is_said() -> None:
    assert run(stdin="Yes.\n") == (0, "standard input: too short or too lightly spun to tell (1 word)\n", "")


def test_nothing_to_judge_is_said() -> None:
    assert run(stdin="\n") == (0, "standard input: no prose to judge\n", "")
