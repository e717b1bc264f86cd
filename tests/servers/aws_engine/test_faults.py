"""Each AWS call of each operation goes wrong in each way, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.engine import backend
from labkit.servers.plugin.errors import EngineError
from tests.servers.aws_engine.breaking import KINDS, Killed
from tests.servers.aws_engine.conftest import FAULTS_TRIED
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.scenarios import LATER, SCENARIOS, RotateRoot, Scenario

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def tried(pytestconfig: pytest.Config) -> Counter[tuple[str, str]]:
    """Count the faults that were tried; the terminal shows them as a table at the end."""
    counter: Counter[tuple[str, str]] = Counter()
    pytestconfig.stash[FAULTS_TRIED] = counter
    return counter


@pytest.mark.parametrize("kind_of_scenario", SCENARIOS)
def test_nothing_is_lost_whatever_fails(
    mounted: EngineUnderTest,
    aws: Operator,
    tried: Counter[tuple[str, str]],
    kind_of_scenario: type[Scenario],
    subtests: pytest.Subtests,
) -> None:
    scenario = kind_of_scenario(mounted, aws)
    scenario.begin()
    for action, kind in cases(scenario):
        with subtests.test(action=action, kind=kind):
            scenario.again()
            with KINDS[kind](mounted, aws, action), pytest.raises((EngineError, Killed)):
                scenario.act()
            restart(mounted, scenario)

            mounted.clock.now += LATER
            scenario.tidy()
            mounted.roll_back()

            assert mounted.write_ahead_log == []
            scenario.look()
            tried[kind_of_scenario.__name__, kind] += 1
    scenario.end()


def cases(scenario: Scenario) -> list[tuple[str, str]]:
    """Return each action with each way to break it; of reading, only those that differ."""
    effectless = ("throttle", "answer lost", "killed after")
    return [
        (action, kind)
        for action, kind in product(scenario.actions, KINDS)
        if kind not in effectless or not action.startswith(("Get", "List"))
    ]


def restart(engine: EngineUnderTest, scenario: Scenario) -> None:
    """Forget all that the engine has in memory, but keep the AWS library loaded."""
    clients = engine.mount.clients
    if isinstance(scenario, RotateRoot):  # a client for the same keys would be the same client
        clients.drop()
    engine.mount = AwsMount(clients=clients, clock=engine.clock)
    engine.backend = backend(engine.mount)
