"""Nothing is lost or blamed wrongly where output goes into its own input, a full disk or a closed pipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import respin

SPUN = "She instructed reporters that the workplace would open subsequent week.\n"
RESPIN = [sys.executable, "-m", "respin"]

COMMANDS = [
    ["--version"],
    ["--help"],
    ["man"],
    ["completion", "bash"],
    ["dict", "--help"],
    ["dict", "export"],
    ["explain", "a.txt"],
    ["a.txt"],
    ["--format", "sarif", "a.txt"],
    ["model", "list"],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(SPUN, "utf-8")
    return tmp_path


@pytest.mark.parametrize("by_name", [True, False], ids=["named", "standard input"])
def test_output_is_not_added_to_its_own_input(folder: Path, by_name: bool) -> None:
    with open(folder / "a.txt", "ab") as output, open(folder / "a.txt", "rb") as source:
        done = subprocess.run(
            [*RESPIN, *["a.txt"] * by_name], stdin=source, stdout=output, stderr=subprocess.PIPE, cwd=folder, timeout=60
        )
    assert done.returncode == 2
    assert b"is the output, too" in done.stderr
    assert (folder / "a.txt").read_text("utf-8") == SPUN


def test_an_input_can_be_the_output_of_o(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert respin("-o", "a.txt", "a.txt").exit_code == 0
    assert (folder / "a.txt").read_text("utf-8") == "She told reporters that the office would open next week.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_full_disk_is_named(folder: Path, args: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*RESPIN, *args], stdout=full, stderr=subprocess.PIPE, cwd=folder, timeout=60)
    assert (done.returncode, done.stderr) == (2, b"respin: standard output: No space left on device\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of another kind")
@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_closed_pipe_is_left_without_a_word(folder: Path, args: list[str]) -> None:
    process = subprocess.Popen([*RESPIN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as errors:
        said = errors.read()
    assert (process.wait(60), said) == (141, b"")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
@pytest.mark.parametrize(
    "args", [["--dictionary", "/dev/zero", "a.txt"], ["--config", "/dev/zero", "a.txt"], ["undo", "/dev/zero"]]
)
def test_a_file_without_an_end_is_not_read_to_it(
    folder: Path, args: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    done = respin(*args)
    assert done.exit_code == 2
    assert done.stderr.startswith("respin: /dev/zero: ")


@pytest.mark.skipif(sys.platform != "linux", reason="names are text there")
@pytest.mark.parametrize("format", ["sarif", "jsonl", "html"])
def test_names_that_are_no_text_can_be_reported(folder: Path, format: str) -> None:
    name = b"a\xff.txt"
    (folder / "a.txt").rename(folder / name.decode("utf-8", "surrogateescape"))
    done = subprocess.run(
        [*(part.encode() for part in RESPIN), b"--format", format.encode(), name],
        capture_output=True,
        cwd=folder,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"told" in done.stdout
