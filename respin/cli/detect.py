"""``respin detect``: which family of spinners was at work in each file, as lines or as JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import click

from respin.cli.options import settings_of, share_repair_options
from respin.engine.detect import Detection, Detector
from respin.errors import Exit, InputError
from respin.files.find import STANDARD_INPUT, Found, Unreadable, find
from respin.files.write import StandardOutput
from respin.run.reading import opened
from respin.run.remarks import Remarks, cause_of
from respin.run.settings import Settings
from respin.text.wording import counted, percent

_OPTIONS: Final = (
    "dictionary",
    "no_default_dictionary",
    "input_format",
    "field",
    "field_format",
    "text",
    "encoding",
    "include",
    "exclude",
    "stdin_filename",
)


@click.command("detect", add_help_option=False, short_help="Say which family of spinners was at work.")
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|GLOB]...")
@click.option(
    "--format", "format_", type=click.Choice(["text", "jsonl"]), default="text", help="A line a file, or JSON Lines."
)
@click.help_option("-h", "--help", help="Show this page.")
@click.pass_context
def detect_command(ctx: click.Context, /, files: tuple[str, ...], format_: str, **options: Any) -> None:
    """Say of each file which family of spinners was at work, how sure that is, and which words speak for it.

    The families: newsroom (the plug-in behind most spun news), thesaurus (essay and SEO rewriters), science (the
    "tortured phrases" of papers). Reads standard input without a FILE, and changes nothing. Leaves with code 1 if
    anything was spun, 2 if a file could not be read.
    """
    settings = settings_of(ctx, STANDARD_INPUT, options)
    detector = Detector(settings._replace(fast=True).load_repairer())
    remarks = Remarks()
    output = StandardOutput()
    code = Exit.DONE
    for found in find(files or (STANDARD_INPUT,), settings.exclude, settings.include):
        if isinstance(found, Unreadable):
            remarks.error(f"{found.name}: {found.cause}")
            code = Exit.ERROR
            continue
        name = (settings.stdin_filename or "standard input") if found.path == STANDARD_INPUT else found.path
        try:
            detection = _detect(found, settings, detector)
        except BrokenPipeError:
            raise
        except (OSError, InputError) as error:
            remarks.error(f"{name}: {cause_of(error)}")
            code = Exit.ERROR
            continue
        if detection.is_spun and code == Exit.DONE:
            code = Exit.FOUND
        line = _as_json(name, detection) if format_ == "jsonl" else f"{name}: {_as_text(detection)}"
        output.write(f"{line}\n".encode("utf-8", "backslashreplace"))
    raise SystemExit(code)


share_repair_options(detect_command, _OPTIONS)


def _detect(found: Found, settings: Settings, detector: Detector) -> Detection:
    """What a file came to, all its parts together."""
    evidence = detector.document()
    with opened(found, settings, lambda: evidence) as source:
        for group in source.groups():
            for _ in group:
                pass
    return evidence.detection()


def _as_text(detection: Detection) -> str:
    """An answer for people.

    >>> _as_text(Detection("none", 0.02, 0.0, 300, -12.0))
    'not spun (confidence 0.98)'
    """
    if not detection.words:
        return "no prose to judge"
    if detection.family == "unknown":
        return f"too short or too lightly spun to tell ({counted(detection.words, 'word')})"
    if detection.family == "none":
        return f"not spun (confidence {detection.confidence:.2f})"
    said = ", ".join(_signs(detection))
    return f"{detection.family}, {percent(detection.share)} spun (confidence {detection.confidence:.2f}): {said}"


def _signs(detection: Detection) -> Iterator[str]:
    for sign in detection.signs:
        times = f" {sign.count} times" if sign.count > 1 else ""
        yield f"{sign.spun!r} for {sign.original!r}{times}"


def _as_json(name: str, detection: Detection) -> str:
    record = {"file": name, **asdict(detection), "confidence": round(detection.confidence, 4)}
    return json.dumps(record, ensure_ascii=False)
