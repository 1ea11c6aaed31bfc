"""What is counted of a text, or of several: for the report and the table of figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from respin.edits import Repair, families_of


@dataclass(slots=True)
class Counts:
    """Sums over the lines so far."""

    words: int = 0
    spun_words: float = 0.0
    """Sum over the words of the probability that their line was spun."""
    edits: int = 0
    confidence: float = 0.0
    """Sum over the edits."""
    profiles: dict[str, None] = field(default_factory=dict)
    """By which the edits were found, as keys."""

    def count(self, repair: Repair, words: int) -> None:
        """Count a line of so many words in."""
        self.words += words
        self.spun_words += words * repair.probability
        self.edits += len(repair.edits)
        self.confidence += sum(edit.confidence for edit in repair.edits)
        self.profiles |= dict.fromkeys(edit.profile for edit in repair.edits)

    def add(self, other: Counts) -> None:
        """Count what was counted of another text in."""
        self.words += other.words
        self.spun_words += other.spun_words
        self.edits += other.edits
        self.confidence += other.confidence
        self.profiles |= other.profiles

    @property
    def families(self) -> tuple[str, ...]:
        """The families of spinners that the edits speak of."""
        return families_of(self.profiles)
