"""``respin explain``: the candidates, scores and evidence behind each edit, as a table or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, Final

import click

from respin.cli.options import settings_of, share_repair_options
from respin.engine.trace import Candidate, Explanation, Explanations, Span
from respin.errors import InputError
from respin.files.find import Found
from respin.files.write import StandardOutput
from respin.run.reading import opened
from respin.run.remarks import cause_of
from respin.run.settings import Settings
from respin.text.wording import percent, printable

_PLACE: Final = re.compile(r"(?P<file>.+):(?P<first>\d+)(?:-(?P<last>\d+))?")

_SHOWN: Final = 0.02
"""Least share of a candidate that is listed where it was not taken, unless all are asked for."""

_MOST: Final = 6
"""Most candidates that are listed of a span, unless all are asked for."""


def parse_place(place: str) -> tuple[str, int, int | None]:
    """File, first and last line (``None``: to its end) of ``FILE``, ``FILE:LINE`` or ``FILE:FIRST-LAST``.

    >>> parse_place("a.txt"), parse_place("a.txt:3"), parse_place("a.txt:3-7")
    (('a.txt', 1, None), ('a.txt', 3, 3), ('a.txt', 3, 7))
    """
    match = _PLACE.fullmatch(place)
    if match is None or Path(place).exists():
        return place, 1, None
    first = int(match["first"])
    return match["file"], first, int(match["last"] or first)


def explanations(settings: Settings, path: str, first: int, last: int | None) -> Iterator[Explanation]:
    """What there is to say of each line of prose from ``first`` to ``last``.

    All lines before are read, too: what they say of the document counts.

    Raises:
        OSError, InputError: the file can't be read, or has fewer lines than ``first``.
    """
    repairer = settings.load_repairer()
    trace = Explanations(repairer)
    with opened(Found(path, path), settings, lambda: repairer.document(trace)) as source:
        number = 1
        end = ""
        for repair, notes, number in trace.numbered(chain.from_iterable(source.groups())):
            yield from (note for note in notes if note.number >= first)
            end = repair.source[-1:]
            if last is not None and number > last:
                return
    lines = number - (end in ("", "\n", "\r"))
    if first > lines:
        raise InputError(f"has no line {first}; its last one is {lines}")


@click.command("explain", add_help_option=False, short_help="Show why words are, or are not, repaired.")
@click.argument("place", metavar="FILE[:LINE]")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="A table, or JSON Lines."
)
@click.option("--all", "show_all", is_flag=True, help="List every candidate, however unlikely.")
@click.help_option("-h", "--help", help="Show this page.")
@click.pass_context
def explain_command(ctx: click.Context, /, place: str, format_: str, show_all: bool, **options: Any) -> None:
    """Show the candidates of each edit with their scores, and the evidence that their line was spun.

    FILE:LINE or FILE:FIRST-LAST picks lines; the lines before them are read all the same, since
    they tell how much of the document was spun. Scores are in nats (natural logarithms of
    probabilities), against leaving the words as they are.
    """

    path, first, last = parse_place(place)
    settings = settings_of(ctx, path, options)
    show = _as_json if format_ == "json" else _as_text
    named = "standard input" if path == "-" else path
    output = StandardOutput()
    try:
        for note in explanations(settings, path, first, last):
            lines = "".join(f"{line}\n" for line in show(note, named, show_all))
            output.write(lines.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        raise
    except (OSError, InputError) as error:
        raise InputError(f"{named}: {cause_of(error)}") from None


share_repair_options(explain_command)


def _as_json(note: Explanation, path: str, show_all: bool) -> Iterator[str]:
    record: dict[str, Any] = {"file": path, "line": note.number, **asdict(note)}
    del record["number"]
    spans = []
    for span in note.spans:
        spans.append(
            {
                "start": span.start,
                "end": span.end,
                "spun": span.spun,
                "taken": span.edit is not None,
                "made": span.made,
                "original": None if span.edit is None else span.edit.original,
                "confidence": None if span.edit is None else span.edit.confidence,
                "candidates": [
                    {
                        "original": c.original,
                        "score": round(c.score, 4),
                        "channel": round(c.channel, 4),
                        "model": round(c.model, 4),
                        "share": round(c.share, 6),
                        "reason": c.reason,
                        "profile": c.profile,
                    }
                    for c in span.candidates
                ],
            }
        )
    record["spans"] = spans
    yield json.dumps(record)


def _as_text(note: Explanation, path: str, show_all: bool) -> Iterator[str]:
    """A head for the line, a table for each span that the best reading changes, a list of the others."""
    verdict = f"{percent(note.probability, 1)} likely to have been spun"
    yield f"{path}:{note.number}: {verdict}"
    yield f"  {printable(note.text)}"
    expected = percent(note.prior, 1)
    evidence = f"evidence {note.evidence:+.1f} nats from {note.words} words"
    yield f"  read with {' and '.join(note.profiles)}: {evidence}; {expected} of such lines expected"
    width = max((len(_name(c, span)) for span in note.spans for c in span.candidates), default=0)
    width = min(40, max(width, 16))
    taken = [span for span in note.spans if span.edit is not None]
    for span in taken:
        yield ""
        yield from _table(span, note.threshold, width, show_all)
    rivals: list[Span] = []
    left: list[Span] = []
    for span in note.spans:
        if span.edit is None:
            overlaps = any(span.start < other.end and other.start < span.end for other in taken)
            (rivals if overlaps else left).append(span)
    yield from _rows("Across these, and not taken, with the score", rivals, show_all, scores=True)
    yield from _rows("Left alone, with the rest of the line in its best reading", left, show_all, scores=False)
    yield ""


def _table(span: Span, threshold: float, width: int, show_all: bool) -> Iterator[str]:
    edit = span.edit
    assert edit is not None
    sign = "≥" if edit.confidence >= threshold else "<"
    verdict = f"{'made' if span.made else 'not made'}: confidence {edit.confidence:.3f} {sign} {threshold:.3f}"
    if not span.made and edit.confidence >= threshold:
        verdict += ", but a directive or markup keeps the words"
    yield f"  {printable(span.spun)} → {printable(edit.original)}   {verdict}   ({edit.why}, {edit.profile})"
    yield f"    {'reading':<{width}}  {'share':>7}  {'score':>7} = {'channel':>7} + {'model':>7}"
    candidates = span.candidates if show_all else span.candidates[:_MOST]
    for c in candidates:
        scores = f"{c.score:>+7.2f} = {c.channel:>+7.2f} + {c.model:>+7.2f}"
        yield f"    {_name(c, span):<{width}}  {c.share:>7.3f}  {scores}"
    if len(candidates) < len(span.candidates):
        yield f"    and {len(span.candidates) - len(candidates)} more (--all)"


def _rows(title: str, spans: list[Span], show_all: bool, *, scores: bool) -> Iterator[str]:
    """Spans that were not taken, a row each; those where all speaks for leaving them are passed over."""
    rows = []
    for span in spans:
        if not show_all and all(c.original is None or c.share < _SHOWN for c in span.candidates):
            continue
        shown = [c for c in span.candidates if show_all or c.share >= _SHOWN][: None if show_all else _MOST]
        readings = (f"{_name(c, span)} {f'{c.score:+.2f}' if scores else f'{c.share:.3f}'}" for c in shown)
        rows.append((printable(span.spun), ", ".join(readings)))
    if rows:
        width = max(len(name) for name, _ in rows)
        yield ""
        yield f"  {title}"
        for name, listed in rows:
            yield f"    {name:<{width}}  {listed}"


def _name(candidate: Candidate, span: Span) -> str:
    return printable(candidate.original) if candidate.original is not None else f"({printable(span.spun)})"
