"""JupyterLab as `make lab` starts it: nobody else on the machine can reach a kernel."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from labkit.machine.ports import HOST, free_port
from tests.commands.standing import LABKIT
from tests.processes import offspring, pipe, still_running

pytestmark = pytest.mark.integration

# ipykernel has one TCP port in any case, for what forked children print. It only takes messages,
# which must carry a random id, and hands out nothing; over TCP, a kernel has five ports more.
PULL_PORTS = 1


@pytest.fixture
def jupyter() -> Iterator[tuple[psutil.Popen, str, dict[str, str]]]:
    """Run `labkit lab`; give its process, its address, and the header that it asks for."""
    port, token = free_port(), secrets.token_hex(8)
    options = [f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    url, header = f"http://{HOST}:{port}/api", {"Authorization": f"token {token}"}
    process = psutil.Popen(
        [LABKIT, "lab", "--no-browser", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not answers(url):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    yield process, url, header
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    process.wait(30)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_kernel_listens_on_sockets_of_this_user_alone(
    jupyter: tuple[psutil.Popen, str, dict[str, str]],
) -> None:
    process, url, header = jupyter
    requests.post(f"{url}/kernels", headers=header, timeout=30).raise_for_status()
    everything = offspring(process.pid)

    kernel = next(p for p in everything if "ipykernel_launcher" in " ".join(p.cmdline()))
    sockets = sockets_of(kernel)
    names = {
        entry["path"]
        for entry in requests.get(f"{url}/contents", headers=header, timeout=30).json()["content"]
    }

    assert len(sockets) >= 4
    assert len(tcp_listeners(kernel)) <= PULL_PORTS
    assert {path.parent.stat().st_mode & 0o077 for path in sockets} == {0}
    assert "00_the_whole_flow.ipynb" in names
    tools = kernel.environ()["PATH"].split(os.pathsep)[0]
    assert subprocess.run([f"{tools}/vault", "version"], check=True, capture_output=True).stdout

    process.terminate()

    process.wait(30)
    assert still_running(everything) == []
    assert not sockets[0].parent.exists()
    assert not Path(tools).exists()


def tcp_listeners(kernel: psutil.Process) -> list[int]:
    connections = kernel.net_connections("inet")
    return [one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN]


def sockets_of(kernel: psutil.Process) -> list[Path]:
    """Return the Unix sockets on which a kernel listens, once it does."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        paths = {
            Path(str(c.laddr)) for c in kernel.net_connections("unix") if "kernel-" in str(c.laddr)
        }
        if len(paths) >= 4:
            return sorted(paths)
        time.sleep(0.1)
    return []


RUN = """
import sys
from contextlib import suppress
from pathlib import Path
from rich.console import Console
from labkit.commands.report import executing
with executing(Path(sys.argv[1]), Path(sys.argv[2]), Console()):
    print("executing", flush=True)
    input()
"""
NOTEBOOK = """{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {},
"outputs": [], "source": "import time; time.sleep(60)"}], "metadata": {"kernelspec": {"name":
"python3", "display_name": "p", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5}"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_leaves_no_kernel(end: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(NOTEBOOK)
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path / "n.ipynb"), str(tmp_path / "n.html")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    pipe(run.stdout).readline()
    deadline = time.monotonic() + 60
    while not (kernels := [p for p in offspring(run.pid) if "ipykernel" in str(p.cmdline())]):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    sockets = sockets_of(kernels[0])
    listeners = len(tcp_listeners(kernels[0]))
    everything = offspring(run.pid)

    run.send_signal(end)

    assert len(sockets) >= 4
    assert listeners <= PULL_PORTS
    assert still_running(everything, within=10) == []
    assert not sockets[0].parent.exists()
    run.communicate()
