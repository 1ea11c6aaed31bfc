"""Faults from outside: killed in the middle, a full disk, damaged and hostile files; and no surprises.

`RESPIN_KILLS=200` kills it that many times, for the full test; the suite makes do with a few.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import random
import re
import resource
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import regex

import respin
from respin import Repairer
from respin.dictionary.file import MAX_BYTES, MAX_VARIANTS
from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import shipped
from respin.errors import DictionaryError, ModelError
from respin.lm.container import ALIGNMENT, PREFIX, checksum
from respin.lm.ngram_model import Model
from respin.train.lm.model import ModelSettings, train
from tests import command

SPUN = "She instructed reporters that the workplace would open subsequent week.\n"
ORIGINAL = "She told reporters that the office would open next week.\n"
CLEAN = "The ferry crossed the lake at dawn with eleven goats aboard.\n"
RESPIN = [sys.executable, "-m", "respin"]
KILLS = int(os.environ.get("RESPIN_KILLS", "4"))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))


def run(*args: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*RESPIN, *args], capture_output=True, timeout=120, **{"input": b"", **options})


# --- killed


@pytest.mark.parametrize("args", [(), ("-j", "2"), ("--backup", ".old"), ("--log", "../edits.log")])
def test_killed_each_file_is_the_old_or_the_new_one(args: tuple[str, ...], tmp_path: Path) -> None:
    """What it may leave is a hidden file, which no later run reads; and with a log, all can be undone."""
    folder = tmp_path / "work"
    texts = {f"{number:02}.txt": SPUN * (number % 7 + 1) for number in range(60)}
    rng = random.Random(len(args))
    for _ in range(-(-KILLS // 4)):
        for path in folder.iterdir():
            path.unlink()
        (tmp_path / "edits.log").unlink(missing_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text)
        with subprocess.Popen([*RESPIN, "-q", "-w", "--fast", *args, "."], stdin=subprocess.DEVNULL) as process:
            while process.poll() is None and (folder / "00.txt").read_text() == texts["00.txt"]:
                time.sleep(0.0005)
            time.sleep(rng.random() * 0.15)
            process.kill()
        found = {path.name: path.read_text() for path in folder.iterdir()}
        for name, text in texts.items():
            assert found.pop(name) in (text, text.replace(SPUN, ORIGINAL))
            assert found.pop(f"{name}.old", text) == text
        assert all(name.startswith(".respin-") for name in found)
    if "--log" in args:
        assert command.respin("undo", "../edits.log").exit_code == 0
        assert {path.name: path.read_text() for path in folder.glob("*.txt")} == texts
    assert command.respin("-q", "-w", "--fast", ".").exit_code == 0
    assert {path.name: path.read_text() for path in folder.glob("*.txt")} == {
        name: text.replace(SPUN, ORIGINAL) for name, text in texts.items()
    }


def test_several_at_once_on_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    for number in range(30):
        (folder / f"{number}.txt").write_text(SPUN * (number + 1))
    processes = [subprocess.Popen([*RESPIN, "-q", "-w", "--fast", "."], stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        _, error = process.communicate(timeout=120)
        lines = error.decode().splitlines()
        assert all("changed by someone else" in line for line in lines), error
        assert process.returncode == (2 if lines else 0)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        f"{number}.txt": ORIGINAL * (number + 1) for number in range(30)
    }


# --- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("args", [(), ("--backup", ".old"), ("--log", "edits.log"), ("-j", "2")])
def test_a_disk_that_fills_up(args: tuple[str, ...], small_disk: Path) -> None:
    texts = {"a.txt": CLEAN + SPUN * 400, "b.txt": SPUN * 350, "c.txt": SPUN}
    for name, text in texts.items():
        (small_disk / name).write_text(text)
    done = run("-q", "-w", "--fast", *args, "a.txt", "b.txt", "c.txt", cwd=small_disk)
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.returncode == 2
    for name, text in texts.items():
        assert (small_disk / name).read_text() in (text, text.replace(SPUN, ORIGINAL))
    assert not list(small_disk.glob(".respin-*"))


# --- dictionaries


def many(template: str, count: int) -> str:
    """Lines with a different word in place of each ``?``."""
    words = (bytes(97 + number // 26**place % 26 for place in range(5)).decode() for number in range(count))
    return "".join(template.replace("?", word) for word in words)


HOSTILE = {
    "a line of 10 MB": "said: " + "stated, " * 1_250_000,
    "a word of 10 MB": "x" * 10_000_000,
    "nothing but ends": "\n" * (MAX_BYTES + 1),
    "more than any list": many("?: a?\n", 400_000),
    "one variant of all": many("?: stated\n", 20_000),
    "all variants of one": many("said: ?\n", 20_000),
    "a rate of nothing": "rate = 1e-400\n---\nsaid: stated",
    "a rate of one": "rate = 0.99999999999999999999\n---\nsaid: stated",
    "a rate without end": "rate = 0." + "9" * 4000 + "\n---\nsaid: stated",
    "no rate": "rate = nan\n---\nsaid: stated",
    "colons": ":" * 4000,
    "commas": "a:" + "," * 4000,
    "NUL": "\0" * 4000 + "\n",
}

_READ_ALL = """
import resource, sys, time
from respin.dictionary.index import Dictionary
from respin.errors import DictionaryError
import respin.lm.ngram_model
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        Dictionary.load([path])
    except DictionaryError as error:
        assert len(str(error)) < 1000, len(str(error))
    else:
        print(path, "is no error")
    if time.process_time() - start > 1:
        print(path, "took", time.process_time() - start)
print("done")
"""


def limit_memory(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def test_hostile_dictionaries_are_refused_at_once_and_in_little_memory(tmp_path: Path) -> None:
    for name, text in HOSTILE.items():
        (tmp_path / f"{name}.txt").write_text(text)
    names = [str(tmp_path / f"{name}.txt") for name in HOSTILE]
    command = [sys.executable, "-c", _READ_ALL, *names]
    done = subprocess.run(command, capture_output=True, timeout=60, preexec_fn=lambda: limit_memory(700))
    assert (done.stdout.decode(), done.stderr.decode()) == ("done\n", "")


def test_a_dictionary_that_is_damaged_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    whole = shipped()["newsroom"].read_bytes()
    data = whole[: whole.index(b"\n", 6000) + 1]
    rng = random.Random(6)
    file = tmp_path / "damaged.txt"
    refused = 0
    for number in range(300):
        damaged = bytearray(data)
        if number % 3 == 0:
            del damaged[rng.randrange(len(data)) :]
        else:
            for _ in range(number % 5 + 1):
                damaged[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        file.write_bytes(damaged)
        try:
            Dictionary.load([file])
        except DictionaryError:
            refused += 1
    assert 0 < refused < 300


def test_groups_that_go_in_circles(repairer: Repairer) -> None:
    groups = {"said": ["stated"], "stated": ["said"], "told": ["told them", "said"], "told them": ["told"]}
    circles = Repairer(Dictionary.of(groups), repairer.model, repairer.weights)
    text = "He said they stated it, told them, told told them said so.\n" * 20
    assert circles.repair(text) == text  # each wording may as well be the original


def test_too_many_variants_are_named() -> None:
    enough = [f"x{number}" for number in range(MAX_VARIANTS)]
    assert len(Dictionary.of({"said": enough}).origins) == MAX_VARIANTS
    with pytest.raises(DictionaryError, match="'said' has more than 250 variants"):
        Dictionary.of({"said": [*enough, "one more"]})
    with pytest.raises(DictionaryError, match="'stated' has more than 250 heads"):
        Dictionary.of({head: ["stated"] for head in [*enough, "one more"]})


# --- models


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "text.txt").write_text("The miller sold flour to the baker.\nThe baker sold bread to the miller.\n" * 9)
    train([str(folder / "text.txt")], folder / "small.lm", ModelSettings(order=3, min_count=1))
    return folder / "small.lm"


def forged(data: bytes, change: Any) -> bytes:
    """A model with another header, and checksums that agree."""
    magic, version, size, _, zero, _, _ = PREFIX.unpack_from(data)
    header = json.loads(data[PREFIX.size : PREFIX.size + size])
    body = data[-(-(PREFIX.size + size) // ALIGNMENT) * ALIGNMENT :]
    text = change(header)
    if not isinstance(text, bytes):
        text = json.dumps(header).encode()
    room = -(-(PREFIX.size + len(text)) // ALIGNMENT) * ALIGNMENT
    prefix = (magic, version, len(text), zlib.crc32(text), zero, room + len(body), checksum(body))
    return PREFIX.pack(*prefix).ljust(PREFIX.size) + text.ljust(room - PREFIX.size, b"\0") + body


def with_all_numbers(value: int | float | str | None) -> Iterator[Any]:
    """Changes of a header, each of which puts ``value`` in another place."""

    def places(header: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        for key in header if isinstance(header, dict) else range(len(header)):
            if isinstance(header[key], dict | list):
                yield from places(header[key], (*path, key))
            yield (*path, key)

    def change(header: dict[str, Any], path: tuple[Any, ...]) -> None:
        at: Any = header
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    probe: list[tuple[Any, ...]] = []

    def collect(header: dict[str, Any]) -> None:
        probe.extend(path for path in places(header) if path[0] not in ("about", "vocabulary"))

    yield collect
    for path in probe:
        yield lambda header, path=path: change(header, path)


@pytest.mark.parametrize("value", [10**15, -1, 2**64, 0, 1e308, "stated", None])
def test_forged_headers_are_refused_or_harmless(model_file: Path, tmp_path: Path, value: Any) -> None:
    """Counts beyond all measure, in every place, with checksums that agree."""
    data = model_file.read_bytes()
    refused = 0
    for change in with_all_numbers(value):
        (tmp_path / "forged.lm").write_bytes(forged(data, change))
        start = time.process_time()
        try:
            model = Model.open(tmp_path / "forged.lm")
            model.score_words([model.word_id(word) for word in ("the", "sold", "12", "goats", "U.S")])
        except ModelError:
            refused += 1
        assert time.process_time() - start < 1
    assert refused > 3


@pytest.mark.parametrize("text", [b"[" * 900_000, b"{" * 2_000_000, b"null", b"[]", b"{}", b'"order"', b"\xff", b""])
def test_headers_that_are_none(model_file: Path, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "forged.lm").write_bytes(forged(model_file.read_bytes(), lambda header: text))
    with pytest.raises(ModelError, match="corrupt language model"):
        Model.open(tmp_path / "forged.lm")


def test_a_model_that_is_damaged_anywhere_is_refused_at_once(tmp_path: Path) -> None:
    """The shipped one, in a process that may not take much memory."""
    data = bytearray((Path(respin.__file__).parent / "data" / "news.respin-lm").read_bytes())
    rng = random.Random(7)
    name = str(tmp_path / "damaged.lm")
    with open(name, "wb") as file:
        file.write(data)
    code = f"""
import os, sys, time
from respin.errors import ModelError
from respin.lm.ngram_model import Model
path, size = {name!r}, {len(data)}
for spot in {[0, 9, 13, 17, 25, 33, 45, *(rng.randrange(len(data)) for _ in range(25))]}:
    with open(path, "r+b") as file:
        file.seek(spot)
        byte = file.read(1)[0]
        file.seek(spot)
        file.write(bytes([byte ^ 4]))
    start = time.process_time()
    try:
        Model.open(path)
        print("byte", spot, "is not missed")
    except ModelError:
        pass
    if time.process_time() - start > 1:
        print("slow", spot)
    with open(path, "r+b") as file:
        file.seek(spot)
        file.write(bytes([byte]))
for length in (size - 1, size // 2, 4096, 41, 40, 39, 8, 1, 0):
    os.truncate(path, length)
    try:
        Model.open(path)
        print("length", length)
    except ModelError:
        pass
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, timeout=60, preexec_fn=lambda: limit_memory(900))
    assert (done.stdout.decode(), done.stderr.decode()) == ("", "")


@pytest.mark.parametrize(
    ("option", "content"),
    [("--dictionary", b"said: stated\nno colon"), ("--dictionary", b"\xff\xfe"), ("--language-model", b"RESPINLM")],
)
def test_the_command_says_what_is_wrong_in_a_line(option: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "work" / "damaged").write_bytes(content)
    done = command.respin(option, "damaged", stdin=SPUN)
    assert done.stdout == ""
    assert done.stderr.startswith("respin: damaged")
    assert done.stderr.count("\n") == 1
    assert done.exit_code == 2


# --- memory of pathological text


def test_repeated_ambiguous_words_take_bounded_memory() -> None:
    code = "from respin import Repairer; print(len(Repairer().repair('numerous ' * 700)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, timeout=120, preexec_fn=lambda: limit_memory(1000))
    assert done.stderr == b""


# --- patterns


def patterns() -> dict[str, Any]:
    """All compiled patterns of the package, by where they are."""
    found: dict[str, Any] = {}

    def collect(name: str, value: Any) -> None:
        if isinstance(value, re.Pattern | regex.Pattern):
            found[name] = value
        elif isinstance(value, dict):
            for key, item in value.items():
                collect(f"{name}[{key!r}]", item)
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                collect(f"{name}[{index}]", item)

    for info in pkgutil.walk_packages(respin.__path__, "respin."):
        if not info.name.endswith("__main__") and "integrations" not in info.name:  # these need other libraries
            try:
                module = importlib.import_module(info.name)
            except ModuleNotFoundError as missing:
                if missing.name != "torch":  # only training needs it
                    raise
                continue
            for name, value in vars(module).items():
                if getattr(value, "__module__", None) is None:
                    collect(f"{info.name}.{name}", value)
    return found


ATOMS = [
    *"a1 .,-_’'\"<>&#@/\\=:;()[]{}*`$|~!\n\té",
    "\u0301",
    "a ",
    "a.",
    "a-",
    "a'",
    "1,",
    "<a ",
    "a='",
    "\\a",
    "![",
    "](",
]
ATOMS += [
    "http://",
    "www.",
    "a@",
    "<!--",
    "--",
    "&a",
    "&#1",
    "{{",
    "\\(",
    "$a",
    "[a]",
    "[^a",
    "a: ",
    ", ",
    "\r\n",
    "> ",
    "- ",
]


def test_no_pattern_backtracks_without_end() -> None:
    """A match takes linear time, a search at most quadratic: each atom and pairs of them, again and again."""
    rng = random.Random(8)
    pairs = [(rng.choice(ATOMS), rng.choice(ATOMS)) for _ in range(10)]
    shapes = [[atom] for atom in ATOMS] + [[a + b] for a, b in pairs] + [[a, b] for a, b in pairs]
    found = patterns()
    assert len(found) > 60

    def seconds(take: Any, text: str | bytes) -> float:
        start = time.process_time()
        take(text)
        return time.process_time() - start

    slow = []
    for name, pattern in found.items():
        for shape in shapes:
            for take, most in ((pattern.match, 12), (pattern.search, 40)):
                texts = {n: "".join(part * n for part in shape) + "\0" for n in (2, 300, 1200)}
                made = {n: text.encode() if isinstance(pattern.pattern, bytes) else text for n, text in texts.items()}
                if seconds(take, made[300]) > 0.005 and seconds(take, made[300]) > 0.005:
                    times = [min(seconds(take, made[n]) for _ in range(2)) for n in (300, 1200)]
                    if times[1] > most * times[0]:
                        slow.append((name, texts[2], times))
    assert slow == []


# --- the report escapes everything


class Tags(HTMLParser):
    """The elements of a page with their attributes' names, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[tuple[str, tuple[str, ...]]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


ATTACKS = [
    "<script>alert(1)</script> folks stated </script><script>",
    "folks stated \"'><img src=x onerror=alert(1)> folks",
    "</td></body></html><!-- folks stated --><style>*{}</style>",
    "&lt;script&gt; folks stated &amp;lt; <![CDATA[ stated ]]>",
    "<a href=javascript:alert(1)>folks</a> stated ]]> --> */ {{stated}} ${folks} \u2028 \x0c",
]


@pytest.mark.parametrize("input_format", ["plain", "html"])
def test_the_report_has_no_markup_of_the_article(input_format: str, tmp_path: Path) -> None:
    name = "<b onclick='x'>&.txt"
    pages = []
    for texts in (["folks stated it."] * len(ATTACKS), ATTACKS):
        (tmp_path / "work" / name).write_text("\n\n".join(texts) + "\n" + SPUN)
        args = ("--format", "html", "--aggressive", "--input-format", input_format, name)
        page = Tags()
        page.feed(command.respin(*args).stdout)
        pages.append(page)
    assert pages[1].tags <= pages[0].tags | {("br", ())}
    assert "<b onclick='x'>" in pages[1].text
    for markup in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;script&gt;"):
        assert markup in pages[1].text


# --- no surprises

_WATCH = """
import os, sys
def hook(event, args):
    local = event == "socket.__new__" and args[1] == 1  # AF_UNIX: processes of one run talk to each other
    if event.startswith(("socket.", "urllib.", "ftplib.", "http.", "subprocess.", "os.system")) and not local:
        os.write(2, ("WATCH " + event + "\\n").encode())
        os._exit(99)
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event in ("os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.truncate"):
        os.write(watch, (event + " " + " ".join(map(str, args[:2])) + "\\n").encode())
watch = os.open(os.environ["WATCH"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(hook)
"""


def tree(folder: Path) -> dict[str, Any]:
    """Everything below a folder: content of files, targets of links."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def watched(tmp_path: Path) -> Any:
    """Runs a command that must not use the network, and says what it opened to write."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_WATCH)
    (tmp_path / "home").mkdir()
    (tmp_path / "temp").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path / "home")}
    environment |= {"TMPDIR": str(tmp_path / "temp"), "WATCH": str(tmp_path / "watch.log")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("XDG_CONFIG_HOME", None)

    def run_watched(*args: str, **options: Any) -> list[str]:
        (tmp_path / "watch.log").unlink(missing_ok=True)
        done = run(*args, env=environment, **options)
        assert b"WATCH" not in done.stderr
        assert done.returncode in (0, 1), done.stderr
        assert not list((tmp_path / "temp").iterdir())
        assert not list((tmp_path / "home").iterdir())
        return (tmp_path / "watch.log").read_text().splitlines()

    return run_watched


@pytest.mark.parametrize(
    "args",
    [
        ("a.txt",),
        ("-j", "2", "a.txt", "b.html"),
        ("--diff", "a.txt"),
        ("--format", "html", "a.txt"),
        ("--format", "sarif", "--stats", "b.html"),
        ("check", "."),
        ("explain", "a.txt"),
        ("dict", "stats"),
    ],
)
def test_a_run_that_writes_nothing(args: tuple[str, ...], watched: Any, tmp_path: Path) -> None:
    (tmp_path / "work" / "a.txt").write_text(SPUN)
    (tmp_path / "work" / "b.html").write_text(f"<p>{SPUN}")
    before = tree(tmp_path / "work")
    # Numbers are descriptors of files that are open already.
    opened = [line for line in watched(*args) if not re.match(r"open (/dev/|\d+ )", line)]
    # Spools in the folder for temporary files have no name, or lose it at once.
    assert [line for line in opened if str(tmp_path / "temp") not in line] == []
    assert tree(tmp_path / "work") == before


def test_a_run_writes_only_what_it_was_told_to(watched: Any, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    for args, wanted in (
        (("-q", "-w", "a.txt"), {"a.txt"}),
        (("-q", "-w", "--backup", "~", "a.txt"), {"a.txt", "a.txt~"}),
        (("-q", "-o", "new.txt", "a.txt"), {"new.txt"}),
        (("-q", "--output-dir", "out", "a.txt"), {"out", "out/a.txt"}),
        (("-q", "-w", "--log", "edits.log", "a.txt"), {"a.txt", "edits.log"}),
    ):
        (folder / "a.txt").write_text(SPUN)
        (folder / "b.txt").write_text(SPUN)
        before = tree(folder)
        watched(*args)
        after = tree(folder)
        assert {name for name in after if after[name] != before.get(name, "-")} == wanted
        assert before.keys() <= after.keys()
        for name in wanted:
            shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink(missing_ok=True)


def test_no_link_leads_out_of_the_folder(watched: Any, tmp_path: Path) -> None:
    folder, outside = tmp_path / "work", tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(SPUN)
    (folder / "tree" / "sub").mkdir(parents=True)
    (folder / "tree" / "sub" / "a.txt").write_text(SPUN)
    (folder / "tree" / "file.txt").symlink_to(outside / "secret.txt")
    (folder / "tree" / "folder").symlink_to(outside)
    (folder / "tree" / "loop").symlink_to(".")
    watched("-q", "-w", "tree")
    assert (folder / "tree" / "sub" / "a.txt").read_text() == ORIGINAL
    assert tree(outside) == {"secret.txt": SPUN.encode()}
    # A backup takes the place of a link, and does not write through it.
    (folder / "tree" / "sub" / "a.txt").write_text(SPUN)
    (folder / "tree" / "sub" / "a.txt.old").symlink_to(outside / "secret.txt")
    watched("-q", "-w", "--backup", ".old", "tree")
    assert tree(outside) == {"secret.txt": SPUN.encode()}
    assert (folder / "tree" / "sub" / "a.txt.old").read_text() == SPUN


def test_an_output_folder_with_a_link_in_it_is_not_left(tmp_path: Path) -> None:
    folder, outside = tmp_path / "work", tmp_path / "outside"
    outside.mkdir()
    (folder / "tree" / "sub").mkdir(parents=True)
    (folder / "tree" / "sub" / "a.txt").write_text(SPUN)
    (folder / "out").mkdir()
    (folder / "out" / "sub").symlink_to(outside)
    command.respin("-q", "--output-dir", "out", "tree")
    assert tree(outside) == {}
