"""A lab for each file alone: drills and outages disturb other tests."""

from collections.abc import Iterator

import pytest

from labkit import Lab


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    """Start a lab for this file alone: drills disturb other tests."""
    with Lab.start(through="role", runtime="embedded", alongside=True) as running:
        yield running
