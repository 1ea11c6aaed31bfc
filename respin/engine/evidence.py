"""Was this line spun? The line's evidence weighed with what its document showed so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from respin.engine.weights import Weights

_KNOWN: Final = -0.62
"""Log odds of a share of .35: of a document with so many spun lines it is known who wrote it."""


def logistic(x: float) -> float:
    """1 / (1 + e^-x), for any finite x."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-min(x, 700.0)))
    e = math.exp(max(x, -700.0))
    return e / (1.0 + e)


def log_odds(p: float) -> float:
    """ln(p / (1 - p)), with ``p`` kept within 1e-9 of 0 and 1."""
    p = min(max(p, 1e-9), 1.0 - 1e-9)
    return math.log(p / (1.0 - p))


@dataclass(slots=True)
class DocumentPrior:
    """The share of a document's lines that were spun, re-estimated as lines stream by.

    A beta-distributed share, updated with each line's probability as a fractional count
    (longer lines count more, up to one), and forgetting with a half-life, so that memory is
    constant and a stream of many articles is followed. It looks back only: the first line of
    a pipe is decided when it arrives.
    """

    weights: Weights
    spun: float = 0.0
    clean: float = 0.0

    @property
    def expected(self) -> float:
        """Share of the next lines that are expected to be spun, in (0, 1)."""
        weights = self.weights
        prior = weights.document_prior * weights.document_strength
        return (prior + self.spun) / (weights.document_strength + self.spun + self.clean)

    def _said(self, expected: float) -> float:
        """What the document says of a line, log odds: its share of spun lines, more where it is known to be spun."""
        odds = log_odds(expected)
        return odds + self.weights.document_known * max(0.0, odds - _KNOWN)

    def line(self, evidence: float, words: int) -> float:
        """Probability in [0, 1] that a line was spun, given its evidence; and learn from it.

        Args:
            evidence: log likelihood ratio of spun against never spun, nats.
            words: number of words of the line, at least 0.
        """
        weights = self.weights
        own = weights.evidence * evidence + weights.line_prior
        probability = logistic(own + self._said(self.expected))
        decay = 0.5 ** (1.0 / weights.document_memory)
        weight = min(1.0, words / 12.0)
        # What the line itself says is counted, not the prior's echo: else the first lines would decide.
        alone = logistic(own)
        self.spun = self.spun * decay + weight * alone
        self.clean = self.clean * decay + weight * (1.0 - alone)
        return probability

    def with_reader(self, evidence: float, expected: float) -> float:
        """Probability in [0, 1] that a line was spun, given its evidence with a reader's word in it.

        Args:
            evidence: log likelihood ratio of spun against never spun, nats.
            expected: the share of spun lines that was expected before the line, in (0, 1).
        """
        weights = self.weights
        return logistic(weights.reader_evidence * evidence + weights.reader_line_prior + self._said(expected))

    def dismissed(self, lines: int) -> None:
        """Learn from lines that were dismissed unread: they were not spun.

        Args:
            lines: how many, one after the other.
        """
        decay = 0.5 ** (1.0 / self.weights.document_memory)
        left = decay**lines
        self.spun *= left
        self.clean = self.clean * left + (1.0 - left) / (1.0 - decay)
