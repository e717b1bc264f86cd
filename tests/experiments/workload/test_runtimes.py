"""A workload and its outage work on every runtime; `test_applications` uses the embedded one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from labkit import Lab
from labkit.evidence.model.uses import OK
from labkit.experiments.workload import events
from labkit.flow import steps
from labkit.runtimes.external import AWS_TOKEN_VARIABLE
from tests.docker import image_variables

APPLICATIONS = Path(__file__).parents[3] / "notebooks" / "applications"

pytestmark = pytest.mark.integration


@pytest.fixture
def external(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Return a lab with names of its own on the servers of another."""
    at = lab.endpoints
    named = {"VAULT_ADDR": at.vault_url, "VAULT_TOKEN": at.root_token}
    named |= {"AWS_ENDPOINT_URL": str(at.aws_url), AWS_TOKEN_VARIABLE: at.aws_token}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    with Lab.start(through="approle", runtime="external", names="own", alongside=True) as running:
        yield running


@pytest.fixture
def containers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    for name, value in image_variables().items():
        monkeypatch.setenv(name, value)
    with Lab.start(through="approle", runtime="containers", alongside=True) as running:
        yield running


@pytest.mark.parametrize("runtime", ["external", "containers"])
def test_clients_get_keys_and_meet_an_outage(runtime: str, request: pytest.FixtureRequest) -> None:
    lab: Lab = request.getfixturevalue(runtime)
    steps.configure_lease(lab.setting, "1h", "2h")
    clients = {name: APPLICATIONS / f"{name}.py" for name in ("sleeper", "agent", "process")}

    found = lab.workload(clients, [events.vault_away(1, 6)], seconds=9)

    assert all(OK in found.of(name) for name in clients)
    assert "ConnectionError" in found.of("sleeper", since=found.when("Vault away"))
    assert (found.users("agent"), found.users("process")) == (1, 1)
    assert found.of("agent")[-1] == OK
    lab.orphans(remove=True)
    assert lab.orphans() == []


def test_vault_in_a_container_is_away_for_the_lab(containers: Lab) -> None:
    with containers.outage(vault=0.5), pytest.raises(requests.ConnectionError):
        containers.issue()

    _, lease = containers.issue()
    containers.revoke(lease)
