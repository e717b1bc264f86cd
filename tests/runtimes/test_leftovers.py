"""Nothing is left in Docker, however a lab ends."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container
from testcontainers.core.config import testcontainers_config

from labkit import LabError
from labkit.machine.ports import HOST
from labkit.runtimes.docker import images, owner_labels, reaper
from labkit.runtimes.docker.containers import Containers
from labkit.runtimes.docker.daemon import daemon
from labkit.runtimes.folders_of_killed_labs import hold
from tests.docker import Relay, image_with, left
from tests.processes import pipe

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("in_docker")]

HOLDER = """
from labkit import Lab
lab = Lab.start(runtime="containers")
print("ready", flush=True)
input()
"""


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """Put a daemon that can be stopped between us and the real one."""
    relay = Relay(tmp_path / "docker.sock")
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", relay.url)
        yield relay
    relay.stop()


@pytest.fixture
def ryuk(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Use the Ryuk of the tests in this process too, which has asked for another one before."""
    image = variables.get("RYUK_CONTAINER_IMAGE", testcontainers_config.ryuk_image)
    monkeypatch.setattr(testcontainers_config, "ryuk_image", image)
    reaper.image_to_start.cache_clear()
    yield image
    reaper.image_to_start.cache_clear()


def ryuks(image: str) -> list[Container]:
    with daemon() as client:
        found: list[Container] = client.containers.list(all=True, filters={"ancestor": image})
        return found


def start(**options: int) -> Containers:
    runtime = Containers(os.environ, **options)
    runtime.start()
    return runtime


def test_a_stale_network_goes_even_if_something_is_in_it(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    owner = {owner_labels.LABEL: owner_labels.owner_of(tmp_path / "labkit-dead")}
    with daemon() as client:
        network = client.networks.create("labkit-stale", labels=owner)
        visitor = client.containers.create(
            images.AWS.name(variables),
            entrypoint=["sleep", "60"],
            command=[],
            network="labkit-stale",
        )
        visitor.start()
        try:
            assert network.id in left()
            start().stop()

            assert network.id not in left()
            assert client.containers.get(visitor.id).status == "running"
        finally:
            visitor.remove(force=True)


def test_what_belongs_to_other_machines_and_the_living_stays(tmp_path: Path) -> None:
    folder = tmp_path / "labkit-alive"
    folder.mkdir()
    assert owner_labels.is_dead(owner_labels.owner_of(folder))
    with hold(folder):
        assert not owner_labels.is_dead(owner_labels.owner_of(folder))
    assert owner_labels.is_dead(owner_labels.owner_of(folder))
    assert not owner_labels.is_dead("another-machine:/tmp/labkit-gone/owner.lock")


def test_a_docker_that_stops_meanwhile_is_named_and_the_next_start_cleans_up(relay: Relay) -> None:
    runtime = start()
    relay.stop()

    with pytest.raises(LabError, match="could not be removed: no Docker daemon answers"):
        runtime.stop()

    relay.start()
    assert len(left()) == 3
    start().stop()
    assert left() == set()


def kill_holder(**more: str) -> None:
    """Start a lab in another process and end that as a kernel restart does."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | more,
    )
    with holder:
        assert pipe(holder.stdout).readline() == b"ready\n"
        assert len(left()) == 3
        holder.kill()


def test_a_killed_client_is_cleaned_up_after_at_the_next_start() -> None:
    kill_holder(TESTCONTAINERS_RYUK_DISABLED="true")
    assert len(left()) == 3

    runtime = start()

    assert len(left()) == 3
    runtime.stop()
    assert left() == set()


def test_a_killed_client_is_cleaned_up_after_by_down_all(tmp_path: Path) -> None:
    folders = {"TMPDIR": str(tmp_path)}
    kill_holder(TESTCONTAINERS_RYUK_DISABLED="true", **folders)
    assert list(tmp_path.glob("labkit-*"))

    done = subprocess.run(
        [sys.executable, "-m", "labkit", "down", "--all"],
        env=os.environ | folders,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Docker: 3 containers and networks removed" in done.stdout
    assert left() == set()
    assert list(tmp_path.glob("labkit-*")) == []


def test_ryuk_cleans_up_after_a_killed_client() -> None:
    kill_holder(RYUK_RECONNECTION_TIMEOUT="1s", TESTCONTAINERS_RYUK_DISABLED="false")

    deadline = time.monotonic() + 20
    while left() and time.monotonic() < deadline:
        time.sleep(0.2)

    assert left() == set()


def test_ryuk_listens_on_loopback_only_and_goes_with_its_lab(ryuk: str) -> None:
    runtime = start()
    try:
        [watching] = ryuks(ryuk)
        addresses = {each["HostIp"] for ports in watching.ports.values() for each in ports or ()}
    finally:
        runtime.stop()

    assert addresses == {HOST}
    assert ryuks(ryuk) == []


@pytest.mark.usefixtures("ryuk")
def test_a_ryuk_that_ends_at_once_keeps_no_lab_from_starting(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with image_with("exit 1", images.AWS.name(variables)) as broken:
        monkeypatch.setattr(testcontainers_config, "ryuk_image", broken)
        start().stop()

    assert left() == set()
