"""What ``import respin`` gives: the names, and errors with one base and an exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import respin
from respin.errors import Exit

ERRORS = {name for name in respin.__all__ if name.endswith("Error")}


def test_every_public_name_is_there() -> None:
    for name in respin.__all__:
        assert getattr(respin, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        respin.Nothing  # noqa: B018
    assert {name for name in dir(respin.errors) if name.endswith("Error")} == ERRORS


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_error_has_one_base_and_an_exit_status(name: str) -> None:
    error = getattr(respin, name)
    assert issubclass(error, respin.RespinError)
    assert error.exit is Exit.ERROR


@pytest.mark.parametrize("package", ["respin", "benchmarks"])
def test_no_module_has_errors_of_its_own(package: str) -> None:
    """A stranger looks for them in one place. What is private to a module is its own business."""
    root = Path(respin.__file__).parent.parent / package
    own = {
        f"{path.name}: {line}"
        for path in root.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("class ") and line.endswith(("Error):", "Exception):")) and path.name != "errors.py"
    }
    signals = {  # what a package says to itself, and nobody outside it sees
        "invariants.py: class Broken(AssertionError):",
        "passages.py: class Unwritable(ValueError):",
    }
    assert {entry for entry in own if not entry.split("class ")[1].startswith("_")} <= signals


def test_a_line_of_plain_prose_is_repaired_without_the_regex_package(tmp_path: Path) -> None:
    source = tmp_path / "line.txt"
    source.write_text("The mayor stated on Monday that many folks were injured within the accident.\n")
    code = (
        "import sys, respin.cli.startup as startup\n"
        "def leave(end): print('regex' in sys.modules, end.code); raise end\n"
        "startup.leave = leave\n"
        "from respin.cli.main import main\n"
        "sys.argv = ['respin', '--fast', sys.argv[1]]\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(source)], capture_output=True, text=True, check=False)
    assert "that many people were injured in the accident." in run.stdout
    assert run.stdout.splitlines()[-1] == "False 0"


def test_the_import_alone_loads_nothing() -> None:
    code = "import sys, respin; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in modules if name.startswith("respin")] == ["respin"]


def test_a_dictionary_error_says_where(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("said: stated\nno colon here\n")
    with pytest.raises(respin.DictionaryError) as caught:
        respin.Dictionary.load([file])
    error = caught.value
    assert (error.path, error.line, str(error)) == (str(file), 2, f"{file}:2: {error.cause}")
