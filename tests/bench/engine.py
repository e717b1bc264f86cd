"""Measure the AWS engine: `python -m tests.bench.engine`.

Each figure is a ratio of the same work done through the server and the engine, and done directly
with a warm boto3 client, taken in one run on one AWS side. Set in the environment:

* `LABKIT_AWS_PLUGIN`: another engine's executable, such as the official one; both are measured.
* `LABKIT_BENCH_LEASES`: how many leases are issued at once and revoked by prefix (default 192).
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import hvac
import psutil
import urllib3

from labkit.aws.admin import AwsAdmin
from labkit.servers.plugin.wire.handshake import COOKIE
from labkit.servers.plugin.wire.tls import new_identity
from tests.bench.direct import CLIENTS, USERS, Direct
from tests.bench.figures import Figure, report, seconds
from tests.servers.aws.running import REGION, running_cloud, session_of
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.policies import EC2_ONLY
from tests.servers.plugin.conftest import Server, running_server, wait_until

OURS = shlex.join([sys.executable, "-P", "-m", "labkit.servers.aws_engine"])
ISSUES = 100
ROUNDS = 3
STARTS = 5
LEASES = int(os.environ.get("LABKIT_BENCH_LEASES", "192"))


@contextmanager
def mounted(server: Server, cloud: AwsAdmin, plugin: str) -> Iterator[None]:
    """Mount an engine at `aws/` with the role `test`."""
    vault, root = server.vault, cloud.identities()["vault-root"]
    vault.sys.enable_secrets_engine(plugin, path="aws")
    try:
        keys = {"access_key": root.access_key_id, "secret_key": root.secret_access_key}
        where = {"region": REGION, "iam_endpoint": cloud.url, "sts_endpoint": cloud.url}
        vault.write_data("aws/config/root", data={**keys, **where})
        role = {"credential_type": "iam_user", "policy_document": EC2_ONLY}
        vault.write_data("aws/roles/test", data=role)
        yield
    finally:
        vault.sys.disable_secrets_engine("aws")


def issuer(server: Server) -> Callable[..., None]:
    """Return what issues a credential, for many threads; hvac would add its own 1 to 2 ms."""
    pool = urllib3.connection_from_url(server.url, maxsize=CLIENTS)
    token = {"X-Vault-Token": server.vault.token}

    def issue(*_: object) -> None:
        answer = pool.request("GET", "/v1/aws/creds/test", headers=token, retries=False)
        assert answer.status == 200, answer.data

    return issue


def issue_latency(server: Server, direct: Direct) -> Figure:
    issue = issuer(server)
    through, by_hand = [], []
    for _ in range(ISSUES):
        through.append(seconds(issue))
        by_hand.append(seconds(direct.issue))
    vault, boto = statistics.median(through[1:]), statistics.median(by_hand[1:])
    name = f"issue: {vault * 1000:.1f} ms / {boto * 1000:.1f} ms"
    return Figure(name, vault / boto, 1.25)


def engine_alone(cloud: AwsAdmin, direct: Direct) -> Figure:
    """Compare our engine without a server, to tell its own share of the latency."""
    engine, root = EngineUnderTest(), cloud.identities()["vault-root"]
    keys = {"access_key": root.access_key_id, "secret_key": root.secret_access_key}
    engine.write("config/root", **keys, region=REGION, iam_endpoint=cloud.url)
    engine.write("roles/test", credential_type="iam_user", policy_document=EC2_ONLY)
    alone, by_hand = [], []
    for _ in range(ISSUES):
        start = time.perf_counter()
        issued = engine.issue("test")
        alone.append(time.perf_counter() - start)
        by_hand.append(seconds(direct.issue))
        assert issued.secret is not None
        engine.revoke(issued.secret)
    ratio = statistics.median(alone[1:]) / statistics.median(by_hand[1:])
    return Figure("issue by our engine alone, without a server", ratio, 1.2)


@dataclass(frozen=True)
class Round:
    """Seconds that each took, of as many leases as `LEASES`."""

    issued_by_hand: float
    revoked_by_hand: float
    issued: float
    revoked: float


def at_once(server: Server, cloud: AwsAdmin, direct: Direct) -> list[Figure]:
    """Issue many leases with 32 clients, and revoke them by their prefix, many at a time."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        rounds = [one_round(server, cloud, direct, clients) for _ in range(ROUNDS)]
    by_hand, revoked_by_hand, through, revoked = (
        statistics.median(column) for column in zip(*map(astuple, rounds), strict=True)
    )
    return [
        rate(f"throughput, {CLIENTS} clients", LEASES, through, by_hand),
        rate(f"revoked by prefix, against {CLIENTS} clients", LEASES, revoked, revoked_by_hand),
    ]


def one_round(
    server: Server, cloud: AwsAdmin, direct: Direct, clients: ThreadPoolExecutor
) -> Round:
    names = list[str]()
    issue = issuer(server)
    by_hand = seconds(lambda: names.extend(clients.map(direct.issue, range(LEASES))))
    revoked_by_hand = seconds(lambda: list(clients.map(direct.revoke, names)))
    through = seconds(lambda: list(clients.map(issue, range(LEASES))))
    assert len(vault_users(cloud)) == LEASES
    revoked = seconds(lambda: revoke_all(server, sync=False))
    assert vault_users(cloud) == []
    return Round(by_hand, revoked_by_hand, through, revoked)


def revoke_each(direct: Direct, names: list[str]) -> None:
    for name in names:
        direct.revoke(name)


def one_by_one(server: Server, cloud: AwsAdmin, direct: Direct) -> Figure:
    """Revoke by prefix with `sync`, which the server does one after the other."""
    issue, revoked, by_hand = issuer(server), [], []
    for _ in range(ROUNDS):
        names = [direct.issue() for _ in range(ISSUES)]
        by_hand.append(seconds(partial(revoke_each, direct, names)))
        for _ in range(ISSUES):
            issue()
        revoked.append(seconds(lambda: revoke_all(server, sync=True)))
        assert vault_users(cloud) == []
    medians = statistics.median(revoked), statistics.median(by_hand)
    return rate("revoked by prefix, sync, against 1 client", ISSUES, *medians)


def rate(what: str, leases: int, through: float, by_hand: float) -> Figure:
    name = f"{what}: {leases / through:.0f}/s / {leases / by_hand:.0f}/s"
    return Figure(name, by_hand / through, 0.8, at_least=True)


def revoke_all(server: Server, *, sync: bool) -> None:
    """Revoke by prefix, and wait until no lease is left."""
    prefix, patience = "aws/creds/test", 60 + LEASES
    vault = hvac.Client(url=server.url, token=server.vault.token, timeout=patience)
    vault.write_data(f"sys/leases/revoke-prefix/{prefix}", data={"sync": sync})
    wait_until(lambda: not server.leases(prefix), "no lease is left", patience)


def vault_users(cloud: AwsAdmin) -> list[str]:
    iam = session_of(cloud).client_without_retries("iam")
    pages = iam.get_paginator("list_users").paginate()
    names = [user["UserName"] for page in pages for user in page["Users"]]
    made = [name for name in names if name.startswith("vault-") and name != "vault-root"]
    return [name for name in made if not name.startswith(USERS)]


def start_to_ready(command: str) -> Figure:
    """Measure a plugin from its start to the line that tells where it listens."""
    certificate = new_identity(datetime.now(UTC)).certificate.decode()
    environ = {**os.environ, COOKIE[0]: COOKIE[1], "PLUGIN_CLIENT_CERT": certificate}
    environ["PLUGIN_PROTOCOL_VERSIONS"] = "5"

    def start() -> None:
        with subprocess.Popen(
            shlex.split(command), env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"1|5|unix|")
            times.append(time.perf_counter() - begin)
            process.kill()

    times: list[float] = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        start()
    return Figure("plugin start to ready", statistics.median(times), 0.6, "s")


def idle_memory(server: Server) -> Figure:
    infos = [psutil.Process(pid).memory_full_info() for pid in server.plugins()]
    return Figure("plugin memory, own pages", sum(info.uss for info in infos) / 1e6, 80, "MB")


def measure(plugin: str, command: str, cloud: AwsAdmin, server: Server) -> list[Figure]:
    direct = Direct(cloud)
    figures = [start_to_ready(command)]
    with mounted(server, cloud, plugin):
        server.vault.read("aws/creds/test")
        figures.append(idle_memory(server))
        figures.append(issue_latency(server, direct))
        if command == OURS:
            figures.append(engine_alone(cloud, direct))
        revoke_all(server, sync=True)
        figures.append(one_by_one(server, cloud, direct))
        figures += at_once(server, cloud, direct)
    return figures


def main() -> int:
    commands = {"aws": OURS}
    if other := os.environ.get("LABKIT_AWS_PLUGIN"):
        commands["other"] = shlex.quote(other)
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for plugin, command in commands.items():
            place = Path(folder, plugin)
            place.mkdir()
            with running_cloud() as cloud, running_server(place, {plugin: command}) as server:
                figures = measure(plugin, command, cloud, server)
            status |= report(command, figures)
    return status


if __name__ == "__main__":
    sys.exit(main())
