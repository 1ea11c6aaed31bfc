"""The constants for text of other families, chosen on all annotated passages but one, and scored on that one.

    python -m benchmarks.families '../shared/dev/*-synonym.gold.txt'

Each weight of `respin.engine.profiles.weights_for` is moved one step down and up, alone. The values that are best on
the other passages are scored on the one that is left out, beside the values that are shipped: what was tuned to the
passages at hand shows as the difference. The n-gram decoder judges alone.
"""

from __future__ import annotations

import argparse
import glob
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from respin.engine.repairer import Repairer
from respin.text.lines import split_lines
from respin.train.weights.score import Tally, judge, read_annotated

STEPS: Final[Mapping[str, float]] = {
    "model": 0.1,
    "channel": 0.1,
    "kept_head": 0.25,
    "edit": 0.5,
    "evidence": 0.15,
    "line_prior": 0.75,
}

Change = tuple[str, float]
"""A weight, and the value that it is set to; no name for the weights as they are shipped."""


def changes(repairer: Repairer) -> list[Change]:
    """The shipped weights, and each weight a step down and up."""
    assert repairer.families is not None
    weights = repairer.families.weights
    return [("", 0.0)] + [
        (name, round(getattr(weights, name) + sign * step, 4)) for name, step in STEPS.items() for sign in (-1, 1)
    ]


def scores(change: Change, passages: Sequence[str]) -> list[Tally]:
    """What each annotated passage comes to with a weight changed."""
    repairer = Repairer(reader=None)
    assert repairer.families is not None
    name, value = change
    if name:
        changed: dict[str, Any] = {name: value}
        repairer.families.weights = replace(repairer.families.weights, **changed)
    return [score(repairer, passage) for passage in passages]


def score(repairer: Repairer, passage: str) -> Tally:
    """What an annotated passage, read as one document, comes to."""
    total = Tally()
    document = repairer.document()
    for annotated in passage.splitlines():
        text, golds = read_annotated(annotated)
        edits = [edit for repair in document.feed(split_lines(text + "\n")) for edit in repair.edits]
        total.add(judge(text, golds, edits)[0])
    return total


def together(tallies: Sequence[Tally]) -> Tally:
    """The counts of several passages."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("gold", nargs="+", metavar="GLOB", help="annotated passages of other families")
    paths = [Path(path) for pattern in parser.parse_args().gold for path in sorted(glob.glob(pattern))]
    if len(paths) < 2:
        parser.error("two passages at least: one is left out")
    passages = [path.read_text("utf-8") for path in paths]
    tried = {change: scores(change, passages) for change in changes(Repairer(reader=None))}
    shipped = tried["", 0.0]
    width = max(len(path.name) for path in paths)
    print(f"{'passage':{width}}  shipped  left out  by")
    chosen = []
    for number, path in enumerate(paths):
        rest = {change: together([*found[:number], *found[number + 1 :]]).f05 for change, found in tried.items()}
        best = max(rest, key=lambda change: rest[change])
        chosen.append(tried[best][number])
        by = f"{best[0]} = {best[1]:g}" if best[0] else "the shipped weights"
        print(f"{path.name:{width}}  {shipped[number].f05:7.3f}  {chosen[-1].f05:8.3f}  {by}")
    print(f"{'all':{width}}  {together(shipped).f05:7.3f}  {together(chosen).f05:8.3f}")
    print("\nall passages with one weight changed:")
    for change, found in sorted(tried.items(), key=lambda item: -together(item[1]).f05):
        print(f"  {together(found).f05:.3f}  {f'{change[0]} = {change[1]:g}' if change[0] else 'as shipped'}")


if __name__ == "__main__":
    main()
