"""SARIF 2.1.0, which code hosts and editors show beside the text."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from respin import __version__
from respin.output import Output, Source
from respin.output.edit_printer import EditPrinter
from respin.output.jsonl import json_bytes
from respin.output.positions import Located
from respin.text.wording import percent

_RULE: Final = {
    "id": "spun",
    "shortDescription": {"text": "A wording that an article spinner put in place of the original."},
    "defaultConfiguration": {"level": "warning"},
}


class SarifPrinter(EditPrinter):
    """Writes one log with a result for each edit, result by result: memory does not grow with them."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._between = b"\n"
        driver = {"name": "respin", "version": __version__, "rules": [_RULE]}
        self._output.write(
            b'{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": '
            + json_bytes({"driver": driver})
            + b', "columnKind": "unicodeCodePoints", "results": ['
        )

    def begin(self, source: Source) -> None:
        """Count from the start."""
        super().begin(source)
        self._uri = _uri(source)

    def close(self) -> None:
        """Write what ends the log."""
        self._output.write(b"]}]}\n")

    def _record(self, located: Located) -> bytes:
        between, self._between = self._between, b",\n"
        return between + json_bytes(self._result(located))

    def _result(self, located: Located) -> dict[str, Any]:
        edit, start, end = located
        place = {"uri": self._uri}
        region = {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
            "charOffset": start.char,
            "charLength": end.char - start.char,
            "byteOffset": start.byte,
            "byteLength": end.byte - start.byte,
        }
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.original}}
        return {
            "ruleId": "spun",
            "level": "warning",
            "message": {"text": f"“{edit.spun}” was “{edit.original}” ({percent(edit.confidence)} sure)."},
            "locations": [{"physicalLocation": {"artifactLocation": place, "region": region}}],
            "rank": round(100 * edit.confidence, 2),
            "fixes": [
                {
                    "description": {"text": f"Put back “{edit.original}”."},
                    "artifactChanges": [{"artifactLocation": place, "replacements": [replacement]}],
                }
            ],
            "properties": {"reason": str(edit.reason), "variant": edit.variant, "profile": edit.profile},
        }


def _uri(source: Source) -> str:
    path = PurePath(source.path or source.name)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
