"""Text of other families: what each behaviour of their spinners costs, and how far constants reach that were chosen
without it.

    python -m benchmarks.families ['../shared/dev/*-synonym.gold.txt' ...]

The prose beside this file is spun here by the dictionaries of the other families, each time with one habit changed:
how much is replaced, how many heads survive, whether choices are repeated, whether endings agree, how many lines are
spun at all. As the dictionaries know all that is written, this tells what habits cost, not what unknown words do:
that is what the annotated passages are for, if any are named.

Each weight of `respin.engine.profiles.weights_for` is moved one step down and up, alone. The values that are best on
all the others are scored on the behaviour, or the passage, that is left out, beside the values that are shipped: what
was tuned to what is at hand shows as the difference. The n-gram decoder judges alone.
"""

from __future__ import annotations

import argparse
import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from benchmarks.accuracy import prose_articles
from respin.dictionary.index import Dictionary
from respin.dictionary.shipped import OTHERS
from respin.engine.repairer import Repairer
from respin.text.lines import split_lines
from respin.train.spin import Spinner, SpinRules
from respin.train.weights.score import Tally, judge, read_annotated

STEPS: Final[Mapping[str, float]] = {
    "model": 0.1,
    "channel": 0.1,
    "kept_head": 0.25,
    "edit": 0.5,
    "topic": 0.4,
    "evidence": 0.15,
    "line_prior": 0.75,
}

DOCUMENT: Final = 3
"""Articles of the prose that are spun as one: families are told by some hundred words."""


@dataclass(frozen=True)
class Behaviour:
    """How a spinner works: the profile's habits, and which lines and groups it leaves."""

    rate: float = 0.3
    repeat: float = 0.7
    endings: float = 0.1
    known: float = 0.8
    unspun: float = 0.0


BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "one word in ten": Behaviour(rate=0.1),
    "a third": Behaviour(),
    "half": Behaviour(rate=0.5),
    "four in five": Behaviour(rate=0.8),
    "half of the heads survive": Behaviour(rate=0.5, known=0.5),
    "no choice is repeated": Behaviour(repeat=0.0),
    "all choices are repeated": Behaviour(repeat=1.0),
    "a third of the endings disagree": Behaviour(endings=0.33),
    "half of the lines, lightly": Behaviour(rate=0.2, unspun=0.5),
}

Change = tuple[str, float]
"""A weight, and the value that it is set to; no name for the weights as they are shipped."""


def spun(behaviour: Behaviour) -> list[str]:
    """The prose as annotated documents of a spinner."""
    dictionary = Dictionary.load(OTHERS)
    dictionary.profiles = {
        name: replace(profile, rate=behaviour.rate, repeat=behaviour.repeat, endings=behaviour.endings)
        for name, profile in dictionary.profiles.items()
    }
    spinner = Spinner(dictionary, SpinRules(unspun=behaviour.unspun, known=behaviour.known))
    articles = prose_articles()
    documents = [chain.from_iterable(articles[at : at + DOCUMENT]) for at in range(0, len(articles), DOCUMENT)]
    return ["\n".join(spinner.document(lines, number)) for number, lines in enumerate(documents)]


def changes(repairer: Repairer) -> list[Change]:
    """The shipped weights, and each weight a step down and up."""
    assert repairer.families is not None
    weights = repairer.families.weights
    return [("", 0.0)] + [
        (name, round(getattr(weights, name) + sign * step, 4)) for name, step in STEPS.items() for sign in (-1, 1)
    ]


def scores(change: Change, passages: Sequence[Sequence[str]]) -> list[Tally]:
    """What each set of annotated documents comes to with a weight changed."""
    repairer = Repairer(reader=None)
    assert repairer.families is not None
    name, value = change
    if name:
        changed: dict[str, Any] = {name: value}
        repairer.families.weights = repairer.families.weights._replace(**changed)
    return [together([score(repairer, document) for document in documents]) for documents in passages]


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


def _figures(tally: Tally) -> str:
    return f"{tally.required:5}  {tally.recall:6.3f}  {tally.precision:9.3f}  {tally.f05:7.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("gold", nargs="*", metavar="GLOB", help="annotated passages of other families")
    paths = [Path(path) for pattern in parser.parse_args().gold for path in sorted(glob.glob(pattern))]
    passages = {name: spun(behaviour) for name, behaviour in BEHAVIOURS.items()}
    passages |= {path.name: [path.read_text("utf-8")] for path in paths}
    tried = {change: scores(change, list(passages.values())) for change in changes(Repairer(reader=None))}
    shipped = tried["", 0.0]
    width = max(map(len, passages))
    print(f"{'spinner':{width}}  spans  recall  precision  shipped  left out  by")
    chosen = []
    for number, name in enumerate(passages):
        rest = {change: together([*found[:number], *found[number + 1 :]]).f05 for change, found in tried.items()}
        best = max(rest, key=lambda change: rest[change])
        chosen.append(tried[best][number])
        by = f"{best[0]} = {best[1]:g}" if best[0] else "the shipped weights"
        print(f"{name:{width}}  {_figures(shipped[number])}  {chosen[-1].f05:8.3f}  {by}")
    print(f"{'all':{width}}  {_figures(together(shipped))}  {together(chosen).f05:8.3f}")
    print("\nall with one weight changed:")
    for change, found in sorted(tried.items(), key=lambda item: -together(item[1]).f05):
        print(f"  {together(found).f05:.3f}  {f'{change[0]} = {change[1]:g}' if change[0] else 'as shipped'}")


if __name__ == "__main__":
    main()
