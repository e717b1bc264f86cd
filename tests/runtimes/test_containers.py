"""The lab in containers: what is published, what goes in, and what is said when a start fails."""

import os

import pytest

from labkit import Lab
from labkit.commands.environment import exports
from labkit.commands.keeper import describe
from labkit.errors import StartError
from labkit.runtimes.docker import images, owner_labels
from labkit.runtimes.docker.containers import Containers
from labkit.runtimes.docker.daemon import daemon
from tests.docker import image_with

NOT_OURS = "203.0.113.1"  # an address that no machine has (RFC 5737)
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("in_docker")]


def start() -> Containers:
    runtime = Containers(os.environ)
    runtime.start()
    return runtime


def test_a_container_that_ends_at_start_shows_its_log(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = images.AWS.name(variables)
    with image_with("echo no such config; exit 3", base) as broken:
        monkeypatch.setenv("LABKIT_VAULT_IMAGE", broken)

        with pytest.raises(StartError, match=r"ended at start\. Its log ends:\nno such config"):
            start()


def test_a_port_that_docker_cannot_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "labkit.runtimes.docker.vault_and_aws.published_at", lambda: (NOT_OURS, NOT_OURS)
    )

    with pytest.raises(StartError, match=f"Docker could not start the lab: .*{NOT_OURS}"):
        start()


def test_two_labs_at_once_do_not_touch_each_other() -> None:
    with Lab.start(through="role", runtime="containers", alongside=True) as first:
        with Lab.start(through="role", runtime="containers", alongside=True) as second:
            _, lease = second.issue()
            assert first.endpoints.vault_url != second.endpoints.vault_url
        _, lease = first.issue()
        first.proof("after issue", lease)


def test_containers_publish_on_loopback_only() -> None:
    runtime = start()
    with daemon() as client:
        published = [
            port["IP"]
            for one in client.api.containers(filters={"label": owner_labels.LABEL})
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
        found = client.containers.list(filters={"label": owner_labels.LABEL})
        environments = [line for one in found for line in one.attrs["Config"]["Env"]]

    runtime.stop()
    assert not any("AKIASHELL" in line or "PROXY" in line.upper() for line in environments)


def test_another_lab_uses_the_containers_of_one_that_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Lab.start(runtime="containers", alongside=True) as host:
        for name, value in exports(describe(host, None)).items():
            monkeypatch.setenv(name, value)
        with Lab.start(through="approle", alongside=True) as lab:
            _, lease = lab.issue(vault=lab.application())
            lab.proof("after issue", lease)

            assert lab.runtime.name == "external"
