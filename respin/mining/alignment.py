"""Align a spun text with its original, token by token, with the help of what a dictionary knows.

An edit distance alone pairs words that merely stand at the same place. So the alignment is made
twice: the plain edit distance says roughly which token belongs to which; then, in a band around
that path, the cheapest way is found in which known entries are moves of their own and cost next
to nothing. What is left between kept words and known entries was not known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

BAND: Final = 8
"""How far, in tokens, the alignment may stray from the plain edit distance's path."""

MAX_CELLS: Final = 400_000_000
"""Most pairs of tokens that the plain edit distance is asked for at once (two bits each)."""

_DIRECT: Final = 4_000_000
_NEVER: Final = 1e18

Forms = Sequence[str]


class Outcome(Enum):
    """What became of a stretch of tokens."""

    KEPT = "kept"
    KNOWN = "known"
    CHANGED = "changed"
    UNALIGNED = "unaligned"


class Stretch(NamedTuple):
    """Tokens ``start`` to ``end`` of the spun text, and what they were in the original."""

    kind: Outcome
    start: int
    end: int
    original_start: int
    original_end: int


class EntryIndex:
    """Entries by the first token of their variant, each with the cost of using it (a changed word costs 1)."""

    def __init__(self) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], float]]] = {}

    def add(self, variant: Sequence[str], head: Sequence[str], cost: float) -> None:
        """Add an entry, both sides as token forms."""
        self._by_first.setdefault(variant[0], []).append((tuple(variant), tuple(head), cost))

    def moves(self, spun: Forms, at: int) -> list[tuple[int, tuple[str, ...], float]]:
        """(variant's length, head, cost) of the entries whose variant stands at a place."""
        return [
            (len(variant), head, cost)
            for variant, head, cost in self._by_first.get(spun[at], ())
            if len(variant) == 1 or tuple(spun[at : at + len(variant)]) == variant
        ]


def align(spun: Forms, original: Forms, entries: EntryIndex) -> Iterator[Stretch]:
    """The stretches of the spun text, in order; neighbours of the same kind are one, but for known entries."""
    for start, end, first, last in _chunks(spun, original):
        if (end - start) * (last - first) > MAX_CELLS:
            yield Stretch(Outcome.UNALIGNED, start, end, first, last)
            continue
        for stretch in _align_chunk(spun[start:end], original[first:last], entries):
            kind, a, b, c, d = stretch
            yield Stretch(kind, a + start, b + start, c + first, d + first)


def _chunks(spun: Forms, original: Forms) -> Iterator[tuple[int, int, int, int]]:
    """Cut long texts where both have the same four tokens, once each (patience diff, by Bram Cohen)."""
    if len(spun) * len(original) <= _DIRECT:
        yield 0, len(spun), 0, len(original)
        return
    here, there = _unique_fours(spun), _unique_fours(original)
    pairs = sorted((here[four], there[four]) for four in here.keys() & there.keys())
    start = first = 0
    for at, other in _longest_rise(pairs):
        if at >= start and other >= first and (at - start) * (other - first) > _DIRECT // 64:
            yield start, at, first, other
            start, first = at, other
    yield start, len(spun), first, len(original)


def _unique_fours(forms: Forms) -> dict[tuple[str, ...], int]:
    seen: dict[tuple[str, ...], int] = {}
    twice: set[tuple[str, ...]] = set()
    for at in range(len(forms) - 3):
        four = tuple(forms[at : at + 4])
        if four in seen:
            twice.add(four)
        seen[four] = at
    return {four: at for four, at in seen.items() if four not in twice}


def _longest_rise(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, sorted by the first number, in which the second rises, too."""
    tops: list[int] = []  # the least last number of a run of each length
    ends: list[int] = []
    before: list[int] = []
    for index, (_, other) in enumerate(pairs):
        length = bisect_left(tops, other)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [other]
        ends[length : length + 1] = [index]
    rise = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rise.append(pairs[index])
        index = before[index]
    return rise[::-1]


def _align_chunk(spun: Forms, original: Forms, entries: EntryIndex) -> Iterator[Stretch]:
    """The cheapest alignment in the band, by dynamic programming (Wagner and Fischer 1974)."""
    lows, highs = _band(spun, original)
    count = len(spun)
    costs = [[_NEVER] * (high - low + 1) for low, high in zip(lows, highs, strict=True)]
    steps: list[list[tuple[int, int, Outcome]]] = [[(0, 0, Outcome.KEPT)] * len(row) for row in costs]
    costs[0][0] = 0.0

    def offer(i: int, j: int, cost: float, step: tuple[int, int, Outcome]) -> None:
        if i <= count and lows[i] <= j <= highs[i] and cost < costs[i][j - lows[i]] - 1e-9:
            costs[i][j - lows[i]] = cost
            steps[i][j - lows[i]] = step

    for i in range(count + 1):
        low = lows[i]
        moves = entries.moves(spun, i) if i < count else []
        for j in range(low, highs[i] + 1):
            cost = costs[i][j - low]
            if cost >= _NEVER:
                continue
            has_other = j < len(original)
            if i < count and has_other and spun[i] == original[j]:
                offer(i + 1, j + 1, cost, (1, 1, Outcome.KEPT))
            for length, head, price in moves:
                if has_other and original[j] == head[0] and tuple(original[j : j + len(head)]) == head:
                    offer(i + length, j + len(head), cost + price, (length, len(head), Outcome.KNOWN))
            if i < count and has_other:
                offer(i + 1, j + 1, cost + 1.0, (1, 1, Outcome.CHANGED))
            if i < count:
                offer(i + 1, j, cost + 0.8, (1, 0, Outcome.CHANGED))
            if has_other:
                offer(i, j + 1, cost + 0.8, (0, 1, Outcome.CHANGED))
    path: list[Stretch] = []
    i, j = count, len(original)
    while i or j:
        length, other, kind = steps[i][j - lows[i]]
        path.append(Stretch(kind, i - length, i, j - other, j))
        i, j = i - length, j - other
    joined: Stretch | None = None
    for step in reversed(path):
        if joined is not None and joined.kind is step.kind and step.kind is not Outcome.KNOWN:
            joined = joined._replace(end=step.end, original_end=step.original_end)
        else:
            if joined is not None:
                yield joined
            joined = step
    if joined is not None:
        yield joined


def _band(spun: Forms, original: Forms) -> tuple[list[int], list[int]]:
    """For each place between spun tokens, the first and last place in the original that is looked at."""
    from rapidfuzz.distance import Levenshtein

    count, most = len(spun), len(original)
    lows, highs = [most] * (count + 1), [0] * (count + 1)
    for step in Levenshtein.opcodes(list(spun), list(original)):
        length = max(step.src_end - step.src_start, 0)
        for offset in range(length + 1):
            i = step.src_start + offset
            is_diagonal = step.tag in ("equal", "replace")
            lows[i] = min(lows[i], step.dest_start + offset if is_diagonal else step.dest_start)
            highs[i] = max(highs[i], step.dest_start + offset if is_diagonal else step.dest_end)
    if count == 0 or most == 0:
        return [0] * (count + 1), [most] * (count + 1)
    return [max(0, low - BAND) for low in lows], [min(most, high + BAND) for high in highs]
