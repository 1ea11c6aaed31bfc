"""Speed and memory of the repair, beside what a user would pick instead: one table, ratios first.

    python -m benchmarks.speed                        # 1, 10 and 100 MB: an hour
    python -m benchmarks.speed --size 1               # 1 MB only
    python -m benchmarks.speed --text FILE            # clean text of your own, one paragraph a line
    python -m benchmarks.speed --plot docs/speed.svg  # also draw speed against accuracy

Spun text is made here: the clean text, respun with another seed for each copy. All tools read the
same text, each in a process of its own; slow ones read the beginning of it. What a process takes for
the first tenth of it is taken off, so that speeds are those of the work itself: of the rest, with all
loaded that such text needs. Speeds and ratios go by processor time, as other programs may be running.
Rounds are interleaved, and the median of each tool counts.

The *mix* is what a corpus is like: articles of which one in a hundred was spun, the first of them in the first tenth.
A megabyte has five: `--size 10` compares on ten of them. Give it running text (--text), as the prose that comes with
the benchmark is short and repeats itself, which suits every cache.

-j is measured on the mix as JSON Lines, an article a record, by the clock: on a machine with two idle cores
the bar is 1.7x. A text is one document, whose lines are decided in order by one process.

Peers are optional; `benchmarks.peers` says what they are and what to install.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle, islice, pairwise
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.peers import ARPA, PAGE_LINES, PEERS, missing, write_arpa_model, write_sed_rules
from respin.neural.store import DEFAULT_MODEL, installed_path

HERE = Path(__file__).parent
ONE_LINE = "The mayor stated on Monday that many folks were within the constructing.\n"
ARTICLE_LINES = PAGE_LINES
"""Paragraphs of an article of the mix."""
SPUN_ARTICLES = 100
"""One of so many articles of the mix is spun."""
FIRST_SPUN = 20
"""The first of them: what such text needs is loaded in the first tenth of a megabyte, some forty articles."""
RESPIN = [sys.executable, "-m", "respin", "--config", "none"]


# --- Texts -----------------------------------------------------------------------------------------


def clean_lines(text: Path | None) -> list[str]:
    if text is not None:
        return [line for line in text.read_text("utf-8").splitlines() if line.strip()]
    from benchmarks.accuracy import prose_articles

    return [line for article in prose_articles() for line in article if line.strip()]


def write_texts(folder: Path, lines: list[str], megabytes: int) -> None:
    """A megabyte of clean text, of spun text and of both mixed, and multiples of each."""
    from respin.dictionary.index import Dictionary
    from respin.train.spin import Spinner, SpinRules
    from respin.train.weights.score import read_annotated

    spinner = Spinner(Dictionary.load(), SpinRules(unspun=0.0))
    spun: list[str] = []
    copy = size = 0
    while size < 1_000_000:
        for annotated in spinner.document(lines, copy):
            spun.append(read_annotated(annotated)[0])
            size += len(spun[-1]) + 1
            if size >= 1_000_000:
                break
        copy += 1
    mixed: list[str] = []
    source = cycle(lines)
    number = size = 0
    while size < 1_000_000:
        number += 1
        article: Iterator[str] = islice(source, ARTICLE_LINES)
        if number % SPUN_ARTICLES == FIRST_SPUN:
            article = (read_annotated(line)[0] for line in spinner.document(article, copy + number))
        for line in article:
            mixed.append(line)
            size += len(line) + 1
    for name, text in (("clean", lines), ("spun", spun), ("mix", mixed)):
        unit = "\n".join(text) + "\n"
        unit *= -(-1_000_000 // len(unit))
        unit = unit[: unit.rindex("\n", 0, 1_000_000) + 1]
        for count in (1, 10, 100):
            if count <= megabytes:
                with (folder / f"{name}-{count}").open("w", encoding="utf-8") as file:
                    for _ in range(count):
                        file.write(unit)


def head_of(path: Path, most: int) -> Path:
    """A file with the first lines of another."""
    if path.stat().st_size <= most * 1.1:
        return path
    short = path.with_name(f"{path.name}-first-{most}")
    if not short.exists():
        data = path.read_bytes()[:most]
        short.write_bytes(data[: data.rindex(b"\n") + 1])
    return short


def first_tenth(path: Path) -> Path:
    """A file with the first tenth of the lines of another, one at least."""
    start = path.with_stem(f"{path.stem}-start")
    if not start.exists():
        lines = path.read_bytes().splitlines(keepends=True)
        start.write_bytes(b"".join(lines[: max(1, len(lines) // 10)]))
    return start


@cache
def words_in(path: Path) -> int:
    """How many words a file has."""
    with path.open("rb") as lines:
        return sum(len(line.split()) for line in lines)


# --- Measuring -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of processor time and by the clock, and its peak memory in MB."""

    cpu: float
    wall: float
    memory: float

    def least(self, other: Cost) -> Cost:
        return Cost(min(self.cpu, other.cpu), min(self.wall, other.wall), max(self.memory, other.memory))


NOTHING = Cost(math.inf, math.inf, 0.0)
"""What is not measured yet."""


def measure(command: list[str], env: dict[str, str]) -> Cost:
    begun = time.perf_counter()
    # Files, not pipes: nobody has to keep up with what it writes.
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=env)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)}: {errors.read().decode('utf-8', 'replace')[-2000:]}")
    children = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / children)


def first_line(env: dict[str, str]) -> float:
    """Seconds until a line that was piped in comes out, while the pipe stays open."""
    begun = time.perf_counter()
    with subprocess.Popen(RESPIN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(ONE_LINE.encode())
        process.stdin.flush()
        process.stdout.readline()
        passed = time.perf_counter() - begun
        process.stdin.close()
    return passed


def dictionary_growth(env: dict[str, str]) -> float:
    """Seconds of processor time that the shipped dictionaries add to the first repair. The bar is 60 ms."""
    shipped = "import respin; respin.repair('x')"
    one_group = "from respin import Repairer; from respin.dictionary.index import Dictionary"
    one_group += "; Repairer(Dictionary.of({'b': ['c']})).repair('x')"
    costs = dict.fromkeys((shipped, one_group), NOTHING)
    for _ in range(15):
        for code, cost in costs.items():
            costs[code] = measure([sys.executable, "-c", code], env).least(cost)
    return costs[shipped].cpu - costs[one_group].cpu


@dataclass
class Row:
    """One tool on one text."""

    tool: str
    text: Path
    start: Path
    """The first tenth of it."""
    command: list[str]
    rounds: int = 3
    costs: list[Cost] = field(default_factory=list)
    starts: list[Cost] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What the text is: clean, spun or mix."""
        return self.text.name.split("-")[0]

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the text behind the first tenth took."""
        return max(1e-4, median(cost.cpu for cost in self.costs) - median(cost.cpu for cost in self.starts))

    @property
    def wall(self) -> float:
        """The same by the clock; the least, as others are in the way."""
        return max(1e-4, min(cost.wall for cost in self.costs) - min(cost.wall for cost in self.starts))

    @property
    def memory(self) -> float:
        return max(cost.memory for cost in self.costs)

    @property
    def bytes(self) -> int:
        return self.text.stat().st_size

    @property
    def speed(self) -> float:
        """Bytes a second."""
        return (self.bytes - self.start.stat().st_size) / self.cpu

    @property
    def words(self) -> float:
        """Words a second."""
        return (words_in(self.text) - words_in(self.start)) / self.cpu


MODES: Final[dict[str, tuple[list[str], dict[str, int]]]] = {
    "respin --fast": (["--fast"], {"spun": 300_000}),
    "respin": ([], {"spun": 100_000}),
    "respin --accurate": (["--accurate"], {"spun": 3_000, "clean": 100_000}),
}
"""Each mode's options, and the most bytes that it is given of a kind of text."""


def rows(folder: Path, sizes: list[int], missing: Sequence[str]) -> list[Row]:
    """What is measured."""
    rules = folder / "rules.sed"
    write_sed_rules(rules)
    found: list[Row] = []

    def add(tool: str, text: Path, command: list[str], rounds: int = 3) -> None:
        found.append(Row(tool, text, first_tenth(text), command, rounds))

    for kind in ("mix", "clean", "spun"):
        text = folder / f"{kind}-1"
        for mode, (options, most) in MODES.items():
            if mode not in missing and (mode != "respin --accurate" or kind in most):
                add(mode, head_of(text, most.get(kind, 1_000_000)), [*RESPIN, *options], 1 if "accurate" in mode else 3)
        for name, (_, limit) in PEERS.items():
            if name not in missing:
                add(name, head_of(text, limit), [sys.executable, "-m", "benchmarks.peers", name])
        add("sed -f", head_of(text, 10_000), ["sed", "-f", str(rules)])
        add("cat", text, ["cat"])
    for size in sizes[1:]:
        text, rounds = folder / f"mix-{size}", 3 if size == 10 else 1
        for mode in ("respin --fast", "respin"):
            add(mode, text, [*RESPIN, *MODES[mode][0]], rounds)
        if size == 10 and "flashtext" not in missing:
            add("flashtext", text, [sys.executable, "-m", "benchmarks.peers", "flashtext"], rounds)
    records = write_records(folder, sizes[-1])
    for jobs in ("1", "2"):
        add(f"respin --fast -j {jobs}", records, [*RESPIN, "--fast", "-j", jobs], 3 if sizes[-1] == 1 else 1)
    return found


def write_records(folder: Path, megabytes: int) -> Path:
    """The mix as JSON Lines, an article a record."""
    path = folder / f"mix-{megabytes}.jsonl"
    with (folder / f"mix-{megabytes}").open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as file:
        number = 0
        while article := "".join(islice(lines, ARTICLE_LINES)):
            number += 1
            file.write(json.dumps({"id": number, "text": article}, ensure_ascii=False) + "\n")
    return path


def compiled_environment(folder: Path) -> dict[str, str]:
    """An environment in which modules are compiled once, as they are where respin is installed."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**env, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONPATH": str(HERE.parent)}


def report(found: list[Row], sizes: list[int]) -> None:
    titles = f"{'text':6} {'bytes':>11} {'tool':20} {'words/s':>11} {'MB/s':>9} {'peak MB':>8}"
    print(f"{'--fast is':>10} {'default is':>10} {titles}")
    first = {(row.kind, row.tool): row for row in reversed(found)}
    same = {(row.text, row.tool): row for row in found}
    for row in found:
        modes = (same.get((row.text, mode), first[row.kind, mode]) for mode in ("respin --fast", "respin"))
        ratios = [mode.words / row.words for mode in modes]
        print(
            f"{ratios[0]:9.3g}x {ratios[1]:9.3g}x {row.kind:6} {row.bytes:11,} {row.tool:20} {row.words:11,.0f}"
            f" {row.speed / 1e6:9.4f} {row.memory:8.0f}"
        )
    one, two = (row for row in found if " -j " in row.tool)
    print(
        f"-j 2 to -j 1, {one.bytes:,} bytes: {one.wall / two.wall:.2f}x as fast by the clock,"
        f" {two.cpu / one.cpu:.2f}x the processor time"
    )
    for mode in ("respin --fast", "respin"):
        print(f"{mode}: clean text {first['clean', mode].words / first['spun', mode].words:.2f}x as fast as spun text")
        of_size = {row.text.name: row for row in found if row.tool == mode and row.kind == "mix"}
        for small, large in pairwise(sizes):
            ratio = of_size[f"mix-{large}"].cpu / of_size[f"mix-{small}"].cpu
            print(f"{mode}: {large} MB to {small} MB of the mix: {ratio:.1f}x the time")


def speed_on_mix(found: list[Row]) -> dict[str, float]:
    """Words a second of each tool on the mix; where it was not given that, by what it takes for clean and spun text."""
    speeds: dict[str, float] = {}
    for tool in dict.fromkeys(row.tool for row in found):
        own = {row.kind: row.words for row in reversed(found) if row.tool == tool}
        if "mix" in own:
            speeds[tool] = own["mix"]
        else:
            speeds[tool] = 1 / ((1 - 1 / SPUN_ARTICLES) / own["clean"] + 1 / SPUN_ARTICLES / own["spun"])
    return speeds


def report_start(folder: Path, env: dict[str, str]) -> None:
    (folder / "single").write_text(ONE_LINE)
    commands = {
        'python -c "import click"': [sys.executable, "-c", "import click"],
        "respin --version": [sys.executable, "-m", "respin", "--version"],
        "respin, a file of one line": [*RESPIN, str(folder / "single")],
    }
    costs: dict[str, Cost] = {}
    for _ in range(7):
        for name, command in commands.items():
            costs[name] = measure(command, env).least(costs.get(name, NOTHING))
    base = next(iter(costs.values()))
    for name, cost in costs.items():
        print(
            f"{name:28} {1000 * cost.cpu:5.0f} ms of processor time ({cost.cpu / base.cpu:.2f}x),"
            f" {1000 * cost.wall:5.0f} ms by the clock ({cost.wall / base.wall:.2f}x)"
        )
    print(f"{'growth by the dictionaries':28} {1000 * dictionary_growth(env):5.0f} ms of processor time")
    print(f"{'time to the first line':28} {1000 * min(first_line(env) for _ in range(5)):5.0f} ms by the clock")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, choices=[1, 10, 100], default=100, help="the largest text, in MB")
    parser.add_argument("--text", type=Path, help="clean text, one paragraph a line")
    parser.add_argument("--plot", type=Path, help="draw words a second against F0.5 into this SVG file")
    parser.add_argument("--rounds", type=int, default=3, help="most rounds")
    parser.add_argument("--without", nargs="*", default=[], metavar="TOOL", help="tools to leave out")
    args = parser.parse_args()
    sizes = [size for size in (1, 10, 100) if size <= args.size]
    absent = missing()
    if not installed_path(DEFAULT_MODEL).is_file():
        absent.append("respin --accurate")
    with tempfile.TemporaryDirectory(prefix="respin-speed-") as name:
        folder = Path(name)
        env = compiled_environment(folder)
        write_texts(folder, clean_lines(args.text), sizes[-1])
        found = rows(folder, sizes, [*absent, *args.without])
        if "kenlm" not in absent:
            env[ARPA] = str(folder / "model.arpa")
            write_arpa_model(folder / "clean-1", folder / "model.arpa")
        for number in range(args.rounds):
            for row in found:
                if number < row.rounds:
                    row.costs.append(measure([*row.command, str(row.text)], env))
                    row.starts.append(measure([*row.command, str(row.start)], env))
        report(found, sizes)
        report_start(folder, env)
        if absent:
            print(f"not installed, not measured: {', '.join(absent)}")
        if args.plot is not None:
            from benchmarks.plot import draw

            args.plot.write_text(draw(speed_on_mix(found)), "utf-8")


if __name__ == "__main__":
    main()
