"""The command reference, as Markdown made from the commands themselves.

``python -m respin.cli.reference > docs/commands.md`` writes it; a test holds the page against the commands.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from typing import Final

import click

from respin.cli.main import cli
from respin.cli.man import EXITS

_TOP: Final = """\
# Commands

This page is made from the commands themselves: `just docs` writes it anew. `respin --help` and
`respin COMMAND --help` say the same on the screen, and `respin man` as a manual page.

A settings file (`respin.toml`, or `[tool.respin]` in `pyproject.toml`) takes the options of `respin`
under their long names, without the dashes."""


_BAR: Final = "\N{DIVIDES}"
"""Stands for the bar in a cell: the real one would end the cell."""


def reference() -> str:
    """The page, with a line feed at its end."""
    context = click.Context(cli, info_name="respin", **cli.context_settings)
    lines = [_TOP, ""]
    repair = cli.get_command(context, "repair")
    assert repair is not None
    lines += _section("respin", repair, context)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if command is repair:  # respin check: the same options
            lines += [f"## respin {name}", "", "The repair's options, with `--check` given.", ""]
        else:
            lines += _section(f"respin {name}", command, context)
    lines += ["## Exit status", "", "| status | meaning |", "|---|---|"]
    lines += [f"| {int(code)} | {meaning} |" for code, meaning in EXITS.items()]
    return "\n".join(lines) + "\n"


def _section(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """The heading, the usage, what it does, its options; of a group, its commands in turn."""
    context = click.Context(command, info_name=name.removeprefix("respin "), parent=parent)
    yield from (f"## {name}", "")
    yield from ("```", f"{name} {' '.join(command.collect_usage_pieces(context))}", "```", "")
    yield from (_prose(command), "")
    options = [
        param
        for param in command.get_params(context)
        if isinstance(param, click.Option) and not param.hidden and "--help" not in param.opts
    ]
    if options:
        yield from ("| option | meaning |", "|---|---|")
        yield from map(_row, options)
        yield ""
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from _section(f"{name} {child}", found, context)


def _prose(command: click.Command) -> str:
    """What the help page says, in which Click keeps the line ends of a paragraph after a form feed mark."""
    paragraphs = cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(
        "```\n" + paragraph.removeprefix("\b\n") + "\n```" if paragraph.startswith("\b") else _escaped(paragraph)
        for paragraph in paragraphs
    )


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts + option.secondary_opts)
    if not option.is_flag and not option.count:
        choices = "|".join(map(str, option.type.choices)) if isinstance(option.type, click.Choice) else None
        value = (
            option.metavar or choices or ("N" if option.type.name.startswith("integer") else option.type.name.upper())
        )
        names += f" `{value.replace('|', _BAR)}`"
    shown = f" [{option.default}]" if option.show_default is True and option.default not in (None, (), False) else ""
    return f"| {names} | {_escaped(option.help or '')}{' Can be repeated.' if option.multiple else ''}{shown} |"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("<", r"\<").replace("*", r"\*")


if __name__ == "__main__":
    sys.stdout.buffer.write(reference().encode("utf-8"))
