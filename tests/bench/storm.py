"""Measure a storm of leases, and what ended leases leave in memory: `python -m tests.bench.storm`.

Set in the environment:

* `LABKIT_BENCH_STORM`: leases of the storm (default 2,000).
* `LABKIT_BENCH_GROWTH`: leases issued and revoked, in batches (default 20,000).
"""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil

from labkit.aws.admin import AwsAdmin
from tests.bench.direct import CLIENTS, Direct
from tests.bench.engine import OURS, issuer, mounted, rate, revoke_all, vault_users
from tests.bench.figures import Figure, report, seconds
from tests.processes import offspring
from tests.servers.aws.running import running_cloud
from tests.servers.plugin.conftest import Server, running_server

STORM = int(os.environ.get("LABKIT_BENCH_STORM", "2000"))
GROWTH = int(os.environ.get("LABKIT_BENCH_GROWTH", "20000"))
BATCH = 500  # leases that exist at the same time
WARM = 500  # leases before the first measurement: pools, caches, the journal's first entries
LIMIT_KB = 2.0  # of the AWS side, for each credential that has ended
NO_LIMIT = 10_000.0  # KB: of bao and the engine, which are only printed


def storm(server: Server, cloud: AwsAdmin) -> Figure:
    """Compare a storm of issues with the same AWS calls made directly."""
    direct, issue = Direct(cloud), issuer(server)
    with ThreadPoolExecutor(CLIENTS) as clients:
        names = list[str]()
        by_hand = seconds(lambda: names.extend(clients.map(direct.issue, range(STORM))))
        list(clients.map(direct.revoke, names))
        through = seconds(lambda: list(clients.map(issue, range(STORM))))
        assert (made := len(vault_users(cloud))) == STORM, f"{made} users"
    revoke_all(server, sync=False)
    return rate(f"storm of {STORM:,}, {CLIENTS} clients", STORM, through, by_hand)


def growth(server: Server, cloud: AwsAdmin, aws: psutil.Process) -> list[Figure]:
    """Return what each process grows by for a credential that was issued and revoked."""
    batch(server, WARM)
    parts = {
        "bao": [psutil.Process(server.process.pid)],
        "engine": [psutil.Process(pid) for pid in server.plugins()],
        "AWS side": [aws],
    }
    before = {part: memory(processes) for part, processes in parts.items()}
    for start in range(0, GROWTH, BATCH):
        batch(server, min(BATCH, GROWTH - start))
    assert vault_users(cloud) == []
    figures = []
    for part, processes in parts.items():
        each = (memory(processes) - before[part]) / GROWTH / 1e3
        limit = LIMIT_KB if part == "AWS side" else NO_LIMIT
        name = f"growth of {part}, a credential of {GROWTH:,} ended"
        figures.append(Figure(name, each, limit, "KB"))
    return figures


def batch(server: Server, leases: int) -> None:
    """Issue leases with many clients, and revoke them all."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(issuer(server), range(leases)))
    revoke_all(server, sync=False)


def memory(processes: list[psutil.Process]) -> float:
    """Return the bytes that are the processes' own (USS)."""
    return float(sum(process.memory_full_info().uss for process in processes))


def aws_side(before: set[psutil.Process]) -> psutil.Process:
    """Return the process of the AWS side, started since then."""
    new = [one for one in offspring(psutil.Process().pid) if one not in before]
    [found] = [one for one in new if "labkit.servers.aws" in one.cmdline()]
    return found


def main() -> int:
    before = set(offspring(psutil.Process().pid))
    with tempfile.TemporaryDirectory() as folder, running_cloud() as cloud:
        aws = aws_side(before)
        with running_server(Path(folder), {"aws": OURS}) as server, mounted(server, cloud, "aws"):
            measure = partial(growth, server, cloud, aws)
            figures = [storm(server, cloud), *measure()]
    return report("A storm of leases", figures)


if __name__ == "__main__":
    sys.exit(main())
