"""Switch off each rule of language in turn: a case must fail, or nothing would notice if the rule broke.

    python -m benchmarks.mutations

Prints a line a rule with the number of cases that fail without it; exits 1 if there is a rule that no case misses.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final

import pytest

from respin.engine import article, article_memory, fuzzy, rewrite, rules

_TESTS: Final = Path(__file__).parent.parent / "tests" / "engine"
CASES: Final = "test_rules.py"
OTHER_CASES: Final = {"own entries": "test_own_entries.py"}
"""Rules whose cases stand elsewhere: they need the shipped dictionaries, which take longer."""


def _free(*_: object) -> float:
    """A rule that says nothing."""
    return 0.0


def _nothing(*_: object) -> None:
    """A rule that does nothing."""


def _none(*_: object) -> Iterator[fuzzy.Near]:
    """A near match that is never found."""
    return iter(())


def _as_it_was(_: object, phrase: str, choice: Any, spun: float) -> Any:
    """A choice that no habit changes."""
    return choice


MUTATIONS: Final[dict[str, tuple[object, str, Callable[..., Any]]]] = {
    "article": (rules, "article", _free),
    "article before": (rewrite, "article_before", _nothing),
    "inner capital": (rules, "inner_capital", _free),
    "hyphen": (rules, "hyphen", _free),
    "kept head": (rules, "kept_head", _free),
    "long heads": (rules, "long_heads", _nothing),
    "names": (rules, "names", _nothing),
    "joined": (fuzzy.FuzzyIndex, "_join", _none),
    "split": (fuzzy.FuzzyIndex, "_split", _none),
    "slip": (fuzzy.FuzzyIndex, "_slip", _none),
    "inflected": (fuzzy.FuzzyIndex, "_inflection", _none),
    "habit": (article_memory.Resolutions, "settle", _as_it_was),
    "shouting": (article, "loud", lambda words: [False] * len(words)),
    "own entries": (article, "prefer_own", lambda choice, own: choice),
}
"""Rule to where it stands, its name there, and what takes its place."""


class Failures:
    """Counts the cases that fail."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest."""
        if report.failed:
            self.failed.append(report.nodeid.partition("[")[2].rstrip("]"))


@contextmanager
def switched_off(rule: str) -> Iterator[None]:
    """Without a rule, for a while."""
    owner, name, instead = MUTATIONS[rule]
    own = getattr(owner, name)
    setattr(owner, name, instead)
    try:
        yield
    finally:
        setattr(owner, name, own)


def failures(*names: str) -> list[str]:
    """The cases in these files that fail as things stand."""
    counter = Failures()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        pytest.main([*(str(_TESTS / name) for name in names), "-q", "-p", "no:cacheprovider"], plugins=[counter])
    return counter.failed


def main() -> int:
    """Print the table; 1 if a rule can go and nothing fails."""
    if found := failures(CASES, *OTHER_CASES.values()):
        print(f"with all rules {len(found)} cases fail: {', '.join(found)}")
        return 1
    missed = []
    for rule in MUTATIONS:
        with switched_off(rule):
            found = failures(OTHER_CASES.get(rule, CASES))
        print(f"without {rule:<20} {len(found):>2} cases fail: {'; '.join(found)}")
        if not found:
            missed.append(rule)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
