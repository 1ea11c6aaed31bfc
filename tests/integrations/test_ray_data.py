"""The recipe for Ray Data, run as its page says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integrations.texts import CLEAN, ORIGINAL, SPUN

pytest.importorskip("ray")
parquet = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("pandas")

pytestmark = [pytest.mark.pipelines, pytest.mark.ray]

SCRIPT = Path(__file__).parents[2] / "examples" / "ray_data.py"


def test_a_column_is_repaired(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows = [{"id": 1, "text": CLEAN}, {"id": 2, "text": SPUN}]
    (tmp_path / "in" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    command = [sys.executable, str(SCRIPT), str(tmp_path / "in"), str(tmp_path / "out")]
    environment = {**os.environ, "RAY_DATA_DISABLE_PROGRESS_BARS": "1", "RAY_INCLUDE_DASHBOARD": "0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    found = [row for path in (tmp_path / "out").glob("*.parquet") for row in parquet.read_table(path).to_pylist()]
    found.sort(key=lambda row: row["id"])
    assert [row["text"] for row in found] == [CLEAN, ORIGINAL]
    assert [row["respin_family"] for row in found] == ["", "newsroom"]
    assert found[1]["respin_edits"] > 5
