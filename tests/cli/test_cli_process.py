"""The command as a process: pipes, signals, terminals, full disks, and what it leaves behind."""

from __future__ import annotations

import json
import os
import pty
import random
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import IO, Any

import pytest

from tests import command

SPUN = "She instructed reporters that the workplace would open subsequent week.\n"
ORIGINAL = "She told reporters that the office would open next week.\n"
CLEAN = "The ferry crossed the lake at dawn with eleven goats aboard.\n"
RESPIN = [sys.executable, "-m", "respin"]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))
    monkeypatch.delenv("NO_COLOR", raising=False)


def respin(*args: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*RESPIN, *args], capture_output=True, timeout=120, **{"input": b"", **options})


def start(*args: str, **options: Any) -> subprocess.Popen[bytes]:
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*RESPIN, *args], **options)


def read_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """A line of its output, or what there is of it when the time is over."""
    assert process.stdout is not None
    line, end = b"", time.monotonic() + seconds
    while not line.endswith(b"\n") and select.select([process.stdout], [], [], max(0, end - time.monotonic()))[0]:
        piece = os.read(process.stdout.fileno(), 1)
        if not piece:
            break
        line += piece
    return line


def no_temporary_files(folder: Path) -> bool:
    return not [path for path in folder.rglob("*") if "respin" in path.name]


# --- pipes and signals


def test_a_slow_pipe_is_followed_line_by_line() -> None:
    with start() as process:
        assert process.stdin is not None
        waits = []
        for number in range(4):  # the first one waits for the start
            process.stdin.write(SPUN.encode())
            process.stdin.flush()
            since = time.monotonic()
            assert read_line(process, 30) == ORIGINAL.encode()
            waits.append(time.monotonic() - since)
            assert number == 0 or waits[-1] < 0.3
        process.stdin.close()


def test_a_closed_pipe_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_text(CLEAN * 5_000)
    with start("--fast", "big.txt") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == CLEAN.encode()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize("args", [[], ["-j", "2"]])
def test_ctrl_c(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN)
    with start(*args, "a.txt", "-", start_new_session=True) as process:
        assert read_line(process, 30) == ORIGINAL.encode()
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does: all of the group
        assert process.stderr is not None
        assert process.stderr.read().strip() == b""
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):  # no worker is left
        os.killpg(process.pid, 0)


def test_termination_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN * 20_000)
    with start("-w", "--format", "jsonl", "a.txt") as process:
        assert read_line(process, 30)
        process.terminate()
    assert process.returncode == 143
    assert (tmp_path / "a.txt").read_text() == SPUN * 20_000
    assert no_temporary_files(tmp_path)


@pytest.mark.parametrize("name", ["stdin", "stdout"])
def test_a_closed_standard_stream_is_an_error(name: str, tmp_path: Path) -> None:
    shell = {"stdin": "<&-", "stdout": ">&-"}[name]
    done = subprocess.run(f"{sys.executable} -m respin {shell}", shell=True, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert b"is closed" in done.stderr
    assert b"Traceback" not in done.stderr


# --- files that can't be read or written


def test_a_file_that_cannot_be_read_on(tmp_path: Path) -> None:
    """Root may read anything but this: its first page is not there."""
    (tmp_path / "a.txt").write_text(SPUN)
    done = command.respin("/proc/self/mem", "a.txt")
    assert done.stdout == ORIGINAL
    assert done.stderr.startswith("respin: /proc/self/mem: Input/output error\n")
    assert done.exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch(0o000)
    done = respin("a.txt")
    assert (done.stderr, done.returncode) == (b"respin: a.txt: Permission denied\n", 2)


def test_a_read_only_file_is_respected(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(SPUN)
    (tmp_path / "a.txt").chmod(0o444)
    done = command.respin("-q", "-w", "a.txt", "b.txt")
    assert (tmp_path / "a.txt").read_text() == SPUN
    assert (tmp_path / "b.txt").read_text() == ORIGINAL
    assert (done.stderr, done.exit_code) == ("respin: a.txt: read-only; left as it is\n", 2)


def test_a_full_disk_in_place(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the same error at the same places."""
    text = CLEAN + SPUN * 300
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.txt").write_text(SPUN)
    done = respin(
        *("-q", "-w", "--fast", "a.txt", "b.txt"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)),
    )
    assert (done.stderr, done.returncode) == (b"respin: a.txt: File too large\n", 2)
    assert (tmp_path / "a.txt").read_text() == text
    assert (tmp_path / "b.txt").read_text() == ORIGINAL
    assert no_temporary_files(tmp_path)


@pytest.mark.parametrize("args", [[], ["--diff"], ["--format", "sarif"], ["-o", "/dev/full"], ["--log", "/dev/full"]])
def test_a_full_disk_for_the_output(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN)
    with open("/dev/null" if "/dev/full" in args else "/dev/full", "wb") as full:
        done = subprocess.run([*RESPIN, *args, "a.txt"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    place = b"/dev/full" if "/dev/full" in args else b"standard output"
    assert (done.stderr, done.returncode) == (b"respin: %s: No space left on device\n" % place, 2)


def test_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(SPUN)
    file.chmod(0o640)
    assert command.respin("-q", "-w", "--backup", "~", "a.txt").exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "a.txt~").stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        command.respin("-o", "new.txt", stdin=SPUN)
    finally:
        os.umask(before)
    assert (tmp_path / "new.txt").stat().st_mode & 0o777 == 0o640


def test_what_needs_no_change_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(CLEAN)
    before = file.stat()
    tmp_path.chmod(0o555)
    try:
        assert command.respin("-q", "-w", "a.txt").exit_code == 0
    finally:
        tmp_path.chmod(0o755)
    assert file.stat() == before or (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    from respin.files.write import Replacement

    file = tmp_path / "a.txt"
    file.write_text("one")
    replacement = Replacement(str(file), Replacement.check(str(file)))
    replacement.write(b"two")
    file.write_text("three")
    with pytest.raises(OSError, match="changed by someone else"):
        replacement.commit()
    assert file.read_text() == "three"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("unnamed", [True, False])
def test_killed_at_any_moment_each_file_is_whole(unnamed: bool, tmp_path: Path) -> None:
    """Also on file systems that have no files without a name; there a temporary file may stay."""
    texts = {f"{number}.txt": SPUN * random.Random(number).randint(1, 60) for number in range(40)}
    argv = RESPIN if unnamed else [sys.executable, "-c", "import os; del os.O_TMPFILE; import respin.__main__"]
    rng = random.Random(5)
    for _ in range(4):
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        with subprocess.Popen([*argv, "-q", "-w", "--fast", "."], stdin=subprocess.DEVNULL) as process:
            while process.poll() is None and (tmp_path / "0.txt").read_text() == texts["0.txt"]:
                time.sleep(0.001)
            time.sleep(rng.random() * 0.3)
            process.kill()
        for name, text in texts.items():
            assert (tmp_path / name).read_text() in (text, text.replace(SPUN, ORIGINAL))
        assert not unnamed or no_temporary_files(tmp_path)


def test_two_at_once_on_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN * 500)
    args = ("-q", "-w", "--fast", "a.txt")
    with start(*args) as one, start(*args) as other:
        assert one.wait(60) in (0, 2)
        assert other.wait(60) in (0, 2)
    assert (tmp_path / "a.txt").read_text() == ORIGINAL * 500


# --- odd input


def feed(pipe: IO[bytes], size: int) -> None:
    """Write a line with a word of ``size`` letters into a pipe, and close it."""
    with pipe:
        pipe.write(SPUN[:-1].encode() + b" " + b"x" * size + b" " + SPUN[:-1].encode())


def test_a_line_of_50_megabytes() -> None:
    """One word of that length passes through; what stands around it is repaired."""
    size = 50_000_000
    with start() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = Thread(target=feed, args=(process.stdin, size))  # while we read
        feeder.start()
        total, start_of, end_of = 0, b"", b""
        while piece := process.stdout.read(1 << 20):
            total += len(piece)
            start_of = (start_of + piece)[:100] if len(start_of) < 100 else start_of
            end_of = (end_of + piece)[-100:]
        feeder.join()
    assert total == 2 * len(ORIGINAL[:-1]) + 2 + size
    assert start_of.startswith(ORIGINAL[:-1].encode() + b" xxx")
    assert end_of.endswith(b"xxx " + ORIGINAL[:-1].encode())


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text(SPUN)
    assert respin("--check", name).stdout.startswith(b"caf\xe9.txt:1:")
    assert respin("--diff", name).stdout.startswith(b"--- caf\xe9.txt\n")
    assert b'"file": "caf\\udce9.txt"' in command.respin("--format", "jsonl", name).out
    assert command.respin("-w", name).exit_code == 0
    assert (tmp_path / name).read_text() == ORIGINAL


def test_a_pipe_is_read_as_a_file_but_not_written(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m respin -w <(echo x stated)"], capture_output=True, timeout=60
    )
    assert b"not a regular file; it can't be replaced" in done.stderr
    assert done.returncode == 2


def test_patch_makes_of_the_diff_what_respin_makes_of_the_text(tmp_path: Path) -> None:
    texts = {"a.txt": CLEAN * 9 + SPUN + CLEAN * 9 + SPUN[:-1], "b c.txt": SPUN.replace("\n", "\r\n") + CLEAN}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode())
    diff = command.respin("-q", "--diff", "a.txt", "b c.txt").out
    subprocess.run(["patch", "--binary", "-s", "-p0"], input=diff, check=True)
    for name, text in texts.items():
        found = (tmp_path / name).read_bytes().decode()
        assert found == text.replace(SPUN[:-1], ORIGINAL[:-1])


# --- many files


def test_any_number_of_processes_says_the_same(tmp_path: Path) -> None:
    rng = random.Random(3)
    for number in range(30):
        lines = rng.choices([SPUN, CLEAN, CLEAN, "\n", "caf\udce9 folks stated it.\r\n"], k=rng.randint(0, 40))
        (tmp_path / f"{number:02}.txt").write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    (tmp_path / "07.html").write_text(f"<p>{SPUN}<p>{CLEAN}")
    names = [*sorted(path.name for path in tmp_path.iterdir()), "missing.txt"]
    for jobs, *args in (("2", "--diff", "--fast"), ("5", "--format", "jsonl", "--fast")):
        alone = command.respin(*args, "-v", *names)
        assert alone.out
        assert alone.exit_code == 2
        done = respin(*args, "-v", "-j", jobs, *names)
        assert (done.returncode, done.stdout, done.stderr) == alone


def worker_times(process: subprocess.Popen[bytes]) -> dict[int, int]:
    """The processor time of each worker so far, in ticks."""
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(worker): int(Path(f"/proc/{worker}/stat").read_text().split()[13]) for worker in workers}


def test_a_killed_worker_costs_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN * 100_000)
    (tmp_path / "b.txt").write_text(SPUN)
    with start("-j", "2", "-q", "a.txt", "b.txt") as process:
        while max(worker_times(process).values(), default=0) < 40:
            time.sleep(0.05)
        times = worker_times(process)
        os.kill(max(times, key=lambda worker: times[worker]), signal.SIGKILL)
        out, err = process.communicate(timeout=60)
    assert out == ORIGINAL.encode()
    assert err == b"respin: a.txt: the process that repaired it was killed; was there enough memory?\n"
    assert process.returncode == 2


def test_a_worker_that_is_killed_while_it_waits_is_replaced(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        (tmp_path / name).write_text(SPUN)
    with start("-j", "2", "-q", "a.txt", "-", "b.txt", "c.txt", "d.txt") as process:
        assert read_line(process, 30) == ORIGINAL.encode()
        time.sleep(0.5)
        for worker in worker_times(process):
            os.kill(worker, signal.SIGKILL)
            while Path(f"/proc/{worker}/stat").read_text().rsplit(")")[1].split()[0] != "Z":
                time.sleep(0.05)  # until then it may be sent something
        out, err = process.communicate(SPUN.encode(), timeout=60)
    assert (out.decode(), err, process.returncode) == (ORIGINAL * 4, b"", 0)


def records(text: str, count: int, padding: int = 0) -> str:
    """JSON Lines with that text, and something that is not read."""
    return "".join(json.dumps({"id": "-" * padding, "text": text}) + "\n" for _ in range(count))


def test_records_of_a_slow_pipe_come_out_as_they_come_in() -> None:
    with start("-j", "2", "--fast") as process:
        assert process.stdin is not None
        for _ in range(4):
            process.stdin.write(records(SPUN, 1).encode())
            process.stdin.flush()
            assert read_line(process, 30) == records(ORIGINAL, 1).encode()
        process.stdin.close()


def test_nobody_reads_the_records_of_several_processes(tmp_path: Path) -> None:
    (tmp_path / "big.jsonl").write_text(records(CLEAN, 3000, padding=1000))
    with start("-j", "2", "--fast", "big.jsonl") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == records(CLEAN, 1, padding=1000).encode()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_ctrl_c_among_records() -> None:
    with start("-j", "2", "--fast", start_new_session=True) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(records(SPUN, 50).encode())
        process.stdin.flush()
        assert read_line(process, 30) == records(ORIGINAL, 1).encode()
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr.read().strip() == b""
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):  # no worker is left
        os.killpg(process.pid, 0)


def test_a_killed_worker_costs_one_source_of_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(records(SPUN, 4000, padding=1000))
    (tmp_path / "b.txt").write_text(SPUN)
    with start("-j", "2", "-q", "--fast", "a.jsonl", "b.txt") as process:
        assert process.stdout is not None
        assert read_line(process, 30) == records(ORIGINAL, 1, padding=1000).encode()
        os.kill(min(worker_times(process)), signal.SIGKILL)
        out, err = process.communicate(timeout=60)
    assert out.endswith(ORIGINAL.encode())
    assert b"office" in out.removesuffix(ORIGINAL.encode())
    assert err == b"respin: a.jsonl: the process that repaired it was killed; was there enough memory?\n"
    assert process.returncode == 2


# --- terminals


def on_terminal(*args: str, env: dict[str, str] | None = None) -> tuple[bytes, int]:
    """What appears on a terminal on which the command runs, and its status."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    with subprocess.Popen([*RESPIN, *args], stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 1 << 16)
            except OSError:  # EIO: the other side is closed
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
    return shown, process.returncode


def test_a_diff_on_a_terminal_is_coloured_unless_told_not_to(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN)
    assert b"\x1b[7minstructed\x1b[27m" in on_terminal("--diff", "--fast", "a.txt")[0]
    assert b"\x1b" not in on_terminal("--diff", "--fast", "a.txt", env={"NO_COLOR": "1"})[0]
    assert b"\x1b" not in on_terminal("--diff", "--fast", "a.txt", env={"TERM": "dumb"})[0]
    assert b"\x1b" not in on_terminal("--diff", "--fast", "--color", "never", "a.txt")[0]
    assert b"\x1b" in on_terminal("--diff", "--fast", "--color", "always", "a.txt", env={"NO_COLOR": "1"})[0]


def test_a_run_on_a_terminal_leaves_nothing_but_its_summary(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(SPUN * 200)
    shown, status = on_terminal("-w", "--fast", "a.txt", "b.txt")
    assert status == 0
    # Whether the line is drawn depends on how long the run takes (test_progress.py has that); it is gone at the end.
    *_, last = shown.split(b"\r\x1b[K")
    assert last.strip() == b"respin: 2 files repaired, 0 unchanged; 1,200 edits"
    assert on_terminal("-w", "-q", "--fast", "a.txt") == (b"", 0)


# --- start-up


def test_the_version_costs_nothing_but_click() -> None:
    code = "import sys\nfrom respin.cli.main import run\ntry: run()\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version.startswith("respin 0.")
    mine = {name for name in modules.split() if name.split(".")[0] == "respin"}
    assert mine == {"respin", "respin.cli", "respin.cli.main", "respin.cli.startup", "respin.errors"}
    assert not {"regex", "numpy", "rapidfuzz", "json", "tomllib", "pathspec", "multiprocessing"} & set(modules.split())


@pytest.mark.parametrize("mode", [[], ["--fast"], ["--profile", "newsroom"]])
def test_one_clean_line_does_not_load_what_it_does_not_need(mode: list[str]) -> None:
    code = (
        "import sys\nfrom respin.cli.main import run\n"
        "try: run()\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    line = (
        "The government said on Monday that it would spend more money on schools and hospitals over the next year, "
        "but “not on roads”.\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *mode], input=line, capture_output=True, text=True, check=True)
    assert done.stdout == line
    modules = set(done.stderr.split())
    heavy = {"numpy", "regex", "rapidfuzz", "onnxruntime", "json", "html", "tomllib", "pathspec", "multiprocessing"}
    assert not (heavy | {"difflib", "wcwidth"}) & modules
    packages = {
        "cli": "main startup repair config",
        "run": "run settings reading remarks",
        "output": "meter text",
        "engine": "repairer document gate gate_state gatekeeper recent",
        # The last three, and tokens, for a dictionary that changed after the gate was trained.
        "dictionary": "shipped own keep_list file index tables",
        "files": "find folders processors sniff stream write",
        "formats": "auto detect directives holes mapping passages plain rewording shield extract",
        "text": "lazy_re lazy_regex lines look_through paragraphs wording tokens",
    }
    allowed = {f"respin.{package}.{name}" for package, names in packages.items() for name in names.split()}
    allowed |= {f"respin.{package}" for package in packages} | {"respin", "respin.edits", "respin.errors"}
    assert {name for name in modules if name.startswith("respin")} <= allowed


def test_extraction_without_the_extra_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['trafilatura'] = None; import respin.__main__"
    done = subprocess.run([sys.executable, "-c", code, "--extract"], input=b"<p>x", capture_output=True, timeout=60)
    assert b"pip install 'respin[extract]'" in done.stderr
    assert done.returncode == 2


def test_a_stream_that_is_too_large_for_a_page_is_not_held_in_memory() -> None:
    stream = b"<p>He stated it.</p>\n" * (4 << 20)
    done = subprocess.run([sys.executable, "-m", "respin", "--extract"], input=stream, capture_output=True, timeout=60)
    assert done.stderr == b"respin: standard input: larger than 64 MiB, too large a page for --extract\n"
    assert (done.returncode, done.stdout) == (2, b"")
