"""What only some systems have is not needed: a run without it does the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from respin.cli.main import cli
from respin.files.processors import processors
from respin.files.write import write_atomically

SPUN = "She instructed reporters that the workplace would open subsequent week.\n"
REPAIRED = "She told reporters that the office would open next week.\n"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without the calls of Linux."""
    for name in ("sched_getaffinity", "fchmod", "fchown", "listxattr", "O_TMPFILE", "fork"):
        monkeypatch.delattr(os, name, raising=False)


def test_there_is_a_processor() -> None:
    assert processors() == os.cpu_count()


@pytest.mark.parametrize("options", [["-j", "0"], ["-j", "2"], []])
def test_files_are_repaired(tmp_path: Path, options: list[str]) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text(SPUN)
    done = CliRunner().invoke(cli, ["--config", "none", "-q", *options, "-w", *map(str, paths)])
    assert done.exit_code == 0, done.output
    assert [path.read_text() for path in paths] == [REPAIRED, REPAIRED]


def test_new_files_are_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.txt", b"x")
    assert (tmp_path / "a.txt").read_bytes() == b"x"
    (tmp_path / "b.txt").write_text(SPUN)
    done = CliRunner().invoke(
        cli, ["--config", "none", "-q", "--output-dir", str(tmp_path / "out"), str(tmp_path / "b.txt")]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "b.txt").read_text() == REPAIRED
