"""What was worked out once and may be wanted again soon: remembered as long as it is met now and then."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """A memory of two generations: what was not met while the younger one filled up is forgotten.

    The dictionary itself is the younger one, so that what is met often is found in one look-up. It is emptied in
    place of being replaced: who looks things up one after the other may keep hold of it.

    Args:
        most: entries of a generation, > 0.

    >>> memory = Recent(2)
    >>> for key in "abac": memory.keep(key, key.upper())
    >>> [memory.get(key) or memory.recalled(key) for key in "abc"]
    ['A', 'B', 'C']
    >>> for key in "ded": memory.keep(key, key.upper())
    >>> memory.get("b") or memory.recalled("b")
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._older: dict[K, V] = {}

    def recalled(self, key: K) -> V | None:
        """What the older generation has under a key."""
        return self._older.get(key)

    def keep(self, key: K, value: V) -> None:
        """Remember a value."""
        if len(self) >= self._most:
            self._older = dict(self)
            self.clear()
        self[key] = value
