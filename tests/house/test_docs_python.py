"""The Python on the pages in docs/ runs: sessions as doctests, programs as programs."""

from __future__ import annotations

import doctest
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
_PROGRAM = re.compile(r"^<!-- (\w+\.py) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHARED = re.compile(r"^<!-- as in (\S+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"(<!-- .*? -->\n)?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

SPUN = "Police stated the boys have been in the constructing.\n"
ORIGINAL = "Police said the men were in the building.\n"


def programs(page: str) -> dict[str, str]:
    """Name to text of the programs on a page."""
    return dict(_PROGRAM.findall((DOCS / page).read_text("utf-8")))


def test_sessions() -> None:
    result = doctest.testfile(str(DOCS / "python.md"), module_relative=False)
    assert result.attempted > 20
    assert result.failed == 0


@pytest.mark.parametrize("page", ["python.md", "pipelines.md"])
def test_every_block_is_run_or_compared(page: str) -> None:
    for comment, body in _BLOCK.findall((DOCS / page).read_text("utf-8")):
        assert comment or body.startswith(">>> "), body


def test_the_script(tmp_path: Path) -> None:
    (tmp_path / "mend.py").write_text(programs("python.md")["mend.py"], "utf-8")
    pages = tmp_path / "pages" / "deep"
    pages.mkdir(parents=True)
    (pages / "spun.html").write_text(f"<p>{SPUN}</p>", "utf-8")
    (pages / "clean.html").write_text(f"<p>{ORIGINAL}</p>", "utf-8")
    done = subprocess.run([sys.executable, "mend.py", "pages"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("spun.html\n", "")
    assert (pages / "spun.html").read_text("utf-8") == (pages / "clean.html").read_text("utf-8")


def test_the_server(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(programs("python.md")["server.py"], "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "server.py", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as server:
        try:
            answer = _post(f"http://127.0.0.1:{port}/", SPUN)
        finally:
            server.terminate()
    assert answer["text"] == ORIGINAL
    assert [edit["original"] for edit in answer["edits"]] == ["said", "men", "were", "building"]


def _post(address: str, text: str) -> dict[str, Any]:
    """The answer, as soon as the server is there to give it."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, text.encode(), timeout=60) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("no server")


def test_what_is_shown_of_a_file_is_in_it() -> None:
    found = _SHARED.findall((DOCS / "pipelines.md").read_text("utf-8"))
    assert found
    for name, shown in found:
        assert shown in (ROOT / name).read_text("utf-8")


def test_the_settings_of_a_crawl_are_those_there_are() -> None:
    source = (ROOT / "respin" / "integrations" / "scrapy.py").read_text("utf-8")
    settings: dict[str, object] = {}
    exec(programs("pipelines.md")["settings.py"], settings)
    names = [name for name in settings if name.startswith("RESPIN_")]
    assert len(names) > 3
    for name in names:
        assert f'settings.get("{name}"' in source


@pytest.mark.pipelines
def test_the_datatrove_pipeline(tmp_path: Path) -> None:
    pytest.importorskip("datatrove")
    (tmp_path / "run.py").write_text(programs("pipelines.md")["datatrove_pipeline.py"], "utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.jsonl").write_text(json.dumps({"id": "1", "text": SPUN}) + "\n", "utf-8")
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, check=True, capture_output=True, env={**os.environ})
    (record,) = (
        json.loads(line)
        for path in (tmp_path / "repaired").glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    )
    assert record["text"] == ORIGINAL
    assert record["metadata"]["respin_family"] == "newsroom"


def test_the_comparison_leaves_no_feature_without_an_answer() -> None:
    """Each row says yes, or no with a reason."""
    page = (DOCS / "comparison.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| (yes|no|partly) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) == 27
    assert [row for row in rows if row[1] != "yes" and len(row[2].split()) < 12] == []
