"""One edit a line, as JSON."""

from __future__ import annotations

import json
from typing import Any

from respin.edits import Edit
from respin.output.edit_printer import EditPrinter
from respin.output.positions import Located


def edit_fields(edit: Edit) -> dict[str, Any]:
    """An edit as the fields of a JSON object, without its place."""
    return {
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


class JsonLinesPrinter(EditPrinter):
    """Pairs of offsets are [start, end): in bytes, code points, UTF-16 units."""

    def _record(self, located: Located) -> bytes:
        edit, start, end = located
        record = {
            "file": self._source.name,
            "line": start.line,
            "column": start.column,
            "bytes": [start.byte, end.byte],
            "chars": [start.char, end.char],
            "utf16": [start.utf16, end.utf16],
            **edit_fields(edit),
        }
        return json_bytes(record) + b"\n"
