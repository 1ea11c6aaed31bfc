"""Any number of processes comes to the same, to the byte: output, reports, remarks, status, log.

Reads are made short and files worth cutting, so that small sources are cut into many parts.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from respin.files import stream
from respin.run import parts
from tests.command import Ran, respin

SPEED = re.compile(rb" +(?:words/s|[\d,]+)$", re.MULTILINE)
"""The last column of the statistics."""

SOURCES = tomllib.loads((Path(__file__).parent / "jobs.toml").read_text("utf-8"))["source"]


@pytest.fixture(autouse=True)
def _small_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream, "CHUNK", 300)
    monkeypatch.setattr(parts, "WORTH_IT", 1)
    monkeypatch.setattr(parts, "MOST_HELD", 1000)


def write(source: dict[str, Any]) -> bytes:
    data = "".join(part["text"] * part["times"] for part in source["parts"]).encode().replace(b"\0", b"\xe9")
    Path(source["name"]).write_bytes(data)
    return data


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["label"])
def test_a_source_is_repaired_the_same(source: dict[str, Any]) -> None:
    data, name = write(source), source["name"]

    def run(jobs: str, *args: str) -> Ran:
        ran = respin("--fast", "-v", "-j", jobs, *args, stdin=data)
        return ran._replace(err=SPEED.sub(b"", ran.err))

    for args in (["-", name], ["--diff", "--stats", "--stdin-filename", name], ["--format", "jsonl", name]):
        one, more = run("1", *args), run("3", *args)
        assert more == one
        assert one.err.startswith(b"respin: dictionaries: ")
        assert one.exit_code == 0


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["label"])
def test_a_file_is_replaced_the_same(source: dict[str, Any]) -> None:
    found = []
    for jobs in ("1", "3"):
        data = write(source)
        ran = respin("--fast", "-j", jobs, "-w", "--log", f"log{jobs}", source["name"])
        found.append((ran, Path(source["name"]).read_bytes()))
        assert respin("undo", f"log{jobs}").exit_code == 0
        assert Path(source["name"]).read_bytes() == data
    assert found[0] == found[1]
