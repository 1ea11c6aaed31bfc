"""A review: which of a file's edits a person takes, in what wording, and which they leave.

Pure state, without a terminal: what a key does is a method here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from respin.edits import Edit, Reason
from respin.output.offers import article_before, article_with, wordings_of
from respin.text.case import fit, is_shouted
from respin.text.lines import in_line


@dataclass(frozen=True, slots=True)
class Item:
    """An edit to decide on: offsets into the whole text, the wordings to choose from, best first.

    ``article`` are the offsets of the *a* or *an* right before it.
    """

    start: int
    end: int
    spun: str
    wordings: tuple[tuple[str, float], ...]
    edit: Edit
    article: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """What *always* and *never* go by: the spun wording in any letter case."""
        return _key(self.spun)


@dataclass(frozen=True, slots=True)
class Rule:
    """An *always*, or with no wording a *never*, and the words that it was made at."""

    start: int
    spun: str
    wording: str | None

    def wording_for(self, text: str, start: int, end: int) -> str:
        """What it says of the same words at a place of a text, perhaps in another letter case."""
        spun = text[start:end]
        if self.wording is None or spun == self.spun:
            return spun if self.wording is None else self.wording
        wording = self.wording
        if is_shouted(self.spun) and not is_shouted(spun):
            wording = wording.lower()
        elif spun[:1].islower() and self.spun[:1].isupper() and wording[1:] == wording[1:].lower():
            wording = wording[:1].lower() + wording[1:]
        return fit(wording, *in_line(text, start, end))


@dataclass(slots=True)
class Review:
    """What was decided so far. The wording that was decided on may be the spun one: leave it.

    ``rules`` hold for all edits of the same spun wording that nothing else was decided on.
    """

    text: str
    items: Sequence[Item]
    at: int = 0
    decisions: dict[int, str] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, edits: Iterable[Edit]) -> Review:
        """A review of the edits of a text, with offsets into it. Changes of articles go with their edit."""
        return cls(text, [_item(text, edit) for edit in edits if edit.reason is not Reason.ARTICLE])

    @property
    def item(self) -> Item:
        """The one to decide on now."""
        return self.items[self.at]

    @property
    def shown(self) -> str:
        """The wording that *accept* takes."""
        decided = self.decision(self.at)
        return self.item.wordings[0][0] if decided is None or decided == self.item.spun else decided

    @property
    def is_done(self) -> bool:
        """Whether all is decided."""
        return all(self.decision(index) is not None for index in range(len(self.items)))

    def decision(self, index: int) -> str | None:
        """The wording that was decided on, by itself or by a rule; ``None`` if nothing was."""
        item = self.items[index]
        rule = self.rules.get(item.key)
        by_rule = None if rule is None else rule.wording_for(self.text, item.start, item.end)
        return self.decisions.get(index, by_rule)

    def decide(self, wording: str) -> None:
        """Take a wording for this edit and go on. It ends a rule that says otherwise."""
        item = self.item
        if item.key in self.rules and self.decision(self.at) != wording:
            del self.rules[item.key]
        self.decisions[self.at] = wording
        self._go_on()

    def accept(self) -> None:
        """Take the wording that is shown: the one that was decided on before, or the first."""
        self.decide(self.shown)

    def reject(self) -> None:
        """Leave the words as they are."""
        self.decide(self.item.spun)

    def choose(self, number: int) -> bool:
        """Take the wording of this number, from 1; ``False`` if there is none."""
        if not 1 <= number <= len(self.item.wordings):
            return False
        self.decide(self.item.wordings[number - 1][0])
        return True

    def always(self) -> None:
        """Take this wording here, and wherever the same spun wording comes."""
        self._rule(self.shown)

    def never(self) -> None:
        """Leave these words here, and wherever they come."""
        self._rule(None)

    def back(self) -> bool:
        """Go back to the edit before; ``False`` at the first one."""
        if self.at == 0:
            return False
        self.at -= 1
        return True

    def forward(self) -> bool:
        """Go on without a decision; ``False`` at the last one."""
        if self.at + 1 >= len(self.items):
            return False
        self.at += 1
        return True

    def go_to_undecided(self) -> None:
        """Go to the first edit that nothing was decided on, if there is one."""
        self.at = next((i for i in range(len(self.items)) if self.decision(i) is None), self.at)

    def counts(self) -> tuple[int, int, int]:
        """Numbers of edits that are taken, left, and undecided."""
        decided = [(item, self.decision(index)) for index, item in enumerate(self.items)]
        taken = sum(wording not in (None, item.spun) for item, wording in decided)
        open_ = sum(wording is None for _, wording in decided)
        return taken, len(decided) - taken - open_, open_

    def edits(self) -> list[Edit]:
        """The edits that are taken, with those of their articles, in order."""
        found: list[Edit] = []
        for index, item in enumerate(self.items):
            wording = self.decision(index)
            if wording is not None and wording != item.spun:
                found += self._article(item, wording)
                proposed = wording == item.edit.original
                found.append(item.edit if proposed else replace(item.edit, original=wording, reason=Reason.BY_HAND))
        return found

    def as_dict(self) -> dict[str, Any]:
        """What was decided, for a file."""
        decided = [[self.items[i].start, self.items[i].spun, wording] for i, wording in self.decisions.items()]
        return {"decisions": decided, "rules": [[rule.start, rule.spun, rule.wording] for rule in self.rules.values()]}

    def resume(self, saved: dict[str, Any]) -> None:
        """Take up what ``as_dict`` gave; what fits no edit (the dictionary has changed) is passed over.

        Raises:
            ValueError, TypeError, KeyError: it is no such thing.
        """
        places = {(item.start, item.spun): index for index, item in enumerate(self.items)}
        for start, spun, wording in saved["decisions"]:
            if (start, spun) in places:
                self.decisions[places[start, spun]] = str(wording)
        for start, spun, wording in saved["rules"]:
            rule = Rule(int(start), str(spun), None if wording is None else str(wording))
            self.rules[_key(rule.spun)] = rule
        self.go_to_undecided()

    def _rule(self, wording: str | None) -> None:
        item = self.item
        self.decisions.pop(self.at, None)
        self.rules[item.key] = Rule(item.start, item.spun, wording)
        self._go_on()

    def _go_on(self) -> None:
        """To the next undecided edit behind this one, else the first there is."""
        behind = range(self.at + 1, len(self.items))
        index = next((i for i in behind if self.decision(i) is None), None)
        if index is None:
            self.go_to_undecided()
        else:
            self.at = index

    def _article(self, item: Item, wording: str) -> list[Edit]:
        """The change of the a or an before an edit, if it does not fit the new wording."""
        if item.article is None:
            return []
        start, end = item.article
        there = self.text[start:end]
        original = article_with(item.edit, self.text, item.article, wording)
        if original == there:
            return []
        place = replace(item.edit, start=start, end=end, spun=there, original=original)
        return [replace(place, alternatives=(), reason=Reason.ARTICLE)]


def _key(spun: str) -> str:
    return " ".join(spun.casefold().split())


def _item(text: str, edit: Edit) -> Item:
    return Item(edit.start, edit.end, edit.spun, wordings_of(edit), edit, article_before(text, edit.start))
