"""One AWS server for all tests of this folder that need a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import Keys, operator_keys, running_cloud


@pytest.fixture(scope="session")
def cloud() -> Iterator[AwsAdmin]:
    with running_cloud() as running:
        yield running
        running.set_faults([])


@pytest.fixture(scope="session")
def operator(cloud: AwsAdmin) -> Keys:
    return operator_keys(cloud)
