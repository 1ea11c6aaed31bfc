"""Score edits against annotated text, by offsets.

The annotation is ``{{spun=>original|also right}}``: what stands between the braces was spun,
all other text was not. An original equal to the spun text means that leaving it is right, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from respin.edits import Edit, Reason, apply_edits

_SPAN: Final = regex.compile(r"\{\{(.*?)=>(.*?)\}\}")
_WORD: Final = regex.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Gold:
    """A spun span of a text: offsets in code points, and the originals that are right."""

    start: int
    end: int
    originals: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Counts of one scoring run. ``words`` counts the words of the spun text."""

    required: int = 0
    fixed: int = 0
    optional_right: int = 0
    wrong: int = 0
    false: int = 0
    words: int = 0

    def add(self, other: Tally) -> None:
        """Add another run's counts."""
        for name in ("required", "fixed", "optional_right", "wrong", "false", "words"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self) -> float:
        """Share of the spans that had to change and came back right, in [0, 1]."""
        return self.fixed / self.required if self.required else 1.0

    @property
    def precision(self) -> float:
        """Share of all edits that are right, in [0, 1]."""
        right = self.fixed + self.optional_right
        made = right + self.wrong + self.false
        return right / made if made else 1.0

    @property
    def f05(self) -> float:
        """The F measure with beta = 0.5, precision counting double, in [0, 1]."""
        p, r = self.precision, self.recall
        return 1.25 * p * r / (0.25 * p + r) if p + r else 0.0

    @property
    def damage(self) -> float:
        """Edits of text that was not spun, per 1,000 words."""
        return 1000 * self.false / self.words if self.words else 0.0


def read_annotated(line: str) -> tuple[str, list[Gold]]:
    """The spun text of an annotated line, and its spun spans.

    >>> read_annotated("He {{stated=>said|told}} it.")
    ('He stated it.', [Gold(start=3, end=9, originals=('said', 'told'))])
    """
    parts: list[str] = []
    golds = []
    at = length = 0
    for match in _SPAN.finditer(line):
        parts.append(line[at : match.start()])
        length += match.start() - at
        golds.append(Gold(length, length + len(match[1]), tuple(match[2].split("|"))))
        parts.append(match[1])
        length += len(match[1])
        at = match.end()
    parts.append(line[at:])
    return "".join(parts), golds


def same(a: str, b: str) -> bool:
    """Whether two wordings are the same but for curly apostrophes."""
    return a.replace("’", "'") == b.replace("’", "'")


def judge(text: str, golds: Sequence[Gold], edits: Iterable[Edit]) -> tuple[Tally, list[tuple[Edit, bool]]]:
    """Score the edits of one line; also each edit with whether it is right, articles left out.

    An edit need not have the bounds of the span: what counts is the wording that comes out of
    the whole stretch that the edit and the spans it overlaps cover together.
    """
    tally = Tally(words=len(_WORD.findall(text)))
    verdicts: list[tuple[Edit, bool]] = []
    left = [edit for edit in edits if edit.reason is not Reason.ARTICLE]
    for gold in golds:
        tally.required += gold_text(text, gold) not in gold.originals
    done: set[int] = set()
    for gold in golds:
        if id(gold) in done:
            continue
        group, members = [gold], [e for e in left if e.start < gold.end and e.end > gold.start]
        start, end = gold.start, gold.end
        grown = bool(members)
        while grown:  # an edit may reach over several spans, and they over several edits
            start = min([start, *(e.start for e in members)])
            end = max([end, *(e.end for e in members)])
            more_golds = [g for g in golds if g.start < end and g.end > start and g not in group]
            more_edits = [e for e in left if e.start < end and e.end > start and e not in members]
            group += more_golds
            members += more_edits
            for g in more_golds:
                start, end = min(start, g.start), max(end, g.end)
            grown = bool(more_golds or more_edits)
        done.update(id(g) for g in group)
        if not members:
            continue
        right = _comes_out_right(text, start, end, group, members)
        verdicts += [(edit, right) for edit in members]
        for g in group:
            required = gold_text(text, g) not in g.originals
            if right and required:
                tally.fixed += 1
            elif right:
                tally.optional_right += 1
            elif any(e.start < g.end and e.end > g.start for e in members):
                tally.wrong += 1
    judged = {id(edit) for edit, _ in verdicts}
    for edit in left:
        if id(edit) not in judged:
            tally.false += 1
            verdicts.append((edit, False))
    return tally, verdicts


def gold_text(text: str, gold: Gold) -> str:
    """The spun wording of a span."""
    return text[gold.start : gold.end]


def _comes_out_right(text: str, start: int, end: int, golds: Sequence[Gold], edits: Sequence[Edit]) -> bool:
    moved = [edit.moved(-start) for edit in sorted(edits, key=lambda e: e.start)]
    got = apply_edits(text[start:end], moved)
    wanted = [""]
    at = start
    for gold in sorted(golds, key=lambda g: g.start):
        before = text[at : gold.start]
        wanted = [w + before + original for w in wanted[:64] for original in gold.originals]
        at = gold.end
    return any(same(got, w + text[at:end]) for w in wanted)
