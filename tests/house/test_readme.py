"""Every shell session of the README is run, and must print what the README shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SESSIONS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def steps(session: str) -> list[tuple[str, str]]:
    """(command, expected output) pairs of a session; a command may go on in lines that start with ``>``."""
    found: list[tuple[str, str]] = []
    for line in session.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].rstrip("\n"), ""))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1] = (found[-1][0] + "\n" + line[2:].rstrip("\n"), "")
        else:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all sessions, as a reader would follow them."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize("number", range(len(SESSIONS)))
def test_session(number: int, home: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    for command, expected in steps(SESSIONS[number]):
        done = subprocess.run(
            ["bash", "-c", command], cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert done.stdout.decode() == expected, command


def test_there_are_sessions() -> None:
    assert len(SESSIONS) >= 4


def test_ci_runs_the_readmes_own_test_command() -> None:
    command = re.search(r"runs the tests:\n\n```sh\n(.*?)\n```", README, re.DOTALL)
    assert command is not None
    assert command[1] in (ROOT / ".ci" / "run").read_text("utf-8")
