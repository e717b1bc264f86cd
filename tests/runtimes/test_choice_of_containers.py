"""When the lab is in containers, and what it says when it is not."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labkit.errors import StartError
from labkit.runtimes.choice import Needs, choose, choose_runtime
from labkit.runtimes.docker import daemon, images
from tests.docker import Relay

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("in_docker")]

UNREACHABLE = {"LABKIT_VAULT_IMAGE": "localhost:1/vault:absent"}  # nobody's registry
NOBODY = 65534
NOT_ALLOWED = f"""
import os
from labkit.runtimes import choice
choice.choose({{}})  # imports everything, while it may still be read
if os.geteuid() == 0:
    os.seteuid({NOBODY})
print(choice.choose({{}}).reason)
"""


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
    monkeypatch.setattr(daemon, "ANSWER_SECONDS", 1)
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

    found = choose_runtime(UNREACHABLE)

    assert found.runtime == "embedded"
    assert "Docker has no image localhost:1/vault:absent and cannot pull it" in found.reason
    assert time.monotonic() - asked < 10
    with pytest.raises(StartError, match="was demanded, but Docker has no image localhost:1"):
        choose_runtime(UNREACHABLE, "containers")


def test_a_registry_that_fails_at_the_pull_means_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "refusal", lambda *_: "")  # it promised the image

    found = choose_runtime(UNREACHABLE)

    assert found.runtime == "embedded"
    assert "Pulling localhost:1/vault:absent failed" in found.reason
    with pytest.raises(StartError, match="Run `docker pull localhost:1/vault:absent`"):
        choose_runtime(UNREACHABLE, "containers")


def test_a_vault_that_must_keep_its_storage_is_not_in_a_container() -> None:
    assert choose(os.environ, needs=Needs(persistent=True)).runtime == "embedded"
    with pytest.raises(StartError, match="development server, which keeps nothing"):
        choose(os.environ, "containers", Needs(persistent=True))


def test_the_pinned_moto_is_the_one_the_embedded_runtime_uses() -> None:
    requirements = (Path(__file__).parents[2] / "requirements.txt").read_text()
    version = images.AWS.pinned.partition(":")[2]

    assert f"]=={version} " in requirements


def test_no_image_is_pinned_to_what_moves() -> None:
    for image in (images.VAULT, images.AWS):
        assert image.pinned.count(".") == 2
