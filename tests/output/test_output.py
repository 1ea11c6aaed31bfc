"""Places and diffs, held against simpler ways to find them."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.edits import Edit, Repair
from respin.files.stream import encode
from respin.output import Source, progress
from respin.output.check import CheckPrinter
from respin.output.diff import DiffPrinter
from respin.output.meter import PATIENCE, Meter
from respin.output.positions import Locator, Place

TEXT = st.text(st.sampled_from("ab é📷\n\r\ufeff\udc80"), max_size=60)


@st.composite
def repaired_texts(draw: st.DrawFn, alphabet: st.SearchStrategy[str] = TEXT) -> list[Repair]:
    """A text in pieces, with edits at random places of them."""
    repairs = []
    for text in draw(st.lists(alphabet, max_size=6)):
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
        edits = [
            Edit(start, end, text[start:end], draw(st.sampled_from(["x", "yy z", "é"])), 0.9)
            for start, end in list(pairwise(cuts))[::2]
        ]
        repairs.append(Repair(text, tuple(edits)))
    return repairs


class Collected:
    """An output in memory."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes, /) -> None:
        self.data += data


def place(text: str, offset: int, encoding: str) -> Place:
    """Where a character stands, counted from the start of the text."""
    before = text[:offset]
    ends = [match.end() for match in re.finditer(r"\r\n|\n|\r", before)]
    return Place(
        len(ends) + 1,
        offset - (ends[-1] if ends else 0) + 1,
        len(encode(before, encoding)),
        offset,
        len(before) + sum(char > "\uffff" for char in before),
    )


@given(repaired_texts())
def test_places_are_right_in_every_unit(repairs: list[Repair]) -> None:
    text = "".join(repair.source for repair in repairs)
    locator, at = Locator("utf-8"), 0
    for repair in repairs:
        for edit, start, end in locator.feed(repair):
            assert start == place(text, at + edit.start, "utf-8")
            assert end == place(text, at + edit.end, "utf-8")
        at += len(repair.source)


def test_places_in_an_encoding_of_wider_units() -> None:
    repair = Repair("\ufeffa 📷 b", (Edit(5, 6, "b", "c", 0.9),))
    [located] = Locator("utf-16-le").feed(repair)
    assert located.start == Place(1, 6, 12, 5, 6)


def patched(text: str, diff: str) -> str:
    """What a unified diff makes of a text."""
    lines = [line for line in re.split(r"(?<=\n)", text) if line]
    made: list[str] = []
    at, previous = 0, ""
    body = re.split(r"(?<=\n)", diff)[2:]
    for line in body:
        head = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n", line)
        if head:
            start = int(head[1]) - (head[2] != "0")
            made += lines[at:start]
            at = start
            assert len(made) == int(head[3]) - (head[4] != "0")
        elif line.startswith("\\"):
            if previous in "+ ":
                made[-1] = made[-1][:-1]
        elif line:
            previous = line[0]
            if previous in " -":
                assert line[1:].rstrip("\n") == lines[at].rstrip("\n")
                at += 1
            if previous in " +":
                made.append(line[1:])
    return "".join(made + lines[at:])


@given(repaired_texts(st.text(st.sampled_from("ab\n\r"), max_size=40)))
def test_a_diff_applied_gives_the_repaired_text(repairs: list[Repair]) -> None:
    repairs = [Repair(r.source, tuple(e for e in r.edits if e.spun != e.original and e.spun)) for r in repairs]
    text = "".join(repair.source for repair in repairs)
    output = Collected()
    printer = DiffPrinter(output, color=False)
    printer.begin(Source("a", "a", "a"))
    for repair in repairs:
        printer.feed([repair])
    printer.end()
    diff = output.data.decode()
    assert (diff == "") == (not any(repair.edits for repair in repairs))
    assert patched(text, diff) == "".join(repair.text for repair in repairs) if diff else True


@given(repaired_texts(st.text(st.sampled_from("ab\n\r"), max_size=40)))
def test_colours_change_nothing_else(repairs: list[Repair]) -> None:
    shown = []
    for color in (False, True):
        output = Collected()
        printer = DiffPrinter(output, color=color)
        printer.begin(Source("a", "a", "a"))
        printer.feed(repairs)
        printer.end()
        shown.append(re.sub(r"\x1b\[\d*m", "", output.data.decode()))
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    ("total", "said"),
    [(None, "8.0 kB  4.0 kB/s"), (32_000, "25 %  8.0 kB of 32.0 kB  4.0 kB/s  0:06 left")],
)
def test_a_long_run_shows_how_far_it_is_and_wipes_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: int | None, said: str
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    asked = []
    line = progress.ProgressPrinter(lambda: asked.append(1) or total)  # type: ignore[func-returns-value]
    line.begin(Source("a.txt", "a.txt", "a.txt", "utf-16-le"))
    line.feed([Repair("x" * 2000)])
    assert capsys.readouterr().err == ""  # a short run stays silent, and is not held up by a search for files
    assert not asked
    now[0] += PATIENCE + 0.5
    line.feed([Repair("x" * 2000, (Edit(0, 1, "x", "y", 0.9),))])
    assert capsys.readouterr().err == f"\r\x1b[K{said}  0 files  1 edit  'a.txt'"
    line.feed([Repair("x")])  # not drawn again at once
    assert capsys.readouterr().err == ""
    line.end()
    line.close()
    assert capsys.readouterr().err == "\r\x1b[K"
    assert asked == [1]


def test_progress_counts_files_that_failed_or_were_packed_as_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    path = tmp_path / "a.gz"
    path.write_bytes(b"x" * 5000)
    line = progress.ProgressPrinter(lambda: 10_000)
    packed = Source("a.gz", "a.gz", "a.gz", state=path.stat(), compression="gzip")
    line.begin(packed)
    line.feed([Repair("x" * 40_000)])
    now[0] += 5
    line.feed([Repair("x" * 40_000)])
    assert "0 %  0 bytes of 10.0 kB  0 files" in capsys.readouterr().err
    line.fail()
    now[0] += 5
    line.begin(packed)
    assert "50 %  5.0 kB of 10.0 kB  500 bytes/s  0:10 left" in capsys.readouterr().err
    line.end()
    now[0] += 5
    line.begin(Source("b", "b", "b"))
    assert "99 %  10.0 kB of 10.0 kB" in capsys.readouterr().err  # not done before it is done


@pytest.mark.parametrize(
    ("confidence", "said"), [(0.9, "(0.90)"), (0.984, "(0.98)"), (0.9999, "(0.99)"), (1.0, "(0.99)"), (0.0, "(0.00)")]
)
def test_a_check_says_how_sure_an_edit_is_and_never_quite(confidence: float, said: str) -> None:
    output = Collected()
    printer = CheckPrinter(output)
    printer.begin(Source("a.txt", "a.txt", "a.txt"))
    printer.feed([Repair("One.\n"), Repair("They stated\nit.", (Edit(5, 15, "stated\nit.", "", confidence),))])
    assert output.data.decode() == f"a.txt:2:6: stated it. -> nothing {said}\n"


def test_a_meter_counts_other_things_than_bytes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    meter = Meter("step")
    now[0] += 8
    meter.show(12, 32)
    assert capsys.readouterr().err == "\r\x1b[K37 %  12 of 32 steps  1.5 steps/s  0:13 left"
    now[0] += 4
    meter.show(2, 32)  # another round begins: its rate is not known yet
    assert capsys.readouterr().err == "\r\x1b[K6 %  2 of 32 steps"
    meter.clear()
    meter.clear()
    assert capsys.readouterr().err == "\r\x1b[K"
