"""Formats that hold many documents: where one ends, so that they can be read apart from each other.

To find that out takes a fraction of the time that it takes to read them. One process can so
hand out the documents of a single stream to others, each with a format object of its own that
begins at the *place* of the first one.
"""

from __future__ import annotations

from typing import Any, Protocol

from respin.formats.passages import Format

BEFORE, BEHIND = 0, 1
"""Where a line may be cut off from others."""


class Division(Protocol):
    """Follows a stream from its beginning and says where documents begin."""

    @property
    def place(self) -> Any:
        """What a format object has to know to begin where the last cut is; it can be pickled."""

    def cut(self, text: str) -> int | None:
        """Take the next line, or piece of one: where a document begins, ``BEFORE`` the line or ``BEHIND`` it.

        ``None``: nowhere, or what comes then can't be read without what came before.
        """


class Divisible(Format, Protocol):
    """A format whose documents can be read by several objects, and what these have to tell the first."""

    def begin(self, place: Any) -> None:
        """Read a part of a stream only: documents from a place on. Remarks on the whole are not made then."""

    def tally(self) -> Any:
        """What the remarks on the whole take from this part, for ``add``; it can be pickled."""

    def add(self, tally: Any) -> None:
        """Take the tally of the next part, which another object has read."""


class WithoutTally:
    """For formats that remark on nothing."""

    def begin(self, place: Any) -> None:
        """Begin anew at any place."""

    def tally(self) -> None:
        """Nothing to tell."""

    def add(self, tally: None) -> None:
        """Nothing was told."""


def division_for(name: str) -> Division | None:
    """A new division for the format of that name; ``None``: it holds one document, or can't be divided."""
    if name == "jsonl":
        from respin.formats.jsonl import Records

        return Records()
    if name in ("csv", "tsv"):
        from respin.formats.table import Rows

        return Rows()
    if name == "mail":
        from respin.formats.mail import Messages

        return Messages()
    return None
