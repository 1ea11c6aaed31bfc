"""Which edits do more harm than good: pairs of the dictionary that are wrong oftener than right.

    python -m benchmarks.harm ../shared/corpora/bbc-2004.txt.xz --gold '../shared/dev/*.gold.txt'

Clean texts are spun by the dictionary's own rules, every sixth line left as it is, and repaired; annotated
texts are repaired as they are. What comes out wrong is counted for each pair of a wording and what it
was changed to. Those at the top of the list belong in the file of rarer entries, or in none.
"""

from __future__ import annotations

import argparse
import glob
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from respin import Repairer
from respin.text.lines import split_lines
from respin.train.corpus import read_lines
from respin.train.spin import Spinner
from respin.train.weights.score import judge, read_annotated

LINES = 40
"""Lines of a document."""

Pair = tuple[str, str]


def spun_documents(repairer: Repairer, paths: Iterable[str], lines: int, skip: int) -> Iterator[list[str]]:
    """Annotated documents of spun lines: the first ``lines`` of each text, after ``skip`` of them."""
    spinner = Spinner(repairer.dictionary)
    number = 0
    for path in paths:
        texts = (line.rstrip("\n") for line in islice(read_lines(path), skip, skip + lines) if len(line) < 2000)
        while document := list(islice(texts, LINES)):
            number += 1
            yield list(spinner.document(document, number))


def count(repairer: Repairer, documents: Iterable[list[str]]) -> tuple[Counter[Pair], Counter[Pair]]:
    """How often each pair of a wording and its replacement came out right, and how often not."""
    right, wrong = Counter[Pair](), Counter[Pair]()
    for document in documents:
        article = repairer.document()
        for annotated in document:
            text, golds = read_annotated(annotated)
            edits = [edit for repair in article.feed(split_lines(text + "\n")) for edit in repair.edits]
            for edit, is_right in judge(text, golds, edits)[1]:
                (right if is_right else wrong)[edit.spun.lower(), edit.original.lower()] += 1
    return right, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("texts", nargs="*", help="clean texts, a paragraph a line")
    parser.add_argument("--gold", action="append", default=[], metavar="GLOB", help="annotated texts")
    parser.add_argument("--lines", type=int, default=1000, help="lines of each clean text  [1000]")
    parser.add_argument("--skip", type=int, default=0, help="lines of each that are left out first  [0]")
    parser.add_argument("--least", type=int, default=2, help="fewest wrong edits that are listed  [2]")
    args = parser.parse_args()
    repairer = Repairer()
    annotated = [Path(name).read_text("utf-8").splitlines() for found in args.gold for name in sorted(glob.glob(found))]
    right, wrong = count(repairer, [*spun_documents(repairer, args.texts, args.lines, args.skip), *annotated])
    harmful = [pair for pair in wrong if wrong[pair] >= args.least and wrong[pair] > right[pair]]
    for pair in sorted(harmful, key=lambda pair: right[pair] - wrong[pair]):
        print(f"{wrong[pair]:5} wrong  {right[pair]:5} right   {pair[0]} -> {pair[1]}")
    share = right.total() / max(1, right.total() + wrong.total())
    print(f"{right.total():,} right, {wrong.total():,} wrong edits ({share:.1%}); {len(harmful):,} pairs do harm")


if __name__ == "__main__":
    main()
