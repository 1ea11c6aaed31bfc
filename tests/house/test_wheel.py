"""The README's first command on a fresh machine: build the wheel, install it into an empty environment, run it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)], cwd=ROOT, check=True)
    (built,) = out.glob("*.whl")
    return built


def test_dictionaries_model_and_weights_are_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "respin/dictionaries/newsroom.txt",
        "respin/data/news.respin-lm",
        "respin/data/news.respin-topics",
        "respin/data/news.respin-reader",
        "respin/data/weights.json",
        "respin/data/LICENSE-Apache-2.0",
        "respin/data/NOTICE",
        "respin/train/reader/news.toml",
        "respin/py.typed",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "dictionaries"))]


def test_it_runs_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    # This pip installs into the other environment: to give that one its own takes longer than all the rest.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    install = ["install", "-q", "--no-compile", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True, env=environment)
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "respin"],
        input=b"Police stated the boys have been in the constructing.\n",
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert done.stdout == b"Police said the men were in the building.\n"
