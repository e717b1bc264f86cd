"""The lab in containers when things go wrong: a clear message, and nothing left behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab, LabError
from labkit.errors import StartError
from labkit.runtimes import choice, images, leftovers
from labkit.runtimes.choice import choose, settle
from labkit.runtimes.containers import Containers
from labkit.runtimes.daemon import daemon
from tests.docker import Relay, image_variables, image_with, left

pytestmark = pytest.mark.integration

UNREACHABLE = {"LABKIT_VAULT_IMAGE": "localhost:1/vault:absent"}  # nobody's registry
HOLDER = """
from labkit import Lab
lab = Lab.start(runtime="containers")
print("ready", flush=True)
input()
"""
NOBODY = 65534
NOT_ALLOWED = f"""
import os
from labkit.runtimes import choice
choice.choose({{}})  # imports everything, while it may still be read
if os.geteuid() == 0:
    os.seteuid({NOBODY})
print(choice.choose({{}}).reason)
"""


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    return image_variables()


@pytest.fixture(autouse=True)
def _everything_goes(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before = left()
    yield
    monkeypatch.undo()
    assert left() - before == set()


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """Put a daemon that can be stopped between us and the real one."""
    relay = Relay(tmp_path / "docker.sock")
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", relay.url)
        yield relay
    relay.stop()


def start(**options: int) -> Containers:
    runtime = Containers(os.environ, **options)
    runtime.start()
    return runtime


def test_docker_is_chosen_when_it_has_the_images(variables: dict[str, str]) -> None:
    found = choose(variables)

    assert (found.runtime, found.reason, found.lacks) == (
        "containers",
        "Docker has the images",
        (),
    )


def test_no_daemon_means_embedded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    found = choose({})

    assert found.runtime == "embedded"
    assert "no Docker daemon answers at unix:///nowhere/docker.sock" in found.reason
    with pytest.raises(StartError, match="'containers' was demanded, but no Docker daemon answers"):
        choose({}, "containers")


def test_a_daemon_that_never_answers_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "ANSWER_SECONDS", 1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "docker.sock"))
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        asked = time.monotonic()

        found = choose({})

    assert found.runtime == "embedded"
    assert "did not answer in time" in found.reason
    assert time.monotonic() - asked < 5


def test_a_daemon_that_the_user_may_not_use_is_told_apart(tmp_path: Path) -> None:
    relay = Relay(tmp_path / "docker.sock")
    (tmp_path / "docker.sock").chmod(0)

    done = subprocess.run(
        [sys.executable, "-c", NOT_ALLOWED],
        env=os.environ | {"DOCKER_HOST": relay.url},
        capture_output=True,
        text=True,
        check=False,
    )

    relay.stop()
    assert "this user may not use Docker" in done.stdout, done.stderr
    assert "permission denied" in done.stdout


def test_an_image_that_no_registry_has_means_embedded() -> None:
    asked = time.monotonic()

    found = settle(UNREACHABLE)

    assert found.runtime == "embedded"
    assert "Docker has no image localhost:1/vault:absent and cannot pull it" in found.reason
    assert time.monotonic() - asked < 10
    with pytest.raises(StartError, match="was demanded, but Docker has no image localhost:1"):
        settle(UNREACHABLE, "containers")


def test_a_registry_that_fails_at_the_pull_means_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "refusal", lambda *_: "")  # it promised the image

    found = settle(UNREACHABLE)

    assert found.runtime == "embedded"
    assert "Pulling localhost:1/vault:absent failed" in found.reason
    with pytest.raises(StartError, match="Run `docker pull localhost:1/vault:absent`"):
        settle(UNREACHABLE, "containers")


def test_a_vault_that_must_keep_its_storage_is_not_in_a_container() -> None:
    assert choose(os.environ, persistent=True).runtime == "embedded"
    with pytest.raises(StartError, match="development server, which keeps nothing"):
        choose(os.environ, "containers", persistent=True)


def test_a_container_that_ends_at_start_shows_its_log(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = images.AWS.name(variables)
    with image_with("echo no such config; exit 3", base) as broken:
        monkeypatch.setenv("LABKIT_VAULT_IMAGE", broken)

        with pytest.raises(StartError, match=r"ended at start\. Its log ends:\nno such config"):
            start()


@pytest.mark.parametrize("which", ["vault_port", "aws_port"])
def test_a_port_that_is_taken_is_named(which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is taken"):
            start(**{which: port})


def test_a_port_that_docker_cannot_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.runtimes.containers.free_port", lambda _: None)  # taken since then
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartError, match=f"Docker could not start the lab: .*{port}"):
            start(vault_port=port)


def test_a_stale_network_goes_even_if_something_is_in_it(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    owner = {leftovers.LABEL: leftovers.owner_of(tmp_path / "labkit-dead")}
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
    assert leftovers.is_dead(leftovers.owner_of(folder))
    with leftovers.hold(folder):
        assert not leftovers.is_dead(leftovers.owner_of(folder))
    assert leftovers.is_dead(leftovers.owner_of(folder))
    assert not leftovers.is_dead("another-machine:/tmp/labkit-gone/owner.lock")


def test_two_labs_at_once_do_not_touch_each_other() -> None:
    with Lab.start(through="role", runtime="containers", alongside=True) as first:
        with Lab.start(through="role", runtime="containers", alongside=True) as second:
            _, lease = second.issue()
            assert first.endpoints.vault_url != second.endpoints.vault_url
        credentials, lease = first.issue()
        first.proof("after issue", credentials, lease)


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
        assert holder.stdout.readline() == b"ready\n"
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

    assert "removed from Docker: 3" in done.stdout
    assert left() == set()
    assert list(tmp_path.glob("labkit-*")) == []


def test_ryuk_cleans_up_after_a_killed_client() -> None:
    kill_holder(RYUK_RECONNECTION_TIMEOUT="1s", TESTCONTAINERS_RYUK_DISABLED="false")

    deadline = time.monotonic() + 20
    while left() and time.monotonic() < deadline:
        time.sleep(0.2)

    assert left() == set()


def test_containers_publish_on_loopback_only() -> None:
    runtime = start()
    with daemon() as client:
        published = [
            port["IP"]
            for one in client.api.containers(filters={"label": leftovers.LABEL})
            for port in one["Ports"]
            if "PublicPort" in port
        ]

    runtime.stop()
    assert published == ["127.0.0.1", "127.0.0.1"]


def test_the_shells_proxy_and_keys_do_not_reach_the_containers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASHELL")
    runtime = start()
    with daemon() as client:
        found = client.containers.list(filters={"label": leftovers.LABEL})
        environments = [line for one in found for line in one.attrs["Config"]["Env"]]

    runtime.stop()
    assert not any("AKIASHELL" in line or "PROXY" in line.upper() for line in environments)


def test_the_pinned_moto_is_the_one_the_embedded_runtime_uses() -> None:
    requirements = (Path(__file__).parents[2] / "requirements.txt").read_text()
    version = images.AWS.pinned.partition(":")[2]

    assert f"]=={version} " in requirements


def test_no_image_is_pinned_to_what_moves() -> None:
    for image in (images.VAULT, images.AWS):
        assert image.pinned.count(".") == 2
