"""``respin review``: decisions, the screen, the terminal, and what is kept for later."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from respin import apply_edits
from respin.cli.review import head_of
from respin.dictionary import keep_list
from respin.edits import Edit, Reason
from respin.review.screen import columns, draw
from respin.review.session import Review, Rule
from tests.command import Ran, respin

TEXT = "The mayor stated it. Folks stated a extra thing.\nFolks and folks left.\n"


def edits(text: str = TEXT) -> list[Edit]:
    wordings = {"stated": ("said", "told"), "folks": ("people",), "extra": ("additional", "more")}
    found = []
    for match in re.finditer("stated|folks|extra", text, re.IGNORECASE):
        first, *rest = wordings[match[0].lower()]
        if match[0][0].isupper():
            first = first.capitalize()
        alternatives = (*((wording, 0.1) for wording in rest), (match[0], 0.05))
        found.append(Edit(*match.span(), match[0], first, 0.8, alternatives))
    return found


@pytest.fixture
def review() -> Review:
    return Review.of(TEXT, edits())


def result(review: Review) -> str:
    return apply_edits(review.text, review.edits())


def test_a_change_of_an_article_goes_with_its_edit() -> None:
    text = "It was a chilly end."
    proposed = [Edit(7, 8, "a", "an", 0.9, (), Reason.ARTICLE), Edit(9, 15, "chilly", "icy", 0.9, (("cold", 0.1),))]
    review = Review.of(text, proposed)
    assert [item.spun for item in review.items] == ["chilly"]
    review.accept()
    assert review.edits() == proposed
    review.choose(2)
    assert result(review) == "It was a cold end."
    review.reject()
    assert result(review) == text


def test_accept_reject_choose_and_type(review: Review) -> None:
    review.accept()
    review.reject()
    assert review.choose(2)
    assert not review.choose(7)
    review.decide("odd")
    assert result(review) == "The mayor said it. Folks told an odd thing.\nFolks and folks left.\n"
    assert review.counts() == (3, 1, 2)
    assert not review.is_done


@pytest.mark.parametrize(
    ("wording", "phrase"), [("additional", "a additional"), ("more", "a more"), ("extra", "a extra"), ("odd", "an odd")]
)
def test_the_article_fits_the_wording(review: Review, wording: str, phrase: str) -> None:
    # "a" does not fit "extra", so it is the author's, and the repair leaves it before what it proposes.
    review.at = 3
    review.decide(wording)
    assert f" stated {phrase} thing." in result(review)


def test_always_and_never_hold_for_the_same_words_in_any_case(review: Review) -> None:
    review.at = 1
    review.always()
    assert [review.decision(i) for i in (1, 4, 5)] == ["People", "People", "people"]
    review.at = 0
    review.never()
    assert [review.decision(i) for i in (0, 2)] == ["stated", "stated"]
    assert review.at == 3
    review.reject()
    assert review.is_done
    assert result(review) == "The mayor stated it. People stated a extra thing.\nPeople and people left.\n"


def test_deciding_otherwise_ends_a_rule(review: Review) -> None:
    review.at = 1
    review.always()
    review.at = 4
    review.reject()
    assert not review.rules
    assert review.decision(5) is None


def test_back_and_forward_stop_at_the_ends(review: Review) -> None:
    assert not review.back()
    review.accept()
    assert review.at == 1
    assert review.back()
    assert review.shown == "said"
    review.at = 5
    assert not review.forward()


def test_resume_takes_up_what_still_fits(review: Review) -> None:
    review.accept()
    review.at = 1
    review.always()
    saved = json.loads(json.dumps(review.as_dict()))
    saved["decisions"].append([9999, "gone", "x"])
    again = Review.of(TEXT, edits())
    again.resume(saved)
    assert result(again) == result(review)
    assert again.at == 2


@pytest.mark.parametrize(
    ("rule", "head"),
    [
        (Rule(21, "Folks", "People"), "people"),
        (Rule(0, "The mayor", "Mayor Ada"), "Mayor Ada"),
        (Rule(10, "stated", "Americans"), "Americans"),
    ],
)
def test_the_head_loses_the_capital_of_a_sentence(rule: Rule, head: str) -> None:
    from respin.dictionary.index import Dictionary

    assert head_of(rule, TEXT, Dictionary()) == head


@pytest.mark.parametrize(
    ("spun", "wording", "text", "head"),
    [
        ("folks", "people", "MANY FOLKS WERE THERE", "PEOPLE"),
        ("folks", "people", "Many FOLKS were there.", "PEOPLE"),
        ("FOLKS", "PEOPLE", "Many folks were there.", "people"),
        ("Folks", "People", "Many folks were there.", "people"),
        ("folks", "people", "Folks were there.", "People"),
    ],
)
def test_a_rule_fits_its_place(spun: str, wording: str, text: str, head: str) -> None:
    start = text.lower().index("folks")
    assert Rule(99, spun, wording).wording_for(text, start, start + 5) == head


def test_the_screen_fits_and_is_harmless(review: Review) -> None:
    for width, rows in ((80, 24), (40, 15), (20, 10), (200, 60)):
        for color in (False, True):
            lines = draw(review, "a\x1b]0;x\x07.txt", (width, rows), color=color)
            assert not re.search(r"\x1b(?!\[[\d;]*m)|[\x00-\x09\x0b-\x1a]", "".join(lines))
            body = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
            assert max(map(columns, body)) <= width
            assert len(body) < max(rows, 18)  # the least that there is to show
    plain = "\n".join(draw(review, "a.txt", (80, 24), color=False))
    assert "The mayor [-stated-] {+said+} it." in plain
    assert "2  told  10 %" in plain


def test_a_long_line_is_cut_around_the_edit() -> None:
    text = "word " * 5000 + "folks" + " word" * 5000
    review = Review.of(text, [Edit(25000, 25005, "folks", "people", 0.9)])
    lines = draw(review, "a.txt", (80, 24), color=False)
    assert len(lines) < 24
    assert any("[-folks-] {+people+}" in line for line in lines)


def test_the_keep_list(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keep.txt"
    assert keep_list.read(path) == ()
    assert keep_list.add(["folks", "Folks", "x"], path) == ("folks", "Folks", "x")
    assert keep_list.add(["FOLKS", "y"], path) == ("y",)
    assert keep_list.read(path) == ("folks", "Folks", "x", "y")
    assert path.read_text().startswith("# ")


# The command itself

ARTICLE = "The mayor stated on Monday that many folks had been within the constructing.\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def article(home: Path) -> Path:
    path = home / "article.txt"
    path.write_bytes(ARTICLE.encode())
    return path


def by_lines(keys: str, *arguments: str) -> Ran:
    return respin("review", "--config", "none", *arguments, stdin=keys)


def test_by_lines_write(article: Path, home: Path) -> None:
    ran = by_lines("y\nN\nA\ne\nhalls\nw\n", str(article))
    assert ran.exit_code == 0, ran.stderr
    text = article.read_text()
    assert text.startswith("The mayor said on Monday that many folks ")
    assert "written, " in ran.stderr
    assert "folks" in (home / "config/respin/keep.txt").read_text()
    assert ": had been" in (home / "config/respin/dictionary.txt").read_text()
    assert not list((home / "state").rglob("*.json"))
    # What is on the keep list is left alone from now on.
    assert "folks" in respin(article).stdout


def test_quit_keeps_decisions_and_the_next_review_goes_on(article: Path, home: Path) -> None:
    ran = by_lines("r\nq\n", str(article))
    assert (ran.exit_code, article.read_text()) == (0, ARTICLE)
    assert "not written; your decisions are kept" in ran.stderr
    [kept] = (home / "state").rglob("*.json")
    if os.name != "nt":
        assert kept.stat().st_mode & 0o777 == 0o600
    ran = by_lines("y\nw\n", str(article))
    assert "going on where you left" in ran.stderr
    assert article.read_text().startswith("The mayor stated on Monday that many people ")
    assert not kept.exists()


def test_end_of_input_is_quit(article: Path) -> None:
    ran = by_lines("", str(article))
    assert (ran.exit_code, article.read_text()) == (0, ARTICLE)
    assert "nothing was decided" in ran.stderr


def test_output_and_log(article: Path, home: Path) -> None:
    output, log = home / "out.txt", home / "log.jsonl"
    ran = by_lines("y\nw\n", str(article), "-o", str(output), "--log", str(log))
    assert ran.exit_code == 0, ran.stderr
    assert article.read_text() == ARTICLE
    assert output.read_text() == ARTICLE.replace("stated", "said")
    assert [json.loads(line)["type"] for line in log.read_text().splitlines()] == ["file", "undo", "edit"]


def test_typed_wordings_are_written_as_html_needs_it(home: Path) -> None:
    page = home / "page.html"
    page.write_text(f"<p>{ARTICLE.strip()}</p>\n")
    ran = by_lines("e\nR&D said\nw\n", str(page))
    assert ran.exit_code == 0, ran.stderr
    assert page.read_text() == f"<p>{ARTICLE.strip()}</p>\n".replace("stated", "R&amp;D said")


@pytest.mark.parametrize(
    ("argument", "cause"),
    [("gone.txt", "gone.txt: No such file"), ("-", "a review needs a file"), (".", "Is a directory")],
)
def test_what_cannot_be_reviewed(home: Path, argument: str, cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    ran = by_lines("", argument)
    assert ran.exit_code == 2
    assert cause in ran.stderr


def test_nothing_to_review(home: Path) -> None:
    path = home / "clean.txt"
    path.write_text("Rain fell.\n")
    ran = by_lines("", str(path))
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert "nothing to review" in ran.stderr


class Session:
    """The command on a terminal of its own."""

    def __init__(self, path: Path) -> None:
        import pty
        import termios

        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        command = [sys.executable, "-m", "respin", "review", "--config", "none", str(path)]
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=self._own_terminal,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
        )
        self.seen = ""

    def _own_terminal(self) -> None:
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def wait_for(self, text: str) -> None:
        """Read until ``text`` was shown since the last wait."""
        end = time.monotonic() + 30
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        self.seen = self.seen[self.seen.index(text) + len(text) :]

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """The exit code; the terminal must be as it was."""
        import termios

        end = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        while select.select([self.master], [], [], 0.1)[0]:
            self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        assert termios.tcgetattr(self.slave) == self.before
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def session(article: Path) -> Iterator[Session]:
    pytest.importorskip("termios")
    session = Session(article)
    yield session
    session.close()


def test_keys_on_a_terminal(session: Session, article: Path) -> None:
    session.wait_for("\x1b[?1049h")
    session.wait_for("[-stated-] {+said+}")
    session.press("?")
    session.wait_for("any key goes back")
    session.press(" ")
    session.wait_for("[-stated-]")
    session.press("y")
    session.wait_for("[-folks-] {+people+}")
    session.press("\x1b[D")  # the left arrow
    session.wait_for("[-stated-] {+said+}")
    session.press("\x1b[C")
    session.wait_for("[-folks-]")
    session.press("e")
    session.wait_for("your wording")
    session.press("\x15wörkers\r")  # Ctrl-U takes the suggestion away
    session.wait_for("edit 3")
    session.press("w")
    assert session.end() == 0
    assert session.seen.index("\x1b[?1049l") < session.seen.index("written")
    text = article.read_text("utf-8")
    assert text.startswith("The mayor said on Monday that many ")
    assert "wörkers" in text


@pytest.mark.parametrize(("how", "code"), [("\x03", 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_the_terminal_is_restored(session: Session, article: Path, home: Path, how: str | int, code: int) -> None:
    session.wait_for("[-stated-]")
    session.press("y")
    session.wait_for("[-folks-]")
    if isinstance(how, str):
        session.press(how)
    else:
        session.process.send_signal(how)
    assert session.end() == code
    assert "\x1b[?25h\x1b[?1049l" in session.seen
    assert article.read_text() == ARTICLE
    assert list((home / "state").rglob("*.json"))


def test_interrupt_while_typing(session: Session) -> None:
    session.wait_for("[-stated-]")
    session.press("e")
    session.wait_for("your wording")
    session.wait_for("said")
    # Between showing the line and waiting for keys the line editor drops an interrupt: people press again.
    while session.process.poll() is None:
        session.press("\x03")
        time.sleep(0.2)
    assert session.end() == 130


def test_a_new_window_size_is_drawn(session: Session) -> None:
    session.wait_for("[-stated-]")
    session.process.send_signal(signal.SIGWINCH)
    session.wait_for("[-stated-]")
    session.press("q")
    assert session.end() == 0
