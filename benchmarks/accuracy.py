"""Accuracy of the repair, beside what a user would otherwise do: one table.

    python -m benchmarks.accuracy             # everything that is here
    python -m benchmarks.accuracy --gate      # only what needs no ../shared; fails below a floor
    python -m benchmarks.accuracy --raise     # lift the floors to what was measured; they never sink
    python -m benchmarks.accuracy --accurate  # also with the second opinion, where its model is installed

Sets: the annotated articles of ../shared/dev (newsroom and other spinners) and its clean
articles, where they are present; the prose beside this file, which is spun here by the shipped
dictionary under the rules of the profile, and left unspun for the damage. Floors are in floors.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.baseline import plain_replacement
from respin import Repairer
from respin.edits import Edit
from respin.text.lines import split_lines
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import Gold, Tally, gold_text, judge, read_annotated, same

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"
FLOORS = HERE / "floors.json"
MIN_WORDS = 8  # shortest line, in words, that detection by line is asked about

Document = list[tuple[str, list[Gold]]]


@dataclass
class Measured:
    """What one system made of one set of documents."""

    tally: Tally = field(default_factory=Tally)
    oracle: tuple[int, int] = (0, 0)
    article_scores: list[tuple[bool, float]] = field(default_factory=list)
    line_scores: list[tuple[bool, float]] = field(default_factory=list)
    words: int = 0
    seconds: float = 0.0
    """Processor time of the repair."""


def auc(scores: Iterable[tuple[bool, float]]) -> float:
    """Area under the ROC curve: how often a positive scores above a negative (Hanley & McNeil 1982)."""
    positive = [score for label, score in scores if label]
    negative = [score for label, score in scores if not label]
    if not positive or not negative:
        return float("nan")
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def read_gold(path: Path) -> Document:
    return [read_annotated(line) for line in path.read_text("utf-8").rstrip("\n").split("\n")]


def prose_articles() -> list[list[str]]:
    """The articles of prose.txt: lines, one paragraph each; articles are parted by a line of dashes."""
    articles = (HERE / "prose.txt").read_text("utf-8").split("\n---\n")
    return [article.strip("\n").split("\n") for article in articles if article.strip()]


def sets(repairer: Repairer, everything: bool) -> Iterator[tuple[str, list[Document]]]:
    """Name and documents of each set; clean sets have no gold spans."""
    articles = prose_articles()
    spinner = Spinner(repairer.dictionary, SpinRules(known=1.0))
    yield (
        "prose, spun here",
        [
            [read_annotated(line) for line in spinner.document(article, 7 * number + copy)]
            for number, article in enumerate(articles)
            for copy in range(3)
        ],
    )
    yield "prose, clean", [[(line, []) for line in article] for article in articles]
    if not everything or not (SHARED / "dev").is_dir():
        return
    golds = sorted((SHARED / "dev").glob("*.gold.txt"))
    yield "dev newsroom", [read_gold(path) for path in golds if "-synonym" not in path.name]
    yield "dev other", [read_gold(path) for path in golds if "-synonym" in path.name]
    clean = (SHARED / "dev" / "clean.jsonl").read_text("utf-8").splitlines()
    yield "dev clean", [[(line, []) for line in json.loads(record)["text"].split("\n")] for record in clean]


def measure_repairer(repairer: Repairer, documents: list[Document]) -> Measured:
    found = Measured()
    hits = asked = 0
    for lines in documents:
        document = repairer.document()
        fed = (piece for text, _ in lines for piece in split_lines(text + "\n"))
        spun_words = words = 0.0
        begun = time.process_time()
        repairs = list(document.feed(fed))
        found.seconds += time.process_time() - begun
        for (text, golds), repair in zip(lines, repairs, strict=True):
            tally, _ = judge(repair.source, golds, repair.edits)
            found.tally.add(tally)
            found.words += tally.words
            spun_words += repair.probability * tally.words
            words += tally.words
            if tally.words >= MIN_WORDS:
                found.line_scores.append((bool(golds), repair.probability))
            hit, ask = oracle(repairer, text, golds)
            hits, asked = hits + hit, asked + ask
        found.article_scores.append((any(golds for _, golds in lines), spun_words / max(1.0, words)))
    found.oracle = (hits, asked)
    return found


def oracle(repairer: Repairer, text: str, golds: list[Gold]) -> tuple[int, int]:
    """Of the spans that had to change, how many have a right original among the lattice's candidates."""
    required = [gold for gold in golds if gold_text(text, gold) not in gold.originals]
    if not required:
        return 0, 0
    lattice = repairer.builder.build(text)
    starts = {token.start: index for index, token in enumerate(lattice.tokens)}
    ends = {token.end: index + 1 for index, token in enumerate(lattice.tokens)}
    edges = list(lattice.edges)
    hits = 0
    for gold in required:
        first, last = starts.get(gold.start), ends.get(gold.end)
        if first is None or last is None:
            continue
        wanted = {original.lower() for original in gold.originals}
        reached: dict[int, set[str]] = {first: {""}}
        for at in range(first, last):
            for text_so_far in reached.get(at, ()):
                options = [(at + 1, lattice.tokens[at].text)]
                options += [(edge.end, edge.head) for edge in edges if edge.start == at and edge.end <= last]
                for end, word in options:
                    glue = "" if at == first or lattice.tokens[at].start == lattice.tokens[at - 1].end else " "
                    reached.setdefault(end, set()).add(f"{text_so_far}{glue}{word}".lower())
        hits += any(same(a, b) for a in reached.get(last, ()) for b in wanted)
    return hits, len(required)


def measure_plain(edit: Callable[[str], list[Edit]], documents: list[Document]) -> Measured:
    found = Measured()
    for lines in documents:
        for text, golds in lines:
            found.tally.add(judge(text, golds, edit(text))[0])
    return found


def with_second_opinion(repairer: Repairer) -> Repairer:
    """The same repairer with the installed neural model."""
    from respin.neural.model import NeuralModel
    from respin.neural.store import find_model

    model = NeuralModel.open(find_model())
    return Repairer(repairer.dictionary, repairer.model, repairer.weights, second=model)


def row(name: str, system: str, found: Measured) -> str:
    tally = found.tally
    hits, asked = found.oracle
    speed = found.words / found.seconds if found.seconds else 0.0
    cells = f"{name:18} {system:12}"
    if tally.required:
        cells += f" {tally.recall:7.3f} {tally.precision:9.3f} {tally.f05:7.3f}"
    else:
        cells += f" {'':7} {'':9} {'':7}"
    cells += f" {tally.damage:8.2f}"
    return cells + (f" {hits / asked:8.3f}" if asked else f" {'':8}") + (f" {speed:8.0f}" if speed else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gate", action="store_true", help="only what needs no ../shared; exit 1 below a floor")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors to what was measured")
    parser.add_argument("--accurate", action="store_true", help="also with the neural second opinion (minutes)")
    args = parser.parse_args()
    repairer = Repairer()
    accurate = with_second_opinion(repairer) if args.accurate else None
    figures: dict[str, dict[str, float]] = {}
    articles: dict[str, list[tuple[bool, float]]] = {}
    line_scores: dict[str, list[tuple[bool, float]]] = {}
    columns = f"{'set':18} {'system':12} {'recall':>7} {'precision':>9} {'f0.5':>7} {'damage':>8}"
    print(f"{columns} {'oracle':>8} {'words/s':>8}")
    for name, documents in sets(repairer, not args.gate):
        print(row(name, "nothing", measure_plain(lambda text: [], documents)))
        print(row(name, "plain", measure_plain(lambda text: plain_replacement(repairer.dictionary, text), documents)))
        found = measure_repairer(repairer, documents)
        print(row(name, "respin", found), flush=True)
        if accurate is not None:
            print(row(name, "accurate", measure_repairer(accurate, documents)), flush=True)
        tally = found.tally
        if tally.required:
            figures[name] = {"recall": tally.recall, "precision": tally.precision, "f0.5": tally.f05}
        else:
            figures[name] = {"undamaged": 1 - tally.damage / 1000}
        group = name.split(",")[0].split(" ")[0]
        if name != "dev other":
            articles.setdefault(group, []).extend(found.article_scores)
            line_scores.setdefault(group, []).extend(found.line_scores)
    for group in articles:
        by_article, by_line = auc(articles[group]), auc(line_scores[group])
        figures[f"{group} detection"] = {"auc articles": by_article, "auc lines": by_line}
        print(
            f"{group}: detection AUC {by_article:.4f} of articles, {by_line:.4f} of lines of {MIN_WORDS} words or more"
        )
    floors = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    failed = False
    for name, values in figures.items():
        for figure, value in values.items():
            floor = floors.get(name, {}).get(figure, 0.0)
            if value < floor:
                failed = True
                print(f"BELOW THE FLOOR: {name}, {figure}: {value:.4f} < {floor}", file=sys.stderr)
            if args.lift:
                # Down to three decimals, so that noise in the last digit of a platform's floats can't fail the gate.
                floors.setdefault(name, {})[figure] = max(floor, int(value * 1000) / 1000)
    if args.lift:
        FLOORS.write_text(json.dumps(floors, indent=2, sort_keys=True) + "\n", "utf-8")
    return 1 if failed and args.gate else 0


if __name__ == "__main__":
    sys.exit(main())
