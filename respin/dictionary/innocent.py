"""Variants that are plain English far more often than they are spun, counted in text that nobody spun."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from respin.dictionary.file import Group
from respin.dictionary.index import Dictionary, phrase_key
from respin.text.tokens import tokenize

TIMES: Final = 200.0
"""How many times as often as spun a variant must be innocent to be named."""
PER_MILLION: Final = 20.0
"""Innocent occurrences in a million words below which nothing is said."""


class Innocent(NamedTuple):
    """A variant: how often it stands in clean text, and how often all its heads would have been spun into it there.

    Each occurrence is one that plain replacement would damage.
    """

    variant: str
    stands: int
    spun: float

    def __str__(self) -> str:
        return (
            f"{self.variant!r} stands {self.stands:,} times in the clean text, where all its heads together would have "
            f"been spun into it {self.spun:.1f} times"
        )


class Occurrences:
    """Counts the heads and variants of dictionaries in clean text."""

    def __init__(self, dictionaries: Iterable[Dictionary]) -> None:
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)
        self._longest: Counter[str] = Counter()
        for dictionary in dictionaries:
            for key in (*dictionary.origins, *dictionary.heads):
                first = key.split(" ", 1)[0]
                self._wanted[first].add(key)
                self._longest[first] = max(self._longest[first], key.count(" ") + 1)
        self.counts: Counter[str] = Counter()
        self.words = 0

    def add(self, lines: Iterable[str]) -> None:
        """Count in lines of text."""
        for line in lines:
            forms = [token.form for token in tokenize(line)]
            self.words += len(forms)
            for start, form in enumerate(forms):
                wanted = self._wanted.get(form)
                if not wanted:
                    continue
                key = form
                for end in range(start + 1, start + self._longest[form] + 1):
                    if key in wanted:
                        self.counts[key] += 1
                    if end >= len(forms):
                        break
                    key = f"{key} {forms[end]}"


def innocents(files: Iterable[tuple[float, Sequence[Group]]], found: Occurrences) -> Iterator[Innocent]:
    """The variants of a family that are innocent far more often than spun.

    Args:
        files: rate and groups of each of the family's files.
        found: counts in clean text, of these files' phrases at least.
    """
    spun: defaultdict[str, float] = defaultdict(float)
    for rate, groups in files:
        for group in groups:
            share = found.counts[phrase_key(group.head)] * rate / len(group.variants)
            for variant in group.variants:
                spun[phrase_key(variant)] += share
    for variant, times in spun.items():
        stands = found.counts[variant]
        if stands * 1e6 >= PER_MILLION * found.words and stands > TIMES * times:
            yield Innocent(variant, stands, times)
