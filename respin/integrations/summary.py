"""Repair a document and say in four numbers what was done: what pipelines keep beside a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from respin.api import Repairer, repairs_of
from respin.edits import Repair
from respin.text.lines import Readable

OnSpun = Literal["repair", "tag", "drop"]
"""What becomes of spun documents: repaired; left as they are, and marked; taken out."""

ON_SPUN: Final[tuple[str, ...]] = get_args(OnSpun)

MIN_SPUN: Final = 0.3
"""Share of words in spun lines from which a document counts as spun, unless told otherwise.

Articles that were spun as a whole have .7 to 1 (quotations and short lines count as well), clean ones below .06."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a repair did to a document.

    ``words`` is the number of words of prose, ``edits`` that of the edits made. ``spun`` is the share of
    the words, in [0, 1], that stand in spun lines, each line weighted with its probability. ``family`` is
    the profile that most edits come from, such as ``"newsroom"``, or ``""`` where there is none: always
    text, as columnar files want one type in a column.
    """

    words: int
    edits: int
    spun: float
    family: str

    @classmethod
    def of_all(cls, summaries: Sequence[Summary]) -> Summary:
        """The summary of several texts taken as one.

        >>> Summary.of_all([Summary(30, 4, 1.0, "newsroom"), Summary(10, 1, 0.2, "mine")])
        Summary(words=40, edits=5, spun=0.8, family='newsroom')
        """
        words = sum(summary.words for summary in summaries)
        spun = sum(summary.words * summary.spun for summary in summaries)
        families: Counter[str] = Counter()
        for summary in summaries:
            families[summary.family] += summary.edits
        edits = families.total()
        return cls(words, edits, round(spun / words, 4) if words else 0.0, _first(families) if edits else "")

    def is_spun(self, min_spun: float = MIN_SPUN) -> bool:
        """Whether the document counts as spun: at least that share of it, and something to repair.

        The second is for texts of a few words, which say nothing of whether they were spun.

        >>> Summary(300, 55, 0.9, "newsroom").is_spun(), Summary(3, 0, 0.4, "").is_spun()
        (True, False)
        """
        return self.spun >= min_spun and self.edits > 0

    def as_fields(self, prefix: str = "respin_") -> dict[str, int | float | str]:
        """The numbers under their names, each with a prefix.

        >>> Summary(120, 14, 0.91, "newsroom").as_fields()
        {'respin_words': 120, 'respin_edits': 14, 'respin_spun': 0.91, 'respin_family': 'newsroom'}
        """
        return {
            f"{prefix}words": self.words,
            f"{prefix}edits": self.edits,
            f"{prefix}spun": self.spun,
            f"{prefix}family": self.family,
        }


def repair_with_summary(
    repairer: Repairer, text: str, format: str = "auto", *, fields: Sequence[str] = (), field_format: str = "plain"
) -> tuple[str, Summary]:
    """The repaired text and what was done to it. Arguments and errors are those of ``Repairer.repair``.

    >>> text, summary = repair_with_summary(Repairer(), "<p>The girl stated <i>no</i>.</p>")
    >>> text, summary.words, summary.edits, summary.family
    ('<p>The woman said <i>no</i>.</p>', 4, 2, 'newsroom')
    """
    counted = _Counted(repairer)
    families: Counter[str] = Counter()
    pieces = []
    for repair in repairs_of(counted.begin, text, format, fields=fields, field_format=field_format):
        pieces.append(repair.text)
        families.update(edit.profile for edit in repair.edits)
    share = round(counted.spun / counted.words, 4) if counted.words else 0.0
    return "".join(pieces), Summary(counted.words, families.total(), share, _first(families))


class _Counted:
    """Counts the words of what a repairer reads, which is the prose of a document and no markup."""

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self.words = 0
        self.spun = 0.0

    def begin(self) -> _Counted:
        self._document = self._repairer.document()
        return self

    def feed(self, lines: Iterable[Readable]) -> Iterator[Repair]:
        for repair in self._document.feed(lines):
            words = len(repair.source.split())
            self.words += words
            self.spun += words * repair.probability
            yield repair


def _first(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else ""
