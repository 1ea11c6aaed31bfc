"""What is counted of a text, or of several: for the report and the table of figures."""

from __future__ import annotations

from dataclasses import dataclass

from respin.edits import Repair


@dataclass(slots=True)
class Counts:
    """Sums over the lines so far."""

    words: int = 0
    spun_words: float = 0.0
    """Sum over the words of the probability that their line was spun."""
    edits: int = 0
    confidence: float = 0.0
    """Sum over the edits."""

    def count(self, repair: Repair, words: int) -> None:
        """Count a line of so many words in."""
        self.words += words
        self.spun_words += words * repair.probability
        self.edits += len(repair.edits)
        self.confidence += sum(edit.confidence for edit in repair.edits)

    def add(self, other: Counts) -> None:
        """Count what was counted of another text in."""
        self.words += other.words
        self.spun_words += other.spun_words
        self.edits += other.edits
        self.confidence += other.confidence
