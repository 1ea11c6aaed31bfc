"""One repairer for all tests: the shipped dictionary, model and weights."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from respin import Dictionary, Repairer

settings.register_profile(
    "respin",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
settings.load_profile("respin")


if os.name == "nt":  # pseudo-terminals, signals, forks, limits, and a shell for the examples of the pages
    collect_ignore = [
        "cli/test_cli_process.py",
        "cli/test_faults.py",
        "house/test_docs.py",
        "house/test_wheel.py",
        "review/test_review.py",
    ]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache for the tests: the user's is none of their business."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        Dictionary.load()  # filled, so that what a command writes is what it was told to
        yield


@pytest.fixture(scope="session")
def repairer() -> Repairer:
    return Repairer()
