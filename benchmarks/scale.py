"""What a corpus costs: documents one by one in a process, as a pipeline's worker does them; a table a mode.

    python -m benchmarks.scale --text FILE  # clean text, one paragraph a line: the longer, the more is new in it
    python -m benchmarks.scale               # the benchmark's own prose, over and over: too good, as caches are warm

Documents have some 600 words. *clean* are as they are, *spun* went through the spinner of the shipped profiles,
*mix* has one spun document in a hundred by a weighted mean of the two. Times are processor time of one core;
rounds of the modes are interleaved, and the best counts. Memory is that of the worker's process after its last
document: all of it, and the part that workers of one machine do not share.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Final, NamedTuple

WORDS: Final = 600
"""Of a document: about what an article off a page has."""
SPUN_SHARE: Final = 0.01
"""Of a corpus, by words."""
PAGES: Final = 10**9


class Cost(NamedTuple):
    """What a worker needs: seconds to load, words a second, memory in MB (all, and its own)."""

    load: float
    clean: float
    spun: float
    memory: float
    private: float

    @property
    def mix(self) -> float:
        """Words a second where one document in a hundred is spun."""
        return 1 / ((1 - SPUN_SHARE) / self.clean + SPUN_SHARE / self.spun)


def documents(lines: Iterator[str], count: int) -> list[str]:
    """So many documents of ``WORDS`` words, from paragraphs."""
    found: list[str] = []
    document: list[str] = []
    words = 0
    for line in lines:
        document.append(line.strip())
        words += len(line.split())
        if words >= WORDS:
            found.append("\n".join(document) + "\n")
            document, words = [], 0
            if len(found) == count:
                break
    return found


def spun(clean: Sequence[str]) -> list[str]:
    """The documents, spun."""
    from respin.dictionary.index import Dictionary
    from respin.train.spin import Spinner

    spinner = Spinner(Dictionary.load())
    marked = ("\n".join(spinner.document(text.splitlines(), number)) + "\n" for number, text in enumerate(clean))
    return [re.sub(r"\{\{(.*?)=>.*?\}\}", r"\1", text) for text in marked]


def work(mode: str, folder: Path) -> None:
    """Do what a worker does, and print its cost."""
    before = time.process_time()
    from respin import Repairer
    from respin.integrations.summary import repair_with_summary

    name, _, profile = mode.partition(":")
    repairer = Repairer(mode=name, profile=profile or "auto")  # type: ignore[arg-type]
    # The first texts open what is opened when it is first asked, and fill caches, as the first of millions do.
    for kind in ("clean", "spun"):
        repair_with_summary(repairer, (folder / f"{kind}-0.txt").read_text("utf-8"))
    load = time.process_time() - before
    rates = []
    for kind in ("clean", "spun"):
        texts = [path.read_text("utf-8") for path in sorted(folder.glob(f"{kind}-*.txt"))[1:]]
        if name == "accurate":
            texts = texts[:3]
        before = time.process_time()
        for text in texts:
            repair_with_summary(repairer, text)
        rates.append(sum(len(text.split()) for text in texts) / (time.process_time() - before))
    memory, private = _memory()
    print(load, *rates, memory, private)


def _memory() -> tuple[float, float]:
    """Resident memory of this process in MB: all, and the part that is its own."""
    figures = dict(re.findall(r"^(\w+): +(\d+) kB$", Path("/proc/self/smaps_rollup").read_text("ascii"), re.MULTILINE))
    private = int(figures["Private_Clean"]) + int(figures["Private_Dirty"])
    # Pages of the mapped models that nobody else has open now count as its own, and are shared with a second worker.
    anonymous = int(figures["Anonymous"])
    return int(figures["Rss"]) / 1000, min(private, anonymous) / 1000


def measure(mode: str, folder: Path) -> Cost:
    """The cost of a worker in a process of its own, on one core."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.scale", "--work", mode, str(folder)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return Cost(*map(float, done.stdout.split()))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, help="clean text, one paragraph a line")
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", nargs="+", default=["fast", "default"], help="such as fast, or fast:newsroom")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], Path(options.work[1]))
        return
    from tempfile import TemporaryDirectory

    path = options.text or Path(__file__).parent / "prose.txt"
    lines = path.read_text("utf-8").splitlines()
    endless = cycle(lines) if options.text is None else iter(lines)
    clean = documents(islice(endless, 10**7), options.documents + 1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for kind, texts in (("clean", clean), ("spun", spun(clean))):
            for number, text in enumerate(texts):
                (folder / f"{kind}-{number}.txt").write_text(text, "utf-8")
        found: dict[str, list[Cost]] = {mode: [] for mode in options.modes}
        for _ in range(options.rounds):
            for mode in options.modes:
                found[mode].append(measure(mode, folder))
    report(found)


def report(found: dict[str, list[Cost]]) -> None:
    """Print the table, a row a mode, with the best of the rounds."""
    print("| mode | load, s | clean, words/s | spun, words/s | mix, words/s | memory, MB | its own, MB | core-days |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for mode, costs in found.items():
        loads, cleans, spuns, memories, privates = zip(*costs, strict=True)
        best = Cost(min(loads), max(cleans), max(spuns), min(memories), min(privates))
        days = PAGES * WORDS / best.mix / 86_400
        print(
            f"| {mode} | {best.load:.2f} | {best.clean:,.0f} | {best.spun:,.0f} | {best.mix:,.0f}"
            f" | {best.memory:.0f} | {best.private:.0f} | {days:,.0f} |"
        )


if __name__ == "__main__":
    main()
