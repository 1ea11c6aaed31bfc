"""README and docs say what is so: every example is run, every name in them is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import respin
from respin.cli.main import COMMANDS
from respin.cli.reference import reference
from respin.dictionary.file import Profile, parse
from tests.house.pages import PAGES, ROOT, examples

NAMES = {str(page.relative_to(ROOT)): page for page in PAGES}


@pytest.mark.parametrize("name", NAMES)
def test_every_example_prints_what_the_page_shows(name: str, tmp_path: Path) -> None:
    """One folder a page, as a reader would follow it."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    for example in examples(NAMES[name]):
        done = subprocess.run(
            ["bash", "-c", example.command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        assert done.stdout.decode() == example.shown, f"{name}:{example.line}: {example.command}"


@pytest.mark.parametrize("name", NAMES)
def test_no_block_is_passed_over_unseen(name: str) -> None:
    """What looks like a command is run, or says why not; here-documents stand where they can be pasted."""
    text = NAMES[name].read_text("utf-8")
    assert not re.findall(r"^```(?:bash|shell|shell-session|zsh)$", text, re.MULTILINE)
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        assert "<<" not in block, "a here-document after a prompt can't be pasted: make it a block of sh"


def test_there_are_examples() -> None:
    counts = {name: len(list(examples(page))) for name, page in NAMES.items()}
    assert counts["README.md"] >= 8
    assert counts["docs/dictionary.md"] >= 8
    assert counts["docs/integrations.md"] >= 4


@pytest.mark.parametrize("name", NAMES)
def test_links_and_paths_lead_somewhere(name: str) -> None:
    page = NAMES[name]
    text = page.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if not link.startswith("https:")]
    assert [link for link in links if not (page.parent / link).exists()] == []
    paths = re.findall(r"`((?:respin|tests|benchmarks|dictionaries)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_command_reference_is_that_of_the_commands() -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == reference(), "'just docs' writes it anew"


def test_the_guide_has_every_header_key() -> None:
    guide = (ROOT / "docs" / "dictionary.md").read_text("utf-8")
    table = re.search(r"\| key \| default \| meaning \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", guide)
    assert table is not None
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table[1], re.MULTILINE))
    assert list(rows) == [field.name for field in fields(Profile)]
    for key, default in rows.items():  # and the reader of headers knows each, with the default that is shown
        is_set = default[0] in "`0123456789"
        profile, _ = parse(f"{key} = {default.strip('`')}\n---\n")
        assert getattr(profile, key) == (getattr(Profile(), key) if is_set else default)


def test_the_architecture_names_every_package() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = page[page.index("## The rooms") : page.index("## What must always hold")]
    package = Path(respin.__file__).parent
    there = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    there |= {path.stem for path in package.glob("[a-z]*.py")}
    assert set(re.findall(r"^\| (.+?) \|", rooms, re.MULTILINE)) >= {
        f"`{name}`" for name in there - {"edits", "errors"}
    }
    assert "| `edits`, `errors` |" in rooms


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"respin {name}" not in readme] == []


def test_ci_runs_the_readmes_own_test_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    command = re.search(r"runs the tests:\n\n<!-- .*? -->\n```sh\n(.*?)\n```", readme, re.DOTALL)
    assert command is not None
    assert command[1] in (ROOT / ".ci" / "run").read_text("utf-8")
