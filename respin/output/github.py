"""``--format github``: a workflow command for each edit, which GitHub Actions shows beside the line."""

from __future__ import annotations

from respin.files.stream import encode
from respin.output.edit_printer import EditPrinter
from respin.output.positions import Located
from respin.text.wording import percent, printable


class GithubPrinter(EditPrinter):
    """Writes ``::warning file=…,line=…,…::message``."""

    def _record(self, located: Located) -> bytes:
        return encode(_command(self._source.name, located), "utf-8")


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
