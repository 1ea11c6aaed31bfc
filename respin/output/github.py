"""``--format github``: a workflow command for each edit, which GitHub Actions shows beside the line."""

from __future__ import annotations

from collections.abc import Sequence

from respin.edits import Repair
from respin.files.stream import encode
from respin.output import Output, Printer, Source
from respin.output.positions import Located, Locator
from respin.text.wording import percent, printable


class GithubPrinter(Printer):
    """Writes ``::warning file=…,line=…,…::message``."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, source: Source) -> None:
        """Count from the start."""
        self._name = source.name
        self._locator = Locator(source.encoding)

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write the edits of these repairs."""
        lines = [
            encode(_command(self._name, located), "utf-8")
            for repair in repairs
            for located in self._locator.feed(repair)
        ]
        if lines:
            self._output.write(b"".join(lines))


def _command(name: str, located: Located) -> str:
    edit, start, end = located
    place = {"file": name, "line": start.line, "endLine": end.line}
    if start.line == end.line:  # of several lines GitHub takes no columns
        place |= {"col": start.column, "endColumn": end.column}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    said = f"“{printable(edit.spun)}” was “{printable(edit.original)}” ({percent(edit.confidence)} sure)."
    return f"::warning {properties},title=respin::{_data(said)}\n"


def _data(text: str) -> str:
    """A message as the runner unescapes it.

    >>> _data("50 %\\nmore")
    '50 %25%0Amore'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The value of a property, which a comma or a colon would end.

    >>> _property("a,b:1.txt")
    'a%2Cb%3A1.txt'
    """
    return _data(text).replace(":", "%3A").replace(",", "%2C")
