"""One edit a line, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from respin.edits import Repair
from respin.output import Output, Printer, Source
from respin.output.positions import Located, Locator


def edit_record(name: str, located: Located) -> dict[str, Any]:
    """An edit as a JSON object. Pairs of offsets are [start, end): in bytes, code points, UTF-16 units."""
    edit, start, end = located
    return {
        "file": name,
        "line": start.line,
        "column": start.column,
        "bytes": [start.byte, end.byte],
        "chars": [start.char, end.char],
        "utf16": [start.utf16, end.utf16],
        "spun": edit.spun,
        "original": edit.original,
        "confidence": edit.confidence,
        "alternatives": [{"original": original, "confidence": p} for original, p in edit.alternatives],
        "reason": str(edit.reason),
        "variant": edit.variant,
        "profile": edit.profile,
    }


def json_bytes(value: Any) -> bytes:
    """JSON in UTF-8. Bytes that could not be decoded stay lone surrogates, as escapes."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


class JsonLinesPrinter(Printer):
    """Writes each edit as soon as its line is repaired."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, source: Source) -> None:
        """Count from the start."""
        self._name = source.name
        self._locator = Locator(source.encoding)

    def feed(self, repairs: Sequence[Repair]) -> None:
        """Write the edits of these repairs."""
        lines = [
            json_bytes(edit_record(self._name, located)) + b"\n"
            for repair in repairs
            for located in self._locator.feed(repair)
        ]
        if lines:
            self._output.write(b"".join(lines))
