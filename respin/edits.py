"""The records that a repair consists of: what was replaced, by what, how sure, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum


class Reason(str, Enum):
    """How a reading was found. The value is what reports and logs say."""

    EXACT = "exact"
    """The span is a variant."""
    NAME = "name"
    """It is a variant, and its original makes a name that the article also shows unspun."""
    JOINED = "joined"
    """It is a variant of several words, written together."""
    SPLIT = "split"
    """It is a variant, written apart or with a hyphen."""
    SLIP = "slip"
    """It is a variant but for one letter."""
    INFLECTED = "inflected"
    """It is an inflection of a variant that is listed in its base form."""
    ARTICLE = "article"
    """An *a* or *an* that no longer fits what follows."""
    BY_HAND = "by hand"
    """A person chose the wording."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement.

    ``start`` and ``end`` are offsets in code points into the input text, ``spun`` is exactly
    ``text[start:end]`` and ``original`` what takes its place. ``confidence``, in [0, 1], is the
    calibrated probability that the edit is right. ``alternatives`` are other originals of the
    same span with their probabilities, best first; the spun wording itself stands for leaving
    it. ``reason`` says how the original was found and ``profile`` by which dictionary; ``variant`` is
    the dictionary's wording where the span only nearly is one.
    """

    start: int
    end: int
    spun: str
    original: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    reason: Reason = Reason.EXACT
    profile: str = ""
    variant: str = ""

    def moved(self, by: int) -> Edit:
        """The same edit with its offsets moved by ``by`` code points."""
        return replace(self, start=self.start + by, end=self.end + by)

    @property
    def why(self) -> str:
        """The reason for people, with the variant that the span nearly is: ``slip: metropolis``."""
        return f"{self.reason}: {self.variant}" if self.variant else str(self.reason)


@dataclass(frozen=True, slots=True)
class Repair:
    """A repaired line.

    ``source`` is the line as it came, with its line end; ``edits`` have offsets into it.
    ``probability``, in [0, 1], is that of the line having been spun.
    """

    source: str
    edits: tuple[Edit, ...] = ()
    probability: float = 0.0

    @property
    def text(self) -> str:
        """The line with all edits made."""
        return apply_edits(self.source, self.edits) if self.edits else self.source


def families_of(profiles: Iterable[str]) -> tuple[str, ...]:
    """Names of profiles, each once, without those that belong to another.

    >>> families_of(["newsroom", "newsroom-occasional", "thesaurus", "newsroom"])
    ('newsroom', 'thesaurus')
    """
    names = dict.fromkeys(name for name in profiles if name)
    return tuple(name for name in names if not any(name.startswith(f"{other}-") for other in names))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with the edits made. They must be in order and must not overlap.

    Raises:
        ValueError: an edit overlaps the one before it, or the text under it is not ``spun``.

    >>> apply_edits("They stated it.", [Edit(5, 11, "stated", "said", 0.97)])
    'They said it.'
    """
    parts = []
    at = 0
    for edit in edits:
        if edit.start < at or text[edit.start : edit.end] != edit.spun:
            raise ValueError(f"edit of {edit.spun!r} at {edit.start} does not fit the text")
        parts.append(text[at : edit.start])
        parts.append(edit.original)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)
