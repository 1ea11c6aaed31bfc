"""The help page, the manual page, the settings and the hooks say what the options are, and nothing else."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from respin import formats
from respin.cli.config import KEEP_FILE, ONLY_ON_THE_COMMAND_LINE
from respin.cli.help_page import CHECK_PAGE, page
from respin.cli.main import COMMANDS, cli
from respin.cli.man import man_page
from respin.cli.repair import repair_command
from respin.run.settings import Settings

OPTIONS = [param for param in repair_command.params if isinstance(param, click.Option)]
NAMES = {name for option in OPTIONS for name in option.opts}


def test_the_help_pages_fit_a_screen() -> None:
    for text in (page(tuple(COMMANDS)), CHECK_PAGE):
        lines = text.splitlines()
        assert len(lines) <= 40
        assert max(map(len, lines)) <= 80


def test_the_help_page_has_every_option_and_command_and_no_other() -> None:
    text = page(tuple(COMMANDS))
    head = text.partition("Commands:")[0]
    found = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", head))
    assert found <= NAMES
    for option in OPTIONS:
        assert found & set(option.opts)
    listed = re.findall(r"Commands: ((?:[a-z]+(?:,\s+)?)+)", text)[0]
    assert re.findall(r"[a-z]+", listed) == list(COMMANDS)
    assert text.partition("\nExamples\n")[2].count("\n") == 3


def test_the_page_of_the_check_names_options_and_files_that_there_are() -> None:
    found = set(re.findall(r"(?<![\w!-])--?[a-zA-Z][\w-]*", CHECK_PAGE))
    assert found <= NAMES
    assert {"--exit-zero", "--quiet", "--format", "--keep"} <= found
    assert KEEP_FILE in CHECK_PAGE
    formats = next(option.type for option in OPTIONS if option.name == "format")
    assert isinstance(formats, click.Choice)
    listed = CHECK_PAGE.partition("--format NAME")[2].partition("\n")[0]
    assert set(re.findall(r"[a-z]+", listed)) - {"annotations", "or"} == set(formats.choices) - {"text"}


def commands(command: click.Command = cli, name: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of all commands there are, those of groups with the group's before it."""
    if name:
        yield name
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from commands(found, (*name, sub))


@pytest.mark.parametrize("name", list(commands()), ids=" ".join)
def test_every_command_answers_both_ways_of_asking_for_help(name: tuple[str, ...]) -> None:
    for asked in ("-h", "--help"):
        answer = CliRunner().invoke(cli, [*name, asked], prog_name="respin")
        assert answer.exit_code == 0, answer.output
        assert answer.output.startswith(f"Usage: respin {' '.join(name)} "), answer.output


def test_the_manual_page_has_every_option_and_command() -> None:
    text = man_page()
    for name in NAMES:
        assert rf"\fB{name}\fR".replace("-", r"\-") in text
    for name in COMMANDS:
        assert rf"\fBrespin {name}\fR" in text


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff here")
def test_groff_has_nothing_to_say_of_the_manual_page() -> None:
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8"], input=man_page().encode(), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_option_is_a_setting_of_the_same_name() -> None:
    fields = set(Settings._fields) - {"files"}
    assert {option.name for option in OPTIONS} - {"help", "version", "config"} == fields
    assert {f"--{name}" for name in ONLY_ON_THE_COMMAND_LINE} <= NAMES


def test_the_formats_are_those_there_are() -> None:
    choices = next(option.type for option in OPTIONS if option.name == "input_format")
    assert isinstance(choices, click.Choice)
    assert tuple(choices.choices) == ("auto", *formats.NAMES)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    assert COMMANDS[name][2].endswith(".")


def test_the_hooks_run_commands_that_exist() -> None:
    text = (Path(__file__).parent.parent.parent / ".pre-commit-hooks.yaml").read_text("utf-8")
    entries = re.findall(r"^  entry: (.+)$", text, re.MULTILINE)
    assert len(entries) == len(re.findall("^- id: ", text, re.MULTILINE)) == 2
    for entry in entries:
        program, *args = shlex.split(entry)
        assert program == "respin"
        for arg in args:
            assert arg in NAMES | set(COMMANDS)
