"""The report to look at: whole in itself, escaped, readable, and the same edits as everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respin.edits import Edit, Reason, Repair
from respin.output import Source
from respin.output.edit_log import FileRecord, read_log
from respin.output.html import HtmlPrinter
from respin.output.html_lines import by_lines
from respin.output.strip import MAX_CELLS, Strip
from tests.output.browser import CHROMIUM, OPTIONS

HOSTILE = '<script>fetch("{0}")</script><img src={0} onerror=alert(1)> & "quoted" \x00\x1b[31m \u202e \udce9'


def edit(line: str, spun: str, original: str, confidence: float = 0.97, **more: object) -> Edit:
    start = line.index(spun)
    return Edit(start, start + len(spun), spun, original, confidence, **more)  # type: ignore[arg-type]


def article() -> list[Repair]:
    first = "The mayor stated that many folks had been there.\n"
    last = "Nobody was hurt, the mayor said."
    edits = (
        edit(first, "stated", "said", 0.97, alternatives=(("told", 0.02), ("stated", 0.01)), profile="newsroom"),
        edit(first, "folks", "people", 0.8),
        edit(first, "had been", "were", 0.55),
    )
    return [Repair(first, edits, 0.95), Repair("\n"), Repair(last, (), 0.02)]


class Bytes(BytesIO):
    """A ``BytesIO`` with the signature of an output."""

    def write(self, data: bytes, /) -> None:  # type: ignore[override]
        super().write(data)


def page(*documents: tuple[str, list[Repair]]) -> str:
    output = Bytes()
    printer = HtmlPrinter(output)
    for name, repairs in documents or [("a.txt", article())]:
        printer.begin(Source(name, name, name))
        printer.feed(repairs)
        printer.end()
    printer.close()
    return output.getvalue().decode("utf-8")


class Elements(HTMLParser):
    """All elements with their attributes and the text directly in them; fails on bad nesting."""

    VOID = frozenset({"meta", "link", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[int] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(len(self.found))
        self.found.append((tag, dict(attrs), []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.found[self.open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found[self.open[-1]][2].append(data)

    def texts(self, tag: str) -> list[str]:
        return ["".join(text) for name, _, text in self.found if name == tag]

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.found if name == tag]


def test_edits_are_deletions_and_insertions() -> None:
    elements = Elements(page())
    assert elements.texts("del") == ["stated", "folks", "had been"]
    # Once beside what was spun, once on the right-hand side of that view.
    assert elements.texts("ins") == ["said", "people", "were"] * 2
    classes = [attributes["class"] for attributes in elements.attributes("ins")]
    assert classes == ["high", "fair", "low"] * 2


def logs(html: str) -> list[FileRecord]:
    """The edit logs that the page brings."""
    elements = Elements(html)
    found = []
    for attributes, text in zip(elements.attributes("script"), elements.texts("script"), strict=True):
        if attributes.get("type") == "application/x-ndjson":
            found += list(read_log(text.encode().splitlines()))
    return found


def test_each_article_brings_its_log_without_a_folder_of_this_machine() -> None:
    html = page(("a.txt", article()), ("b.txt", [Repair("Rain fell.")]), ("c.txt", article()))
    records = logs(html)
    assert [(record.path, record.directory) for record in records] == [("a.txt", ""), ("c.txt", "")]
    text = "".join(repair.source for repair in article())
    for record in records:
        assert [logged.edit.spun for logged in record.edits] == ["stated", "folks", "had been"]
        assert all(text[logged.edit.start : logged.edit.end] == logged.edit.spun for logged in record.edits)
        assert record.input_sha256 == sha256(text.encode()).hexdigest()
    assert os.getcwd() not in html


@pytest.mark.parametrize("can_be_applied", [True, False])
def test_only_the_log_of_a_file_can_be_saved(can_be_applied: bool) -> None:
    output = Bytes()
    printer = HtmlPrinter(output, can_be_applied=can_be_applied)
    for source in (Source("a.txt", "a.txt", "a.txt"), Source("standard input", None, "-")):
        printer.begin(source)
        printer.feed(article())
        printer.end()
    printer.close()
    scripts = Elements(output.getvalue().decode()).attributes("script")[:-1]
    assert ["data-applies" in attributes for attributes in scripts] == [can_be_applied, False]


def test_every_id_is_used_once_and_every_reference_is_met() -> None:
    elements = Elements(page(("a.txt", article()), ("b.txt", article())))
    ids = [a["id"] for _, a, _ in elements.found if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes, _ in elements.found:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert attributes.get(name) in (None, *ids)
        href = attributes.get("href") or ""
        assert not href.startswith("#") or href[1:] in ids


def test_figures_stand_on_top() -> None:
    html = page(("a.txt", article()), ("b.txt", []))
    top = html[html.index("<h1>") : html.index("<main")]
    assert "2 articles" in top
    assert "<dt>words</dt><dd>15</dd>" in top
    assert "<dt>edits</dt><dd>3</dd>" in top
    assert "<dt>mean confidence</dt><dd>77<" in top
    assert 'href="#d2"' in top


@pytest.mark.parametrize(
    ("repairs", "says"),
    [
        ([], "Nothing but white space."),
        ([Repair("\n")], "Nothing but white space."),
        ([Repair("Nothing here.", (), 0.1)], "No stretch of this text looks spun."),
        ([Repair("They said it.\r\n", (), 0.9)], "One spun stretch in 1 line."),
    ],
)
def test_articles_without_edits(repairs: list[Repair], says: str) -> None:
    html = page(("a.txt", repairs))
    assert says in html
    Elements(html)


def test_everything_is_escaped() -> None:
    hostile = HOSTILE.format("http://example.invalid/")
    repair = Repair(hostile, (edit(hostile, "quoted", '"><script>1</script>', reason="<i>", profile="&"),), 0.9)
    html = page((f"{hostile}.txt", [repair]))
    elements = Elements(html)
    assert len(elements.texts("script")) == 2  # the log, and the script itself
    assert html.count("</script>") == 2
    assert not elements.attributes("img")
    assert elements.texts("ins")[0] == '"><script>1</script>'
    assert not [c for c in html if (c < " " and c != "\n") or "\ud800" <= c <= "\udfff"]
    assert "␀␛[31m" in html
    assert '<span class="broken">\\xe9</span>' in html


def test_nothing_is_asked_of_the_network() -> None:
    elements = Elements(page())
    loads = [a.get("src") or a.get("href") for _, a, _ in elements.found if "src" in a or "href" in a]
    assert all(url is not None and url.startswith(("#", "data:")) for url in loads)
    [policy] = [a["content"] for a in elements.attributes("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    styles = (Path(__file__).parent.parent.parent / "respin/output/report.css").read_text("utf-8")
    assert "url(" not in styles
    assert "@import" not in styles


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(dark: bool) -> None:
    styles = (Path(__file__).parent.parent.parent / "respin/output/report.css").read_text("utf-8")
    palettes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", styles, re.S)
    ]
    assert len(palettes) == 2
    colors = palettes[dark]
    pairs = [(text, ground) for text in ("ink", "muted", "accent") for ground in ("paper", "card")]
    pairs += [(grade, f"{grade}-tint") for grade in ("high", "fair", "low")]
    for text, ground in pairs:
        assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    # The text of a pressed button, and the edges of the others.
    assert contrast(colors["paper"], colors["accent"]) >= 4.5
    assert min(contrast(colors["edge"], colors[ground]) for ground in ("paper", "card")) >= 3


def test_the_printer_leaves_out_what_failed() -> None:
    output = Bytes()
    printer = HtmlPrinter(output)
    for name, good in (("a.txt", True), ("bad.txt", False), ("c.txt", True)):
        printer.begin(Source(name, name, name))
        printer.feed(article())
        (printer.end if good else printer.fail)()
    printer.close()
    html = output.getvalue().decode("utf-8")
    elements = Elements(html)
    assert "bad.txt" not in html
    assert elements.texts("h2") == ["a.txt", "c.txt"]
    assert len(elements.texts("del")) == 6


def test_a_long_line_in_pieces_has_one_number() -> None:
    pieces = [Repair("They came in. ", (), 0.1), Repair("They left.\r\n", (), 0.1), Repair("End.", (), 0.1)]
    elements = Elements(page(("a.txt", pieces)))
    lines = [a for a in elements.attributes("div") if "line" in (a.get("class") or "").split()]
    assert [a.get("id") for a in lines] == ["d1-l1", None, "d1-l2"]


@given(
    st.text("a \n\r", max_size=12),
    st.lists(st.tuples(st.text("xa\n", min_size=1, max_size=3), st.text("a \n", max_size=4)), max_size=4),
)
def test_a_paragraph_in_lines_is_the_paragraph(before: str, spans: list[tuple[str, str]]) -> None:
    source, edits = before, []
    for spun, after in spans:
        edits.append(Edit(len(source), len(source) + len(spun), spun, "y", 0.9))
        source += spun + after
    pieces = list(by_lines(Repair(source, tuple(edits), 0.5)))
    assert "".join(piece.source for piece in pieces) == source
    assert "".join(piece.text for piece in pieces) == Repair(source, tuple(edits)).text
    at, moved = 0, []
    for piece in pieces:
        moved += [one.moved(at) for one in piece.edits]
        at += len(piece.source)
    assert moved == edits
    for piece in pieces[:-1]:
        assert piece.source.endswith(("\n", "\r"))


def test_each_line_of_a_paragraph_has_its_number_unless_an_edit_holds_it_together() -> None:
    source = "They\nstated it in\nthe way of a\nchilly end.\nRain\r\nfell."
    edits = (
        edit(source, "stated", "said"),
        edit(source, "in\nthe", "in a"),
        Edit(29, 30, "a", "an", 0.9, (), Reason.ARTICLE),
        edit(source, "chilly", "icy"),
    )
    elements = Elements(page(("a.txt", [Repair(source, edits, 0.9)])))
    lines = [a for a in elements.attributes("div") if "line" in (a.get("class") or "").split()]
    assert [a.get("id") for a in lines] == ["d1-l1", "d1-l2", "d1-l5", "d1-l6"]
    assert [a["class"] for a in elements.attributes("span") if a.get("class") in ("edit", "article")] == [
        *["edit", "edit", "article", "edit"],
        "article",
    ]


def test_a_large_article_is_spooled_whole() -> None:
    line = "Many folks stated ünusual things.\n"
    repairs = [Repair(line, (edit(line, "folks", "people"),), 0.9)] * 30_000
    html = page(("a.txt", repairs), ("b.txt", article()))
    assert html.count("<del>folks</del>") == 30_001  # and one of the other article
    assert html.count("<section") == html.count("</section>") == 2
    assert html.count("ünusual") == 60_000


def test_the_strip_is_bounded_and_loses_nothing() -> None:
    strip = Strip()
    for line in range(1, 10_001):
        strip.add(line, 10, float(2001 <= line <= 6000), 2)
    assert len(strip.cells) <= MAX_CELLS
    assert sum(cell.words for cell in strip.cells) == strip.words == 100_000
    assert sum(cell.edits for cell in strip.cells) == 20_000
    assert [cell.first for cell in strip.cells[1:]] == [cell.last + 1 for cell in strip.cells[:-1]]
    [stretch] = strip.stretches()
    assert abs(stretch.first - 2001) < 64
    assert abs(stretch.last - 6000) < 64


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Serves one page and notes what is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            http.asked.append(self.path)  # type: ignore[attr-defined]
            body = http.page if self.path == "/report" else b""  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield http
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_in_a_browser(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    """The DOM holds the edits, hostile text stays text, and only the page itself is asked for."""
    address = f"http://127.0.0.1:{server.server_address[1]}"
    hostile = HOSTILE.format(f"{address}/canary") + " folks\n"
    repairs = [*article(), Repair("\n"), Repair(hostile, (edit(hostile, "folks", "people"),), 0.9)]
    server.page = page(("a.txt", repairs)).encode("utf-8")  # type: ignore[attr-defined]
    options = (*OPTIONS, "--virtual-time-budget=2000", "--dump-dom")
    ran = subprocess.run(
        [str(CHROMIUM), *options, f"--user-data-dir={tmp_path}", "--enable-logging=stderr", f"{address}/report"],
        capture_output=True,
        timeout=90,
        check=True,
    )
    dom = ran.stdout.decode("utf-8")
    assert b"CONSOLE" not in ran.stderr  # no script error, nothing that the policy had to stop
    assert server.asked == ["/report"]  # type: ignore[attr-defined]
    assert re.findall(r"<del>(.*?)</del>", dom) == ["stated", "folks", "had been", "folks"]
    assert dom.count("<script") == 2
    assert dom.count("<img") == 0
