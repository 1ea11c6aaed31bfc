"""The review in a real browser: what a person decides there is what ``respin apply`` makes of the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from respin.cli.main import cli
from respin.edits import Edit, Reason, Repair
from respin.output import Source
from respin.output.html import HtmlPrinter
from tests.output.browser import CHROMIUM, DRIVER, ENTER, ESCAPE, LEFT, RIGHT, TAB, Browser
from tests.output.test_schemas import LOG

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="no Chromium with its driver here")

LINES = (
    "It was a chilly end, the mayor stated.\n",
    "\n",
    "Many folks \U0001f4f7 went away, 1 < 2, he stated </script>.\n",
)
TEXT = "".join(LINES)
OTHERS = {
    "chilly": ("icy", 0.9, (("cold", 0.07), ("chilly", 0.03))),
    "stated": ("said", 0.97, (("told", 0.02), ("stated", 0.01))),
    "folks": ("people", 0.8, (("folk", 0.1),)),
    "went away": ("left", 0.6, ()),
}


def repairs() -> list[Repair]:
    found = []
    for line in LINES:
        edits = []
        for spun, (original, confidence, others) in OTHERS.items():
            at = line.find(spun)
            if at >= 0:
                edits.append(Edit(at, at + len(spun), spun, original, confidence, others, Reason.EXACT, "news"))
        if "a chilly" in line:
            edits.append(Edit(7, 8, "a", "an", 0.9, (), Reason.ARTICLE, "news"))
        found.append(Repair(line, tuple(sorted(edits, key=lambda edit: edit.start)), 0.9 if edits else 0.0))
    return found


class Page:
    """Collects the page in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.write_bytes(b"")

    def write(self, data: bytes, /) -> None:
        with self.path.open("ab") as file:
            file.write(data)


def report(folder: Path, documents: dict[str, list[Repair]]) -> Path:
    page = Page(folder / "report.html")
    printer = HtmlPrinter(page)
    for name, found in documents.items():
        path = folder / name
        path.write_bytes("".join(repair.source for repair in found).encode())
        printer.begin(Source(name, name, name))
        printer.feed(found)
        printer.end()
    printer.close()
    return page.path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("browser"))
    browser.resize(1300, 800)
    yield browser
    browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The browser with the report of ``a.txt``, nothing decided."""
    monkeypatch.chdir(tmp_path)
    browser.open(report(tmp_path, {"a.txt": repairs()}))
    browser.run("localStorage.clear()")
    browser.open(tmp_path / "report.html")
    yield browser
    assert browser.complaints() == []
    browser.run("localStorage.clear()")


def focus(browser: Browser) -> None:
    browser.run("document.querySelector('.edit[tabindex=\"0\"]').focus()")


def counts(browser: Browser) -> str:
    said: str = browser.run("return document.getElementById('counts').textContent")
    return said


def applied(browser: Browser, *more: str) -> str:
    """What ``respin apply`` makes of the file with what the page saves."""
    browser.click("#dock .main")
    saved = browser.downloaded()
    for line in saved.read_text("utf-8").splitlines():
        LOG.validate(json.loads(line))
    done = CliRunner().invoke(cli, ["apply", "-q", str(saved), *more])
    saved.unlink()
    assert done.exit_code == 0, done.output
    return Path("a.txt").read_text("utf-8")


def test_keys(opened: Browser) -> None:
    focus(opened)
    opened.press("2")  # "cold" in place of "icy"
    opened.press("r")
    opened.press(ENTER)
    assert counts(opened) == "2 accepted, 1 refused, 2 to go"
    opened.press("b" + LEFT)
    assert opened.run("return document.activeElement.textContent").startswith("stated")
    opened.press("u")
    assert counts(opened) == "2 accepted, 0 refused, 3 to go"
    opened.press("r" + RIGHT + "r")
    expected = TEXT.replace("chilly", "cold").replace("folks", "people").replace("went away", "left")
    assert applied(opened) == expected  # what was not decided on is made, both "stated" were refused


def test_nothing_decided_is_the_whole_repair_or_nothing(opened: Browser) -> None:
    whole = "".join(repair.text for repair in repairs())
    assert applied(opened) == whole
    opened.click("summary")
    opened.click("#open")
    assert applied(opened) == TEXT
    focus(opened)
    opened.press("y")
    # The file holds the original again; that it held the repaired text before is no matter either.
    Path("a.txt").write_text(whole, "utf-8")
    assert applied(opened) == TEXT.replace("a chilly", "an icy")


@pytest.mark.parametrize("hand", [Browser.click, Browser.tap])
def test_mouse_and_touch(opened: Browser, hand: Callable[[Browser, str], None]) -> None:
    hand(opened, "#d1-l1 .edit")
    hand(opened, '#choices [data-choice="1"]')
    line = "return document.querySelector('#d1-l1 .left').innerText"
    assert opened.run(line) == "It was a chilly cold end, the mayor stated said."
    hand(opened, "#d1-l3 .edit:last-of-type")
    hand(opened, '#choices [data-choice="-1"]')
    assert counts(opened) == "1 accepted, 1 refused, 3 to go"
    assert "an icy" not in applied(opened)


def test_a_change_of_an_article_goes_with_its_edit(opened: Browser) -> None:
    focus(opened)
    seen = "return document.querySelector('#d1-l1 .right').textContent.slice(0, 14)"
    assert opened.run(seen) == "It was an icy "
    opened.press("2" + LEFT)
    assert opened.run(seen) == "It was a cold "
    opened.press("r" + LEFT)
    assert opened.run(seen) == "It was a chill"
    opened.press("y" + LEFT)
    assert opened.run(seen) == "It was an icy "


def test_decisions_are_there_again_after_a_reload(opened: Browser, tmp_path: Path) -> None:
    focus(opened)
    opened.press("2r")
    opened.open(tmp_path / "report.html")
    assert counts(opened) == "1 accepted, 1 refused, 3 to go"
    assert opened.run("return document.querySelector('.edit.on').textContent").startswith("folks")
    # The same names, another text: nothing of it is decided.
    other = [Repair("They stated it.\n", (Edit(5, 11, "stated", "said", 0.9),), 0.9)]
    opened.open(report(tmp_path, {"a.txt": other}))
    assert counts(opened) == "0 accepted, 0 refused, 1 to go"


def test_without_storage_the_address_keeps_decisions(tmp_path: Path) -> None:
    browser = Browser(tmp_path / "profile", "--disable-local-storage")
    try:
        browser.open(report(tmp_path, {"a.txt": repairs()}))
        focus(browser)
        browser.press("2r")
        browser.run("dispatchEvent(new Event('pagehide'))")
        address = browser.run("return location.href")
        assert "#review=" in address
        browser.visit("about:blank")
        browser.visit(address)
        assert counts(browser) == "1 accepted, 1 refused, 3 to go"
    finally:
        browser.close()


def test_several_articles_make_one_log(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    other = [Repair("They stated it.\n", (Edit(5, 11, "stated", "said", 0.9),), 0.9)]
    browser.open(report(tmp_path, {"a.txt": repairs(), "b.txt": other, "c.txt": [Repair("Rain fell.\n")]}))
    focus(browser)
    browser.press("rrrrr")
    assert applied(browser) == TEXT
    assert Path("b.txt").read_text() == "They said it.\n"


def test_it_can_be_used_without_seeing_it(opened: Browser) -> None:
    """What a screen reader is told, and the way of the focus."""
    focus(opened)
    opened.press("y")
    tree = opened.tell("Accessibility.getFullAXTree", {})["nodes"]
    named = [
        (node["role"]["value"], node["name"]["value"]) for node in tree if node.get("name") and not node["ignored"]
    ]
    buttons = [name for role, name in named if role == "button"]
    assert "chilly, proposed: icy, 90 % sure, accepted: icy" in buttons
    assert "stated, proposed: said, 97 % sure, not decided" in buttons
    assert all(name.strip() for name in buttons)
    assert {name for role, name in named if role == "radio"} == {
        "Show the text: Inline",
        "Show the text: Side by side",
        "Show the text: Repaired",
    }
    assert ("complementary", "Review of the edits") in named
    assert [name for role, name in named if role == "checkbox"] == []  # closed with the options
    opened.press(TAB)
    assert opened.run("return document.activeElement.dataset.choice") == "0"
    opened.press(ESCAPE)
    assert opened.run("return document.activeElement.matches('.edit.on:focus-visible')")


@pytest.mark.parametrize("width", [1300, 1000, 390])
@pytest.mark.parametrize("view", ["inline", "side", "repaired"])
def test_nothing_is_cut_off(opened: Browser, width: int, view: str) -> None:
    opened.resize(width, 800)
    opened.run("document.getElementById('view-' + arguments[0]).click()", view)
    assert opened.run("return document.documentElement.scrollWidth <= innerWidth")
    boxes = opened.run(
        "return [...document.querySelectorAll('.number, .left, .right, #dock button, .views label')]"
        ".map((one) => one.getBoundingClientRect()).filter((box) => box.width).map((box) => [box.left, box.right])"
    )
    assert len(boxes) > 8
    assert all(left >= 0 and right <= width for left, right in boxes)
    if width > 800:
        assert opened.run("return [...document.querySelectorAll('.number')].every((one) => one.offsetWidth > 20)")
    opened.resize(1300, 800)


def test_ten_thousand_edits(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines out of sight are not laid out, and the ten thousandth edit is decided as the first is."""
    monkeypatch.chdir(tmp_path)
    line = "Many folks stated it.\n"
    found = Repair(line, (Edit(5, 10, "folks", "people", 0.9), Edit(11, 17, "stated", "said", 0.9)), 0.9)
    browser.open(report(tmp_path, {"a.txt": [found] * 5000}))
    assert counts(browser) == "0 accepted, 0 refused, 10000 to go"
    assert browser.run("return !document.querySelector('#d1-l4000 p').checkVisibility({contentVisibilityAuto: true})")
    browser.run("document.querySelector('#d1-l5000 .edit:last-of-type').click()")
    browser.press("r")
    assert browser.run("return document.querySelector('#d1-l5000 .edit:last-of-type').classList.contains('no')")
    assert applied(browser) == "Many people said it.\n" * 4999 + "Many people stated it.\n"


def test_standard_input_shows_readings_and_saves_nothing(browser: Browser, tmp_path: Path) -> None:
    page = Page(tmp_path / "report.html")
    printer = HtmlPrinter(page)
    printer.begin(Source("standard input", None, "-"))
    printer.feed(repairs())
    printer.end()
    printer.close()
    browser.open(page.path)
    assert browser.run("return document.querySelector('#dock .main').hidden")
    assert browser.run("return document.querySelectorAll('#choices button').length") == 3


SPUN = "She instructed reporters that the workplace in an deal with “Zoë 1” would open subsequent week."


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("a.txt", f"\ufeff{SPUN}\r\n\r\n{SPUN}".encode(), []),
        ("a.txt", f"{SPUN}\n".replace("“", "<").replace("”", "\udce9>").encode("utf-8", "surrogateescape"), []),
        ("a.txt", f"{SPUN}\n{SPUN}\n".encode("utf-16"), []),
        ("a.txt", f"{SPUN}\n".replace("“", '"').replace("”", '"').encode("latin-1"), ["--encoding", "latin-1"]),
        ("a.html", f"<p>{SPUN} &amp; <b>{SPUN}</b></p>\n<script>'</script>'</script>\n".encode(), []),
        ("a.md", f"# {SPUN}\n\n> {SPUN}\n> `instructed`\n".encode(), []),
        ("a.jsonl", (json.dumps({"text": f'"{SPUN}"\n{SPUN}'}) + "\n").encode() * 3, []),
    ],
    ids=["bom-crlf", "broken-bytes", "utf-16", "latin-1", "html", "markdown", "jsonl"],
)
def test_of_any_file_all_accepted_is_the_repair(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.write_bytes(data)

    def respin(*arguments: str) -> None:
        done = CliRunner().invoke(cli, [*arguments])
        assert done.exit_code == 0, done.output

    respin("--config", "none", "-q", *options, "-o", "repaired", name)
    respin("--config", "none", "-q", *options, "--format", "html", "-o", "report.html", name)
    assert Path("repaired").read_bytes() != data
    browser.open(tmp_path / "report.html")
    browser.click("#dock .main")
    saved = browser.downloaded()
    respin("apply", "-q", str(saved))
    saved.unlink()
    assert path.read_bytes() == Path("repaired").read_bytes()
    # And all refused is the file as it was, whether it was repaired before or not.
    focus(browser)
    browser.run(
        "for (let n = 0; n < 99; n++) document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'r', bubbles: true, cancelable: true}))"
    )
    assert " 0 to go" not in counts(browser)
    assert counts(browser).startswith("0 accepted")
    browser.click("#dock .main")
    saved = browser.downloaded()
    respin("apply", "-q", str(saved))
    saved.unlink()
    assert path.read_bytes() == data
    assert browser.complaints() == []
