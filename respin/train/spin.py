"""Spin clean text the way a profile's spinner does, and mark what was changed.

Training data is free: the original of text that we spin ourselves is known exactly. Output
lines have the annotated format of the accuracy benchmark, ``{{spun=>original}}``. How often heads
survive, whether a text repeats its choices, and whether endings agree, are the profile's to say.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from respin.dictionary.file import Group, Profile
from respin.dictionary.index import Dictionary
from respin.text.case import is_camel, is_shouted, transfer_case
from respin.text.inflection import bases
from respin.text.tokens import HYPHEN, Token, tokenize


@dataclass(frozen=True, slots=True)
class SpinRules:
    """How text is spun.

    ``unspun`` is the share of lines left alone, in [0, 1). ``known`` is the share of our groups
    that this document's spinner has, in (0, 1]: the others are drawn per document and their heads
    survive, as happens with real spinners, whose lists differ from ours. ``rates``, where given, are
    the bounds between which each document's rate is drawn, in place of the profile's: two spinners
    of a family can differ much. ``order`` says how much the variants that a group names first are preferred: each
    is written exp(-order) times as often as the one before it; with 0 all are as frequent.
    """

    unspun: float = 0.15
    known: float = 0.9
    rates: tuple[float, float] | None = None
    order: float = 0.0


@dataclass(slots=True)
class _Habits:
    """What one document's spinner does."""

    number: int
    random: Random
    rate: float | None = None
    """Of all profiles, in place of their own."""
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    """Profile and head to the variant that it got last."""


class Spinner:
    """Spins documents with the groups of one dictionary, reproducibly for a seed."""

    def __init__(self, dictionary: Dictionary, rules: SpinRules | None = None, seed: int = 1) -> None:
        self.rules = rules or SpinRules()
        self.seed = seed
        self._dictionary = dictionary
        # The rarest first: a head that several profiles have is mostly replaced by the one that mostly does.
        rates = sorted((dictionary.profiles[name].rate, name) for name in dictionary.groups)
        self._groups: dict[str, list[tuple[Profile, Group]]] = {}
        for _, name in rates:
            for key, group in dictionary.groups[name].items():
                self._groups.setdefault(key, []).append((dictionary.profiles[name], group))

    def document(self, lines: Iterable[str], number: int) -> Iterator[str]:
        """Annotated lines of one document; ``number`` says which, and so what its spinner does."""
        habits = _Habits(number, Random(self.seed * 1_000_003 + number))
        if self.rules.rates is not None:
            habits.rate = habits.random.uniform(*self.rules.rates)
        for line in lines:
            if habits.random.random() < self.rules.unspun or "{{" in line or "}}" in line:
                yield line
            else:
                yield self._line(line, habits)

    def _has(self, key: str, number: int) -> bool:
        drawn = zlib.crc32(f"{self.seed} {number} {key}".encode()) / 2**32
        return drawn < self.rules.known

    def _line(self, line: str, habits: _Habits) -> str:
        tokens = tokenize(line)
        taken: list[tuple[int, int, str] | None] = [None] * len(tokens)
        # Longest heads first over the whole line, then left to right: as the spinner walks its list.
        spans = sorted(self._spans(tokens, line), key=lambda span: (span[0] - span[1], span[0]))
        for start, end, key in spans:
            if any(taken[start:end]) or not self._has(key, habits.number):
                continue
            capital = tokens[start].text[:1].isupper() if _touches_hyphen(tokens, start, end) else None
            variant = self._variant(key, habits, capital)
            if variant is None:
                continue
            for index in range(start, end):
                taken[index] = (start, end, variant)
        parts, at, index = [], 0, 0
        while index < len(tokens):
            span = taken[index]
            if span is None:
                index += 1
                continue
            start, end, variant = span
            original = line[tokens[start].start : tokens[end - 1].end]
            parts.append(line[at : tokens[start].start])
            parts.append(f"{{{{{transfer_case(variant, original)}=>{original}}}}}")
            at, index = tokens[end - 1].end, end
        parts.append(line[at:])
        return "".join(parts)

    def _variant(self, key: str, habits: _Habits, capital: bool | None) -> str | None:
        """What a head becomes here; ``None`` where it survives.

        ``capital``: whether it has one, where it touches a hyphen; ``None`` where it touches none.
        """
        random = habits.random
        for profile, group in self._groups[key]:
            rate = profile.rate if habits.rate is None else habits.rate
            if random.random() > rate or not (capital is None or profile.replaces_by_hyphen(capital)):
                continue
            variant = habits.chosen.get((profile.name, key))
            if variant is None or random.random() >= profile.repeat:
                variant = self._drawn(group.variants, random)
                habits.chosen[profile.name, key] = variant
            if profile.endings and random.random() < profile.endings:
                # Only to a word that the dictionary knows: else the rules of spelling would invent some.
                known = [base for base, _ in bases(variant) if base in self._dictionary.origins]
                if known and known[0] != key:
                    return known[0]
            return variant
        return None

    def _drawn(self, variants: Sequence[str], random: Random) -> str:
        order = self.rules.order
        if not order:
            return random.choice(variants)
        return random.choices(variants, [math.exp(-order * rank) for rank in range(len(variants))])[0]

    def _spans(self, tokens: list[Token], line: str) -> Iterator[tuple[int, int, str]]:
        longest = self._dictionary.longest_head
        for start, token in enumerate(tokens):
            most = longest.get(token.form, 0)
            key = ""
            for end in range(start + 1, min(len(tokens), start + most) + 1):
                key = f"{key} {tokens[end - 1].form}" if key else tokens[start].form
                groups = self._groups.get(key)
                if groups is not None and _may_replace(tokens[start:end], groups[0][1].head, line):
                    yield start, end, key


def _may_replace(tokens: list[Token], head: str, line: str) -> bool:
    """Whether the spinner's rules of case and apostrophe let it replace this head here."""
    text = line[tokens[0].start : tokens[-1].end]
    if any(t.shielded or is_shouted(t.text) or is_camel(t.text) for t in tokens) or "’" in text:
        return False
    return text in (head, head[:1].upper() + head[1:])


def _touches_hyphen(tokens: list[Token], start: int, end: int) -> bool:
    """Whether a span stands beside a hyphen that joins it to another word."""
    return (start > 0 and tokens[start - 1].form == HYPHEN) or (end < len(tokens) and tokens[end].form == HYPHEN)
