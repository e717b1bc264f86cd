from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from labkit.cloud.client import Cloud
from tests.cloud.running import REGION, running_cloud
from tests.engine.aws.engine_under_test import EngineUnderTest
from tests.engine.aws.operator import Operator


@pytest.fixture
def engine() -> EngineUnderTest:
    """Return an engine that knows no AWS."""
    return EngineUnderTest()


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """Run an AWS with IAM enforced."""
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture
def aws(cloud: Cloud) -> Iterator[Operator]:
    """Show the AWS side without faults, as its operator sees it."""
    cloud.set_faults([])
    yield Operator(cloud)
    cloud.set_faults([])


@pytest.fixture
def root_config(aws: Operator) -> dict[str, object]:
    """Return a root config that makes an engine act as `vault-root`."""
    root = aws.cloud.identities()["vault-root"]
    return {
        "access_key": root.access_key_id,
        "secret_key": root.secret_access_key,
        "region": REGION,
        "iam_endpoint": aws.cloud.url,
        "sts_endpoint": aws.cloud.url,
        "max_retries": 0,
    }


@pytest.fixture
def mounted(engine: EngineUnderTest, root_config: dict[str, object]) -> EngineUnderTest:
    """Return an engine that acts as `vault-root`."""
    engine.write("config/root", **root_config)
    return engine


FAULTS_TRIED = pytest.StashKey[Counter[tuple[str, str]]]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how often each operation was broken in each way without losing anything."""
    tried = config.stash.get(FAULTS_TRIED, Counter())
    if not tried:
        return
    kinds = list(dict.fromkeys(kind for _, kind in tried))
    terminalreporter.section("AWS faults tried, nothing lost")
    terminalreporter.line(f"{'':18}" + "".join(f"{kind:>15}" for kind in kinds))
    for name in dict.fromkeys(name for name, _ in tried):
        counts = "".join(f"{tried[name, kind]:>15}" for kind in kinds)
        terminalreporter.line(f"{name:18}{counts}")
