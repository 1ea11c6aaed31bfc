"""The examples of a page: its fenced blocks that a reader can run, with what they print.

- ``console``: a session; commands stand after ``$``, below each what it prints.
- ``sh``: lines to paste as they stand; what they print stands in the ``text`` block right below, if anything.

A block that can't be run in a test says why, in a comment above it: ``<!-- not run: needs the network -->``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"```(?P<kind>sh|console)\n(?P<body>.*?)^```\n(?:```text\n(?P<shown>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", re.MULTILINE)


class Example(NamedTuple):
    """A command to run, what it must print, and its line in the page."""

    line: int
    command: str
    shown: str


def examples(page: Path) -> Iterator[Example]:
    """The examples of a page that are to be run, in order."""
    text = page.read_text("utf-8")
    for block in _BLOCK.finditer(text):
        if block["reason"]:
            continue
        line = text.count("\n", 0, block.start("body")) + 1
        if block["kind"] == "sh":
            yield Example(line, block["body"], block["shown"] or "")
            continue
        assert block["body"].startswith("$ "), f"{page.name}:{line}: a session begins with a command"
        for command, shown in _COMMAND.findall(block["body"]):
            # A quotation that is not closed goes on in the next line, as in a shell.
            while command.count("'") % 2:
                more, _, shown = shown.partition("\n")
                command += f"{more}\n"
            yield Example(line, command, shown)
