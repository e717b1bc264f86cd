"""The start of a lab in containers, beside `docker run` of the same two images by hand."""

import os
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from labkit.machine.ports import HOST, free_port
from labkit.runtimes.choice import choose
from labkit.runtimes.docker import images
from labkit.runtimes.docker.containers import Containers

RUNS = 9
LIMIT = 1.3
AT_MOST = 60  # seconds


def is_possible() -> bool:
    """Whether Docker has both images (LABKIT_VAULT_IMAGE and LABKIT_AWS_IMAGE name others)."""
    finding = choose(os.environ | {"VAULT_ADDR": ""}, None)
    return finding.runtime == Containers.name and not finding.lacks


def by_lab() -> float:
    """Return the seconds that a lab takes until both answer."""
    runtime, start = Containers(os.environ), time.perf_counter()
    try:
        runtime.start()
        return time.perf_counter() - start
    finally:
        runtime.stop()


def by_hand() -> float:
    """Return the seconds until both answer after `docker run` of the two side by side."""
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        vault = pool.submit(_run, images.VAULT.name(os.environ), 8200, "/v1/sys/health")
        aws = pool.submit(_run, images.AWS.name(os.environ), 5000, "/moto-api/data.json")
    seconds = time.perf_counter() - start
    made = [vault.result(), aws.result()]
    subprocess.run(["docker", "rm", "--force", *made], capture_output=True, check=True)  # noqa: S607 - the docker of this shell
    return seconds


def _run(image: str, port: int, path: str) -> str:
    published = free_port()
    command = ["docker", "run", "--detach", "--publish", f"{HOST}:{published}:{port}"]
    options = ["--cap-add", "IPC_LOCK", "--env", "VAULT_DEV_ROOT_TOKEN_ID=by-hand", image]
    made = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    deadline = time.monotonic() + AT_MOST
    while not _answers(f"http://{HOST}:{published}{path}"):
        assert time.monotonic() < deadline, f"{image} does not answer"
        time.sleep(0.02)
    return made.stdout.strip()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False


def start_to_ready() -> tuple[str, float, float]:
    """Return a figure's name, the ratio of the two medians, and its limit."""
    by_lab()  # imports, and whether Ryuk can be had
    rounds = [(by_lab(), by_hand()) for _ in range(RUNS)]
    lab, hand = (statistics.median(column) for column in zip(*rounds, strict=True))
    return f"start in containers / docker run ({lab:.2f} s / {hand:.2f} s)", lab / hand, LIMIT
