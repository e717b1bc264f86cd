"""Outages on real servers: the lab and programs meet them, and they end however the block ends."""

import time
from collections.abc import Iterator

import pytest
import requests

from labkit import Lab, LabError, attempt
from labkit.runtimes.external import AWS_TOKEN_VARIABLE
from labkit.runtimes.relay import Relay

pytestmark = pytest.mark.integration


@pytest.fixture
def external(own: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    at = own.endpoints
    named = {"VAULT_ADDR": at.vault_url, "VAULT_TOKEN": at.root_token}
    named |= {"AWS_ENDPOINT_URL": str(at.aws_url), AWS_TOKEN_VARIABLE: at.aws_token}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    with Lab.start(through="role", runtime="external", alongside=True) as running:
        yield running


@pytest.fixture
def through_relay(own: Lab) -> Iterator[str]:
    relay = Relay(own.endpoints.vault_url)
    yield f"{relay.url}/v1/sys/health"
    relay.close()


def is_answered(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def programs_reach_vault(lab: Lab) -> bool:
    return is_answered(f"{lab._programs.relay.url}/v1/sys/health")  # noqa: SLF001


def assert_works(lab: Lab) -> None:
    _, lease = lab.issue()
    lab.revoke(lease)
    assert programs_reach_vault(lab)


@pytest.mark.parametrize("kind", ["own", "external"])
def test_vault_is_away_for_the_lab_and_its_programs(
    kind: str, request: pytest.FixtureRequest
) -> None:
    lab: Lab = request.getfixturevalue(kind)
    assert programs_reach_vault(lab)
    began = time.monotonic()

    with lab.outage(vault=1):
        with pytest.raises(requests.ConnectionError, match="took it away"):
            lab.issue()
        assert not programs_reach_vault(lab)
        assert is_answered(f"{lab.endpoints.vault_url}/v1/sys/health")  # the server runs on

    assert time.monotonic() - began >= 1
    assert_works(lab)


@pytest.mark.parametrize("kind", ["own", "external"])
def test_aws_is_away_for_vault_and_for_the_operator(
    kind: str, request: pytest.FixtureRequest
) -> None:
    lab: Lab = request.getfixturevalue(kind)

    with lab.outage(aws=1):
        assert "Error creating IAM user: ServiceUnavailable" in attempt(lab.issue)
        operator = lab.aws().client_without_retries("iam")
        assert "ServiceUnavailable" in attempt(operator.list_users)

    assert lab.aws_admin.current_faults() == []
    assert_works(lab)


@pytest.mark.parametrize("error", [KeyboardInterrupt, LabError])
def test_an_error_in_the_block_ends_the_outage_at_once(
    own: Lab, error: type[BaseException]
) -> None:
    began = time.monotonic()

    with pytest.raises(error), own.outage(vault=50, aws=50):
        raise error

    assert time.monotonic() - began < 30
    assert own.aws_admin.current_faults() == []
    assert_works(own)


def test_a_block_that_goes_on_sees_the_server_come_back(own: Lab) -> None:
    with own.outage(vault=0.5):
        deadline = time.monotonic() + 20
        while not programs_reach_vault(own):
            assert time.monotonic() < deadline
        assert_works(own)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({}, "takes nothing away"),
        ({"vault": 0}, "vault must be more than 0"),
        ({"aws": 61}, "at most 60 s, but it is 61"),
        ({"vault": "5"}, "vault must be int or float or None"),
    ],
)
def test_a_wrong_argument_is_named(own: Lab, asked: dict[str, float], match: str) -> None:
    with pytest.raises(LabError, match=match), own.outage(**asked):
        pass


def test_a_relay_resets_connections_that_are_open_when_it_is_cut(
    own: Lab, through_relay: str
) -> None:
    relay = own._programs.relay  # noqa: SLF001
    with requests.Session() as kept:
        url = f"{relay.url}/v1/sys/health"
        assert kept.get(url, timeout=5).ok
        relay.cut()
        with pytest.raises(requests.ConnectionError):
            kept.get(url, timeout=5)
        relay.mend()
        assert kept.get(url, timeout=5).ok
    assert is_answered(through_relay)  # another relay was not cut


def test_a_server_with_tls_gets_no_relay() -> None:
    with pytest.raises(LabError, match="reached by TLS does not name the relay"):
        Relay("https://vault.example:8200")
