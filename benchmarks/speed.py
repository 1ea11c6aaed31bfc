"""Speed and memory of the repair, beside what a user would pick instead: one table.

    python -m benchmarks.speed              # 1, 10 and 100 MB: half an hour
    python -m benchmarks.speed --quick      # 1 MB only
    python -m benchmarks.speed --text FILE  # clean text of your own, one paragraph a line

Spun text is made here: the clean text, respun with another seed for each copy. All tools read the
same text, each in a process of its own; slow ones read the beginning of it. What a process takes for
a single line is taken off, so that speeds are those of the work itself. Speeds and ratios go by
processor time, as other programs may be running. Rounds are interleaved, the best of each tool counts.

A file is a document, whose lines are decided in order: -j is for many files. It is measured on the spun
text cut into files of 100 kB, by the clock; on a machine with two idle cores the bar is 1.7x.

The *mix* is what a corpus is like: articles of which one in a hundred was spun. Give it running text
(--text), as the prose that comes with the benchmark is short and repeats itself, which suits every cache.

Peers are optional: pip install flashtext pyahocorasick symspellpy kenlm ftfy trafilatura. Those that replace
words have the same dictionary as respin, and take the first head of a variant; all are fed line by line. KenLM
scores each token once, with a model of order 4 of the clean text itself: less than any decoder that asks a
language model can do. ftfy mends what encodings broke, and trafilatura takes the same paragraphs out of pages,
the step before ours: neither looks at what is said.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import cycle, islice, pairwise
from pathlib import Path

HERE = Path(__file__).parent
ONE_LINE = "The mayor stated on Monday that many folks were within the constructing.\n"
ARTICLE_LINES = 12
"""Paragraphs of an article of the mix, and of a page."""
SPUN_ARTICLES = 100
"""One of so many articles of the mix is spun."""
RESPIN = [sys.executable, "-m", "respin", "--config", "none"]


# --- Peers, each in a process of its own: read a file, write the result to standard output ----------


def _first_heads() -> dict[str, str]:
    from respin.dictionary.index import Dictionary

    return {variant: origins[0].head for variant, origins in Dictionary.load().origins.items()}


def flashtext(lines: Iterator[str], _: str) -> Iterator[str]:
    from flashtext import KeywordProcessor

    processor = KeywordProcessor()
    for variant, head in _first_heads().items():
        processor.add_keyword(variant, head)
    return (processor.replace_keywords(line) for line in lines)


def ahocorasick(lines: Iterator[str], _: str) -> Iterator[str]:
    from ahocorasick import Automaton

    automaton = Automaton()
    for variant, head in _first_heads().items():
        automaton.add_word(variant, (len(variant), head))
    automaton.make_automaton()

    def replace(line: str) -> str:
        parts, at = [], 0
        for last, (length, head) in automaton.iter_long(line.lower()):
            start, end = last - length + 1, last + 1
            if (start and line[start - 1].isalnum()) or line[end : end + 1].isalnum():
                continue
            parts += [line[at:start], head]
            at = end
        return "".join([*parts, line[at:]])

    return map(replace, lines)


def symspell(lines: Iterator[str], _: str) -> Iterator[str]:
    from importlib.resources import files

    from symspellpy import SymSpell

    corrector = SymSpell()
    corrector.load_dictionary(str(files("symspellpy") / "frequency_dictionary_en_82_765.txt"), 0, 1)
    return (corrector.lookup_compound(line, max_edit_distance=2)[0].term + "\n" for line in lines)


def kenlm(lines: Iterator[str], arpa: str) -> Iterator[str]:
    from kenlm import Model

    from respin.text.tokens import tokenize

    model = Model(arpa)
    return (f"{model.score(' '.join([token.form for token in tokenize(line)]))}\n" for line in lines)


def ftfy(lines: Iterator[str], _: str) -> Iterator[str]:
    from ftfy import fix_text

    return map(fix_text, lines)


def trafilatura(lines: Iterator[str], _: str) -> Iterator[str]:
    from html import escape

    from trafilatura import extract

    while paragraphs := list(islice(lines, ARTICLE_LINES)):
        body = "".join(f"<p>{escape(line.strip())}</p>\n" for line in paragraphs)
        page = f"<html><head><title>News</title></head><body><nav>Home</nav><article>{body}</article></body></html>"
        yield f"{extract(page)}\n"


PEERS: dict[str, tuple[Callable[[Iterator[str], str], Iterator[str]], int]] = {
    "flashtext": (flashtext, 1_000_000),
    "ahocorasick": (ahocorasick, 1_000_000),
    "symspellpy": (symspell, 30_000),
    "kenlm": (kenlm, 1_000_000),
    "ftfy": (ftfy, 1_000_000),
    "trafilatura": (trafilatura, 1_000_000),
}
"""Name (of the package, too) to what it does and the most bytes it is given."""


def write_sed_rules(path: Path) -> None:
    """The dictionary as a script for GNU sed, the longest variants first."""
    heads = _first_heads()
    special = str.maketrans({mark: f"\\{mark}" for mark in "/.&*[]^$"})
    with path.open("w", encoding="utf-8") as file:
        for variant in sorted(heads, key=len, reverse=True):
            spun = variant.replace(" - ", "-").replace(" '", "'").translate(special)
            file.write(f"s/\\b{spun}\\b/{heads[variant].translate(special)}/g\n")


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
        if number % SPUN_ARTICLES == SPUN_ARTICLES // 2:
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
    command: list[str]
    single: list[str]
    """The same for a single line."""
    rounds: int
    cost: Cost = NOTHING
    start: Cost = NOTHING

    @property
    def cpu(self) -> float:
        return max(1e-4, self.cost.cpu - self.start.cpu)

    @property
    def wall(self) -> float:
        return max(1e-4, self.cost.wall - self.start.wall)

    @property
    def bytes(self) -> int:
        return self.text.stat().st_size

    @property
    def speed(self) -> float:
        return self.bytes / self.cpu


def rows(folder: Path, sizes: list[int], quick: bool) -> tuple[list[Row], list[str]]:
    """What is measured, and what is missing."""
    single = folder / "single"
    single.write_text(ONE_LINE)
    found: list[Row] = []
    missing = [name for name in PEERS if find_spec(name) is None]
    if find_spec("jamspell") is None:
        missing.append("jamspell")
    rules = folder / "rules.sed"
    write_sed_rules(rules)
    for kind in ("spun", "clean", "mix"):
        for size in sizes:
            text = folder / f"{kind}-{size}"
            rounds = 3 if size == 1 else 2 if size == 10 else 1
            found.append(Row("respin", text, [*RESPIN, str(text)], [*RESPIN, str(single)], rounds))
            found.append(Row("cat", text, ["cat", str(text)], ["cat", str(single)], rounds))
        text = folder / f"{kind}-1"
        for name, (_, most) in PEERS.items():
            if name not in missing:
                command = [sys.executable, "-m", "benchmarks.speed", "--worker", name]
                short = head_of(text, most)
                found.append(Row(name, short, [*command, str(short)], [*command, str(single)], 3))
        short = head_of(text, 10_000 if quick else 30_000)
        sed = ["sed", "-f", str(rules)]
        found.append(Row("sed -f", short, [*sed, str(short)], [*sed, str(single)], 3))
    return [*found, *rows_of_files(folder, single, min(10, sizes[-1]))], missing


def rows_of_files(folder: Path, single: Path, megabytes: int) -> list[Row]:
    """The spun text as files of 100 kB, by one process and by two."""
    text = folder / f"spun-{megabytes}"
    parts = folder / "parts"
    parts.mkdir()
    data = text.read_bytes()
    at = 0
    for number in range(10 * megabytes):
        end = data.index(b"\n", len(data) * (number + 1) // (10 * megabytes) - 1) + 1
        (parts / f"{number}.txt").write_bytes(data[at:end])
        at = end
    found = []
    for jobs in ("1", "2"):
        command = [*RESPIN, "-q", "-j", jobs, "--output-dir", str(folder / f"out{jobs}")]
        rounds = 3 if megabytes == 1 else 2
        found.append(Row(f"respin -j {jobs}", text, [*command, str(parts)], [*command, str(single)], rounds))
    return found


def compiled_environment(folder: Path) -> dict[str, str]:
    """An environment in which modules are compiled once, as they are where respin is installed."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**env, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONPATH": str(HERE.parent)}


def report(found: list[Row], sizes: list[int]) -> None:
    titles = f"{'text':6} {'bytes':>11} {'tool':12} {'MB/s':>9} {'words/s':>11} {'MB/s clock':>10} {'peak MB':>8}"
    print(f"{'respin is':10} {titles}")
    ours = {(row.text.name.split("-")[0], row.text.name): row for row in found if row.tool == "respin"}
    for row in found:
        kind = row.text.name.split("-")[0]
        words = len(row.text.read_bytes().split()) if row.bytes < 2e7 else row.bytes / 6
        mine = ours[kind, row.text.name if (kind, row.text.name) in ours else f"{kind}-1"]
        ratio = "" if row is mine else f"{mine.speed / row.speed:.3g}x"
        print(
            f"{ratio:>10} {kind:6} {row.bytes:11,} {row.tool:12} {row.speed / 1e6:9.4f} {words / row.cpu:11,.0f}"
            f" {row.bytes / row.wall / 1e6:10.4f} {row.cost.memory:8.0f}"
        )
    one, two = (row.cost for row in found if row.tool in ("respin -j 1", "respin -j 2"))
    print(f"-j 2 to -j 1: {one.wall / two.wall:.2f}x as fast by the clock, {two.cpu / one.cpu:.2f}x the processor time")
    for size in sizes:
        spun, clean = ours["spun", f"spun-{size}"], ours["clean", f"clean-{size}"]
        print(f"clean text to spun text, {size} MB: {clean.speed / spun.speed:.2f}x as fast")
    for small, large in pairwise(sizes):
        for kind in ("spun", "clean", "mix"):
            longer = ours[kind, f"{kind}-{large}"].cpu / ours[kind, f"{kind}-{small}"].cpu
            print(f"{large} MB to {small} MB of {kind} text: {longer:.1f}x the time")


def report_start(folder: Path, env: dict[str, str]) -> None:
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


def write_arpa_model(text: Path, path: Path) -> None:
    """The model that KenLM reads."""
    from respin.train.lm.arpa import write_arpa
    from respin.train.lm.model import ModelSettings, estimate_texts

    plain = text.with_suffix(".txt")
    plain.write_bytes(text.read_bytes())
    write_arpa(estimate_texts([str(plain)], ModelSettings(min_count=1)), path)


def work(name: str, path: str) -> None:
    """Be a peer."""
    function, _ = PEERS[name]
    with open(path, encoding="utf-8") as file:
        sys.stdout.writelines(function(iter(file), os.environ.get("RESPIN_BENCHMARK_ARPA", "")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="1 MB only")
    parser.add_argument("--size", type=int, choices=[1, 10, 100], default=100, help="the largest text, in MB")
    parser.add_argument("--text", type=Path, help="clean text, one paragraph a line")
    parser.add_argument("--worker", nargs=2, metavar=("PEER", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        work(*args.worker)
        return
    sizes = [size for size in (1, 10, 100) if size <= (1 if args.quick else args.size)]
    with tempfile.TemporaryDirectory(prefix="respin-speed-") as name:
        folder = Path(name)
        env = compiled_environment(folder)
        write_texts(folder, clean_lines(args.text), sizes[-1])
        found, missing = rows(folder, sizes, args.quick)
        if "kenlm" not in missing:
            env["RESPIN_BENCHMARK_ARPA"] = str(folder / "model.arpa")
            write_arpa_model(folder / "clean-1", folder / "model.arpa")
        for number in range(3):
            for row in found:
                if number < row.rounds:
                    row.cost = measure(row.command, env).least(row.cost)
                    row.start = measure(row.single, env).least(row.start)
        report(found, sizes)
        report_start(folder, env)
        if missing:
            print(f"not installed, not measured: {', '.join(missing)}")


if __name__ == "__main__":
    main()
