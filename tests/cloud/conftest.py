"""One AWS server for all tests of this folder that need a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.cloud.client import Cloud
from tests.cloud.running import running_cloud


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running
        running.set_faults([])
