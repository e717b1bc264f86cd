"""Measure the lab itself: `python -m tests.bench.lab`.

Each line is a figure, its limit, and whether it held.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import psutil

from labkit import Lab
from labkit.machine import openbao
from labkit.machine.ports import HOST, free_port
from tests.bench import containers
from tests.bench.figures import Figure, report, seconds
from tests.processes import offspring

RUNS = 7
ISSUES = 40


def median_seconds(act: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median time of an action, in seconds."""
    return statistics.median(seconds(act) for _ in range(runs))


def start_by_hand(command: list[str], url: str) -> float:
    """Return the seconds from starting a server until it answers at `url`."""
    import requests

    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        while True:
            try:
                requests.get(url, timeout=1)
            except requests.ConnectionError:
                assert server.poll() is None, f"{command[0]} ended"
                time.sleep(0.005)
            else:
                break
        ready = time.perf_counter() - start
        server.terminate()
    return ready


def bao_by_hand() -> float:
    port = free_port()
    command = [openbao.binary(), "server", "-dev", f"-dev-listen-address={HOST}:{port}"]
    return start_by_hand([*command, "-dev-no-store-token"], f"http://{HOST}:{port}/v1/sys/health")


def moto_by_hand() -> float:
    port = free_port()
    command = [sys.executable, "-c", "from moto.server import main; main()"]
    return start_by_hand(
        [*command, "-H", HOST, "-p", str(port)], f"http://{HOST}:{port}/moto-api/data.json"
    )


def lab_start() -> float:
    start = time.perf_counter()
    with Lab.start(runtime="embedded"):
        return time.perf_counter() - start


def start_to_ready() -> Figure:
    import hvac  # noqa: F401 - both sides have their client imported
    import requests  # noqa: F401

    rounds = [(lab_start(), max(bao_by_hand(), moto_by_hand())) for _ in range(RUNS)]
    lab, by_hand = (statistics.median(column) for column in zip(*rounds, strict=True))
    return Figure(f"lab start / by hand ({lab:.2f} s / {by_hand:.2f} s)", lab / by_hand, 1.5)


def import_time() -> Figure:
    nothing = median_seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    command = [sys.executable, "-c", "from labkit import Lab"]
    lab = median_seconds(lambda: subprocess.run(command, check=True))
    return Figure("from labkit import Lab", lab - nothing, 0.3, "s")


def issue_latency(lab: Lab) -> Figure:
    """Compare Vault and the engine with the same three AWS calls by a warm boto3 client."""
    iam = lab.aws().client("iam")
    document = lab.vault.read("aws/roles/my-ec2-role")["data"]["policy_document"]

    def directly(number: int) -> None:
        name = f"direct-{number}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="direct", PolicyDocument=document)
        iam.create_access_key(UserName=name)

    through, direct = [], []
    for number in range(ISSUES):
        through.append(seconds(lambda: lab.vault.read("aws/creds/my-ec2-role")))
        direct.append(seconds(partial(directly, number)))
    vault, boto = statistics.median(through), statistics.median(direct)
    name = f"issue through Vault / three calls ({vault * 1000:.0f} ms / {boto * 1000:.0f} ms)"
    return Figure(name, vault / boto, 2.0)


def idle_memory(before: set[psutil.Process]) -> Figure:
    own = [process for process in offspring(psutil.Process().pid) if process not in before]
    return Figure("memory of the idle lab", sum(map(_megabytes, own)), 380, "MB")


def _megabytes(process: psutil.Process) -> float:
    """Return a process's proportional set size: pages that several share count once in all."""
    return float(process.memory_full_info().pss) / 1e6


def measure() -> list[Figure]:
    figures = [start_to_ready(), import_time()]
    before = set(offspring(psutil.Process().pid))
    with Lab.start(through="role", runtime="embedded") as lab:
        lab.issue()
        figures += [idle_memory(before), issue_latency(lab)]
    if containers.is_possible():
        figures.append(Figure(*containers.start_to_ready()))
    return figures


def main() -> int:
    return report("The lab itself", measure())


if __name__ == "__main__":
    sys.exit(main())
