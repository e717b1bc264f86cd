"""Which images the lab uses, and pulling them, without a registry."""

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.errors import StartError
from labkit.runtimes.docker.images import AWS, VAULT, needed, pull

LAYERS: list[dict[str, Any]] = [
    {"status": "Pulling from library/vault", "id": "1.21"},
    {"status": "Downloading", "id": "a", "progressDetail": {"current": 10, "total": 40}},
    {"status": "Downloading", "id": "b", "progressDetail": {"current": 5, "total": 60}},
    {"status": "Downloading", "id": "a", "progressDetail": {"current": 40, "total": 40}},
    {"status": "Extracting", "id": "a", "progressDetail": {"current": 1, "total": 99}},
]


def daemon_that_says(*events: dict[str, Any]) -> SimpleNamespace:
    """Return a client whose pull is these events."""

    def pulled(*_: object, **__: object) -> Iterator[dict[str, Any]]:
        return iter(events)

    return SimpleNamespace(api=SimpleNamespace(pull=pulled))


def test_a_variable_names_another_image() -> None:
    assert needed({}) == (VAULT.pinned, AWS.pinned)
    assert needed({"LABKIT_VAULT_IMAGE": "mine:1"}) == ("mine:1", AWS.pinned)


def test_a_pull_shows_how_much_of_all_layers_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    pull(daemon_that_says(*LAYERS), "vault:1")

    last = capsys.readouterr().err.split("\r")[-1]
    assert "pulling vault:1" in last
    assert "45.0 of 100" in last


def test_a_pull_that_the_registry_breaks_off_is_named() -> None:
    with pytest.raises(StartError, match=r"Pulling vault:1 failed: toomanyrequests\. Run `docker"):
        pull(daemon_that_says(*LAYERS, {"error": "toomanyrequests"}), "vault:1")


def test_a_pull_that_takes_too_long_is_given_up() -> None:
    seconds = count(0, 100).__next__

    with pytest.raises(StartError, match="Pulling vault:1 took over 250 s"):
        pull(daemon_that_says(*LAYERS), "vault:1", at_most=250, clock=seconds)
