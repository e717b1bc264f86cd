"""Evidence survives its servers: what was collected stays, and what is missing is named."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from labkit import Lab
from labkit.evidence.evidence import Evidence
from tests.processes import offspring, still_running

pytestmark = pytest.mark.integration


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Return a lab of its own, whose servers a test may kill."""
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        yield running


def kill_listener(url: str | None) -> None:
    """Kill the server of this process that listens at a URL."""
    port = urlsplit(url or "").port
    found = [process for process in offspring(os.getpid()) if port in listening_ports(process)]
    assert found, f"none of this process's servers listens on port {port}"
    for process in found:
        process.kill()
    assert still_running(found) == []


def listening_ports(process: psutil.Process) -> set[int]:
    try:
        connections = process.net_connections("inet")
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return set()
    return {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}


@pytest.mark.parametrize(
    ("killed", "missing"),
    [
        ({"aws"}, {"AWS's journal"}),
        ({"vault"}, {"Part of the names in Vault's audit log"}),
        ({"aws", "vault"}, {"AWS's journal", "Part of the names in Vault's audit log"}),
    ],
)
def test_evidence_of_killed_servers_is_saved_with_what_is_missing(
    lab: Lab, killed: set[str], missing: set[str], tmp_path: Path
) -> None:
    _, lease = lab.issue()
    answer = lab.application().read("aws/creds/my-ec2-role")
    lab.gather()
    calls_until_then = len(lab.evidence.calls)
    lab.root.write_data("sys/leases/revoke", data={"lease_id": lease.lease_id, "sync": True})
    urls = {"aws": lab.endpoints.aws_url, "vault": lab.endpoints.vault_url}
    for server in sorted(killed):
        kill_listener(urls[server])

    lab.save(tmp_path / "evidence.jsonl")

    saved = Evidence.load(tmp_path / "evidence.jsonl")
    assert {gap.source for gap in saved.gaps} == missing
    assert {lease.lease_id, answer["lease_id"]} <= {one.lease_id for one in saved.lifetimes()}
    assert len(saved.calls) >= calls_until_then
    assert str(lab.story(lease))
