"""One repairer for all tests: the shipped dictionary, model and weights."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from respin import Repairer

settings.register_profile(
    "respin",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
settings.load_profile("respin")


@pytest.fixture(scope="session")
def repairer() -> Repairer:
    return Repairer()
