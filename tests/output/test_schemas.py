"""The JSON Schemas of ``docs/schemas``: what is written fits them, what does not fit them is told from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from respin.edits import Edit, Reason, Repair
from respin.errors import RespinError
from respin.output import Printer, Source
from respin.output.edit_log import EditLog, read_log
from respin.output.jsonl import JsonLinesPrinter

SCHEMAS = Path(__file__).parent.parent.parent / "docs" / "schemas"

PROBABILITY = st.floats(0, 1)
WORDING = st.text(st.sampled_from("ab é📷\n\r\udc80<"), max_size=4)


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return found


LOG_SCHEMA = schema_of("edit-log")
EDITS, LOG = Draft202012Validator(schema_of("edits")), Draft202012Validator(LOG_SCHEMA)


def written(kind: type[JsonLinesPrinter | EditLog], source: Source, repairs: list[Repair]) -> list[bytes]:
    """The lines that a printer writes of a text."""
    output = BytesIO()
    printer: Printer = kind(output)
    printer.begin(source)
    printer.feed(repairs)
    printer.end()
    printer.close()
    return output.getvalue().splitlines(keepends=True)


@st.composite
def repairs(draw: st.DrawFn) -> list[Repair]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        spun = draw(WORDING.filter(bool))
        text = draw(WORDING) + spun + draw(WORDING)
        start = text.index(spun)
        others = draw(st.lists(st.tuples(WORDING, PROBABILITY), max_size=2))
        edit = Edit(
            start,
            start + len(spun),
            spun,
            draw(WORDING),
            draw(PROBABILITY),
            tuple(others),
            draw(st.sampled_from(Reason)),
            draw(WORDING),
            draw(WORDING),
        )
        found.append(Repair(text, (edit,), draw(PROBABILITY)))
    return found


@given(repairs(), st.sampled_from([None, "a\udce9.txt"]))
def test_all_that_is_written_fits(found: list[Repair], path: str | None) -> None:
    source = Source(path or "standard input", path, path or "-")
    for kind, schema in ((JsonLinesPrinter, EDITS), (EditLog, LOG)):
        lines = written(kind, source, found)
        assert len(lines) >= len(found)
        for line in lines:
            schema.validate(json.loads(line))


def record(kind: type[JsonLinesPrinter | EditLog]) -> dict[str, Any]:
    """The last line of a plain text's one edit."""
    edit = Edit(5, 11, "stated", "said", 0.97, (("told", 0.02),), Reason.EXACT, "news")
    *_, last = written(kind, Source("a.txt", "a.txt", "a.txt"), [Repair("They stated it.\n", (edit,), 0.9)])
    found: dict[str, Any] = json.loads(last)
    return found


def broken(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Records that are wrong in one way each."""
    yield {**good, "colour": "red"}
    for name, value in good.items():
        if name not in ("line", "end", "confidence", "alternatives", "reason", "variant", "profile") or "file" in good:
            yield {key: other for key, other in good.items() if key != name}
        yield {**good, name: None}
        if isinstance(value, (int, float)):
            yield {**good, name: -1}
    yield {**good, "confidence": 1.5}
    yield {**good, "alternatives": [{"original": "told"}]}


@pytest.mark.parametrize(("kind", "schema"), [(JsonLinesPrinter, EDITS), (EditLog, LOG)])
def test_what_is_no_such_record_does_not_fit(
    kind: type[JsonLinesPrinter | EditLog], schema: Draft202012Validator
) -> None:
    good = record(kind)
    schema.validate(good)
    for bad in broken(good):
        with pytest.raises(ValidationError):
            schema.validate(bad)


def test_the_reader_of_logs_wants_what_the_schema_requires() -> None:
    """Dropping a key that the schema requires is refused, dropping another is not."""
    edit = Edit(5, 11, "stated", "said", 0.97, (("told", 0.02),), Reason.EXACT, "news")
    lines = written(EditLog, Source("a.txt", "a.txt", "a.txt"), [Repair("They stated it.\n", (edit,), 0.9)])
    for number, line in enumerate(lines):
        found = json.loads(line)
        required = LOG_SCHEMA["$defs"][found["type"]]["required"]
        for name in found:
            if name == "note":  # for people alone
                continue
            less = json.dumps({key: value for key, value in found.items() if key != name}).encode() + b"\n"
            changed = [*lines[:number], less, *lines[number + 1 :]]
            if name in required:
                with pytest.raises(RespinError):
                    list(read_log(changed))
            else:
                assert len(list(read_log(changed))) == 1
