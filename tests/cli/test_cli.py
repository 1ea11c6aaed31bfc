"""The command line, case by case: each file of ``tests/cli/cases`` says what goes in and what must come out.

A case may have: ``args``; ``stdin``; ``stdout`` and ``stderr`` (exact, empty if not given) or
``stdout_has`` and ``stderr_has`` (parts of it); ``status`` (0); ``files`` in the working folder;
``after``: files as they must be afterwards, or ``false`` if there must be none; ``first``: arguments
of commands to run before; ``env`` (``{folder}`` in it is the working folder); ``encoding`` of all texts
in it (``latin-1`` can say any byte). Confidences are all 98 here: what they are is no matter of the command line.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ran, respin

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
KNOWN = {"about", "args", "stdin", "stdout", "stdout_has", "stderr", "stderr_has", "status", "files", "after", "first"}
KNOWN |= {"env", "encoding", "links"}


def run(args: list[str], folder: Path, stdin: bytes, env: dict[str, str]) -> Ran:
    settings = {"NO_COLOR": None, "FORCE_COLOR": None, "XDG_CONFIG_HOME": str(folder / "no-settings"), "COLUMNS": "80"}
    own = {name: value.replace("{folder}", str(folder)) for name, value in env.items()}
    return respin(*args, stdin=stdin, env=settings | own)


_CONFIDENCE = re.compile(r'(?<=\()>?\d[\d.]*(?: %(?:25)? sure)?(?=\))|(?<="confidence": )[\d.]+')


def without_figures(text: str) -> str:
    """A text with its confidences left out: weights are fitted anew now and then, and no case is about them."""
    return _CONFIDENCE.sub("#", text)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    assert set(case) <= KNOWN
    encoding = case.get("encoding", "utf-8")
    for name, text in case.get("files", {}).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode(encoding))
    for name, target in case.get("links", {}).items():
        (tmp_path / name).symlink_to(target)
    for args in case.get("first", []):
        run(args, tmp_path, b"", case.get("env", {}))
    done = run(case.get("args", []), tmp_path, case.get("stdin", "").encode(encoding), case.get("env", {}))
    stdout, stderr = done.out.decode(encoding), done.err.decode("utf-8")
    for name, found in (("stdout", stdout), ("stderr", stderr)):
        if f"{name}_has" in case:
            found = without_figures(found)
            assert [part for part in case[f"{name}_has"] if without_figures(part) not in found] == [], found
        else:
            assert without_figures(found) == without_figures(case.get(name, "")), stderr
    assert done.exit_code == case.get("status", 0), stderr
    for name, text in case.get("after", {}).items():
        file = tmp_path / name
        assert (file.read_bytes() if file.is_file() else False) == (
            text.encode(encoding) if isinstance(text, str) else text
        )
    assert not list(tmp_path.rglob(".respin-*"))
