"""The lab as `docker compose up` leaves it standing, and the file that says how."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from labkit.machine.ports import free_port
from labkit.runtimes.docker import images
from labkit.runtimes.docker.daemon import daemon
from tests.docker import image_variables

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
PROJECT = f"labkit-test-{os.getpid()}"
UP_SECONDS = 90


@dataclass(frozen=True)
class Compose:
    """One of the two Composes, with the variables that the services are brought up with."""

    command: tuple[str, ...]
    env: dict[str, str]

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, "--project-name", PROJECT, *arguments],
            cwd=ROOT,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module", params=[("docker", "compose"), ("docker-compose",)], ids=" ".join)
def standing(request: pytest.FixtureRequest) -> Iterator[Compose]:
    """Bring the services up on free ports, with Compose v2 and then with docker-compose 1.29."""
    env = image_variables()
    if env:  # stand-ins, which Debian's Docker builds without buildx
        env |= {"LABKIT_PYTHON_IMAGE": "labkit-standin/python", "DOCKER_BUILDKIT": "0"}
    for service in ("VAULT", "AWS", "JUPYTER"):
        env[f"LABKIT_{service}_PORT"] = str(free_port())
    compose = Compose(request.param, env)
    _demand(compose)
    try:
        compose.run("up", "--detach", "--build")
        _wait_for_jupyter(compose)
        yield compose
    finally:
        compose.run("down", "--volumes", "--rmi", "local")


def _demand(compose: Compose) -> None:
    """Skip where there is no such command; CI has the oldest and a new one."""
    version = [*compose.command, "version"]
    try:
        subprocess.run(version, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        if os.environ.get("CI") and "LABKIT_VAULT_IMAGE" in compose.env:
            pytest.fail(f"CI has to test with {' '.join(version)}")
        pytest.skip(f"there is no {' '.join(compose.command)}")


def _wait_for_jupyter(compose: Compose) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while "/lab?token=" not in compose.run("logs", "lab"):
        assert time.monotonic() < deadline, compose.run("logs")
        time.sleep(0.5)


@pytest.mark.integration
def test_it_ends_in_an_address_that_opens_jupyterlab(standing: Compose) -> None:
    logs = standing.run("logs", "lab")
    address = re.findall(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", logs)[0]

    opened = requests.get(address, timeout=10)

    assert f":{standing.env['LABKIT_JUPYTER_PORT']}/" in address
    assert opened.ok
    assert "JupyterLab" in opened.text
    assert "/login" in requests.get(address.partition("?")[0], timeout=10).url


@pytest.mark.integration
def test_the_notebook_runs_in_it_on_the_standing_servers(standing: Compose) -> None:
    run = "python3 .docker/tokens.py run python3 -m nbconvert --to notebook --execute --stdout"

    executed = standing.run("exec", "-T", "lab", *run.split(), "notebooks/00_the_whole_flow.ipynb")

    assert "external" in executed
    assert '"output_type": "error"' not in executed


@pytest.mark.integration
@pytest.mark.usefixtures("standing")
def test_every_port_is_on_loopback_and_every_server_is_healthy() -> None:
    label = {"label": f"com.docker.compose.project={PROJECT}"}
    with daemon() as client:
        deadline = time.monotonic() + UP_SECONDS
        while any("starting" in one["Status"] for one in client.api.containers(filters=label)):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        running = client.api.containers(filters=label)

    assert len(running) == 3
    assert all("(healthy)" in one["Status"] for one in running)
    published = [port["IP"] for one in running for port in one["Ports"] if "PublicPort" in port]
    assert published == ["127.0.0.1"] * 3


def test_its_images_are_those_of_the_containers_runtime() -> None:
    for image in (images.VAULT, images.AWS):
        assert f"${{{image.variable}:-{image.pinned}}}" in TEXT


def test_no_token_is_in_the_file() -> None:
    given = re.findall(r"^\s*\w*TOKEN\w*: (.*)$", TEXT, re.MULTILINE)

    assert given
    assert all(re.fullmatch(r"\$\{\w+:-\}", value) for value in given)
