"""The commands as users call them: files in, text out, exit codes."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

import pytest

from respin.cli import dictionary as dict_commands
from respin.dictionary import exchange, kin
from respin.dictionary import own as user_dictionary
from respin.dictionary.index import Dictionary, phrase_key
from respin.errors import DictionaryError, Exit
from respin.files.write import write_atomically
from respin.run.settings import Settings
from tests.command import respin as run

ROOT = Path(__file__).parent.parent.parent

OWN = "# Mine.\nname = own\n---\nbig: large\nshooting: capturing\n"


@pytest.fixture(autouse=True)
def _config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.txt"
    file.write_text(OWN, "utf-8")
    return file


# --- the user's own dictionary ---


def test_path_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert user_dictionary.path() == tmp_path / "config" / "respin" / "dictionary.txt"
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert user_dictionary.path() == tmp_path / ".config" / "respin" / "dictionary.txt"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert user_dictionary.path() == tmp_path / "Library" / "Application Support" / "respin" / "dictionary.txt"


def test_add_makes_the_file_and_keeps_it_sorted() -> None:
    for entry in ("shooting: taking pictures", "apple:  fruit ,  fruit", "shooting: capturing, taking pictures"):
        user_dictionary.add(entry)
    lines = user_dictionary.path().read_text("utf-8").split("---\n")[1]
    assert lines == "apple: fruit\nshooting: taking pictures, capturing\n"
    assert Dictionary.load([user_dictionary.path()]).profiles.keys() == {"own"}


def test_add_keeps_the_rest_of_a_file(own: Path) -> None:
    own.write_bytes(OWN.replace("\n", "\r\n").replace("big: large", "# the big one\r\nbig:  large").encode())
    own.chmod(0o640)
    result = run("dict", "add", "--to", own, "fire: blaze")
    assert result.exit_code == Exit.DONE, result.output
    assert own.read_bytes().decode() == (
        "# Mine.\r\nname = own\r\n---\r\n# the big one\r\nbig:  large\r\nfire: blaze\r\nshooting: capturing\r\n"
    )
    assert stat.S_IMODE(own.stat().st_mode) == 0o640


def test_add_goes_to_the_end_of_an_unsorted_file(own: Path) -> None:
    own.write_text("small: tiny\nbig: large\n", "utf-8")
    user_dictionary.add("old: ancient", own)
    assert own.read_text("utf-8") == "small: tiny\nbig: large\nold: ancient\n"


@pytest.mark.parametrize("entry", ["shooting", "shooting:", "a: a", "big: {large|huge}", ": x", "x: USA", "a: b\nc: d"])
def test_add_refuses_what_lint_would(own: Path, entry: str) -> None:
    with pytest.raises(DictionaryError):
        user_dictionary.add(entry, own)
    assert own.read_text("utf-8") == OWN
    assert run("dict", "add", "--to", own, entry).exit_code == Exit.ERROR


def test_adding_what_is_there_does_not_touch_the_file(own: Path) -> None:
    os.utime(own, (1, 1))
    assert user_dictionary.add("Big: Large", own).new == ()
    assert own.stat().st_mtime == 1


def test_a_failed_write_leaves_the_old_file(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(own, b"new")
    assert own.read_text("utf-8") == OWN
    assert os.listdir(own.parent) == ["own.txt"]


def test_a_link_stays_a_link(own: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(own)
    user_dictionary.add("old: ancient", link)
    assert link.is_symlink()
    assert "old: ancient" in own.read_text("utf-8")


# --- the commands ---


def test_lint(own: Path) -> None:
    assert run("dict", "lint", own).exit_code == Exit.DONE
    own.write_text(OWN + "apple:fruit\n", "utf-8")
    result = run("dict", "lint", own)
    assert result.exit_code == Exit.FOUND
    assert f"{own}:6: error: 'apple' belongs above 'shooting' [unsorted]" in result.stdout
    assert "2 errors" in result.stderr
    fixed = run("dict", "lint", "--fix", own)
    assert fixed.exit_code == Exit.DONE
    assert own.read_text("utf-8") == OWN.replace("---\n", "---\napple: fruit\n")


def test_lint_fix_does_not_touch_what_it_cannot_mend(own: Path) -> None:
    own.write_text(OWN + "no colon here\n", "utf-8")
    result = run("dict", "lint", "--fix", own)
    assert result.exit_code == Exit.FOUND
    assert "not touched" in result.stderr
    assert own.read_text("utf-8") == OWN + "no colon here\n"


def test_lint_strict(own: Path) -> None:
    own.write_text("big: huge!\n", "utf-8")
    assert run("dict", "lint", own).exit_code == Exit.DONE
    assert run("dict", "lint", "--strict", own).exit_code == Exit.FOUND


def test_show(own: Path) -> None:
    result = run("dict", "show", "taking pictures", "said", "zzyzzq", "--dictionary", own)
    assert result.exit_code == Exit.FOUND
    assert run("dict", "show", "taking pictures", "said").exit_code == Exit.DONE
    assert "may stand for   shooting  (newsroom, " in result.stdout
    assert "is spun into    stated" in result.stdout
    assert "in English      about " in result.stdout
    assert "zzyzzq\n  in no dictionary" in result.stdout


def test_show_and_export_know_what_was_added() -> None:
    user_dictionary.add("lighthouse: beacon tower")
    assert "lighthouse  (own, its only variant)" in run("dict", "show", "beacon tower").stdout
    assert "lighthouse\tbeacon tower" in run("dict", "export").stdout
    assert "beacon tower" not in run("dict", "export", "--no-default-dictionary", "--dictionary", "newsroom").stdout


def test_every_tool_sees_the_dictionaries_of_a_repair(tmp_path: Path) -> None:
    """One that `newsroom-occasional` has, and one that the user added."""
    user_dictionary.add("lighthouse: beacon tower")
    rare = next(iter(Dictionary.load(["newsroom-occasional"])))[1]
    loaded = Dictionary.load(Settings().dictionaries())
    shown = run("dict", "show", rare.head, "lighthouse").stdout
    assert "(newsroom-occasional)" in shown
    assert "(own)" in shown
    assert re.findall(r"^\S+:", run("dict", "stats").stdout, re.MULTILINE) == [f"{name}:" for name in loaded.profiles]
    exported = run("dict", "export").stdout.splitlines()
    assert f"{rare.head}\t{rare.variants[0]}" in exported
    assert "lighthouse\tbeacon tower" in exported
    assert len(exported) - 1 == len({(phrase_key(g.head), phrase_key(v)) for _, g in loaded for v in g.variants})
    (tmp_path / "spun.txt").write_text(f"It is {rare.variants[0]} near the beacon tower and so on.\n", "utf-8")
    (tmp_path / "original.txt").write_text(f"It is {rare.head} near the lighthouse and so on.\n", "utf-8")
    learnt = run("learn", tmp_path / "spun.txt", tmp_path / "original.txt").stdout
    assert "new: 0" in learnt, learnt


def test_the_changelog_has_the_counts_of_stats() -> None:
    stats = run("dict", "stats").stdout
    found = re.findall(r"over ([\d,]+) heads\D+([\d,]+) pairs", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert found
    for said, pattern in zip(found[0], (r"([\d,]+) heads, ", r"in ([\d,]+) pairs"), strict=True):
        counted = sum(int(number.replace(",", "")) for number in re.findall(pattern, stats))
        assert 0.9 * counted <= int(said.replace(",", "")) <= counted


def test_stats(own: Path) -> None:
    result = run("dict", "stats", "--no-default-dictionary", "--dictionary", own)
    assert result.stdout.startswith(
        "own\n        2 heads, 0 of them of two words or more\n        2 different variants"
    )


def test_import_and_export(own: Path, tmp_path: Path) -> None:
    result = run("dict", "import", "-", stdin="big|huge\nold|ancient|aged\n")
    assert result.stdout == "name = imported\nrate = 0.97\n---\nbig: huge\nold: ancient, aged\n"
    assert "2 groups, 3 pairs, 0 left out" in result.stderr
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("big\thuge\nbad, worse\tawful\n", "utf-8")
    assert run("dict", "import", pairs, "--to", own).exit_code == Exit.DONE
    assert own.read_text("utf-8") == OWN.replace("large", "large, huge")
    assert "left out 'bad, worse'" in run("dict", "import", "-v", pairs).stderr
    exported = run("dict", "export", "--format", "spinner", "--no-default-dictionary", "--dictionary", own)
    assert exported.stdout == "big|large|huge\nshooting|capturing\n"


def test_import_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes("bistro|café\n".encode("cp1252"))
    assert "list.txt:1: not utf-8" in run("dict", "import", file).stderr
    assert "bistro: café" in run("dict", "import", "--encoding", "cp1252", file).stdout


def test_learn(tmp_path: Path) -> None:
    (tmp_path / "spun.txt").write_text("The vessel left. He stated so.\n", "utf-8")
    result = run("learn", tmp_path / "spun.txt", "-", stdin="The zeppelin left. He said so.\n")
    assert result.exit_code == Exit.DONE, result.output
    assert "\nzeppelin: vessel\n" in result.stdout
    assert "#      1  said: stated\n" in result.stdout


@pytest.mark.parametrize("original", ["", "Nothing of this has to do with boats; a dog sleeps under an old tree.\n"])
def test_learn_refuses_texts_that_are_no_pair(tmp_path: Path, original: str) -> None:
    (tmp_path / "spun.txt").write_text("The vessel left the harbour at noon. He stated so.\n", "utf-8")
    result = run("learn", tmp_path / "spun.txt", "-", stdin=original)
    assert result.exit_code == Exit.ERROR
    assert "are no pair" in result.stderr
    assert not result.stdout


def test_kin(own: Path) -> None:
    args = ("dict", "kin", "--no-default-dictionary", "--dictionary", own)
    result = run(*args)
    assert result.exit_code == Exit.DONE, result.output
    assert "# mutual: big: large\nlarge: big\n" in result.stdout
    assert "shooting" not in run(*args, "large").stdout
    assert "0 pairs proposed" in run(*args, "--rule", "twin").stderr
    assert len(run(*args, "--limit", "1").stdout.splitlines()) == 2


def test_missing_reads_standard_input() -> None:
    result = run("dict", "missing", "--limit", "3", stdin="The boys stated that folks had been within the pic.\n")
    assert result.exit_code == Exit.DONE, result.output
    assert result.stderr.startswith("1 spun lines, ")


@pytest.mark.parametrize(
    "args",
    [
        ("dict", "lint", "no-such-file"),
        ("dict", "import", "no-such-file"),
        ("dict", "missing", "no-such-file"),
        ("dict", "show", "x", "--dictionary", "no-such-name"),
        ("dict", "show", "x", "--language-model", "no-such-file"),
        ("dict", "stats", "--no-default-dictionary"),
        ("dict", "add", "--to", "/dev/null/x", "a: b"),
        ("dict", "import", "-", "--encoding", "klingon"),
        ("learn", "-", "-"),
        ("learn", "no-such-file", "-"),
    ],
)
def test_errors_leave_with_2_and_one_line(args: tuple[str, ...]) -> None:
    done = run(*args)
    assert done.exit_code == Exit.ERROR, done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stderr + done.stdout).strip()


def test_the_choices_are_the_formats() -> None:
    assert dict_commands._IMPORT_FORMATS == exchange.IMPORTS
    assert dict_commands._EXPORT_FORMATS == exchange.EXPORTS
    assert dict_commands._KIN_RULES == kin.RULES
