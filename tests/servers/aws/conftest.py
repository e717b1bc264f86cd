"""One AWS server for all tests of this folder that need a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import running_cloud


@pytest.fixture(scope="session")
def cloud() -> Iterator[AwsAdmin]:
    with running_cloud() as running:
        yield running
        running.set_faults([])
