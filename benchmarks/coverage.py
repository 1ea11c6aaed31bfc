"""How much of what was seen on real pages the shipped dictionary explains.

    python -m benchmarks.coverage ../shared/lexicons/observed-pairs.tsv

The file has the columns family, spun and original. A pair is explained if substituting heads by their
variants inside the original can give the spun wording; letter case does not count.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from respin.dictionary.index import Dictionary
from respin.text.tokens import forms


def explains(dictionary: Dictionary, spun: Sequence[str], original: Sequence[str]) -> bool:
    """Whether the forms of ``original`` give those of ``spun`` by substituting heads."""

    @cache
    def rest(i: int, j: int) -> bool:
        if i == len(spun):
            return j == len(original)
        if j < len(original) and spun[i] == original[j] and rest(i + 1, j + 1):
            return True
        for end in range(i + 1, len(spun) + 1):
            for origin in dictionary.origins.get(" ".join(spun[i:end]), ()):
                head = forms(origin.head.lower())
                if tuple(original[j : j + len(head)]) == head and rest(end, j + len(head)):
                    return True
        return False

    return rest(0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--show", action="store_true", help="list the pairs that are not explained")
    args = parser.parse_args()
    dictionary = Dictionary.load()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    missing = []
    for row in args.pairs.read_text("utf-8").splitlines()[1:]:
        family, spun, original = row.split("\t")
        explained = explains(dictionary, forms(spun.lower()), forms(original.lower()))
        counts[family][0] += explained
        counts[family][1] += 1
        if not explained:
            missing.append(f"  {family}: {spun!r} <- {original!r}")
    groups = len({key for table in dictionary.groups.values() for key in table})
    print(f"{groups:,} heads, {sum(len(group.variants) for _, group in dictionary):,} variants")
    for family, (found, rows) in counts.items():
        print(f"{family}: {found} of {rows} pairs explained ({100 * found / rows:.1f} %)")
    if args.show:
        print("\n".join(missing))


if __name__ == "__main__":
    main()
