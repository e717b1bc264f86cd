"""A lab that stands without a kernel, and a lab that uses it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from labkit import LabError
from labkit.commands import background, environment
from labkit.commands.environment import Changes, as_shell, hidden
from tests.processes import offspring, still_running

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "standing"
    if background.is_up(tmp_path / "standing"):
        background.down(tmp_path / "standing")


@pytest.fixture
def shell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the exports of a standing lab, set in this process's environment."""
    found = environment.changes(background.up(folder=folder), folder, os.environ)
    for name in found.unset:
        monkeypatch.delenv(name, raising=False)
    for name, value in found.values.items():
        monkeypatch.setenv(name, value)
    return dict(found.values)


def test_a_lab_stands_until_it_is_taken_down(folder: Path) -> None:
    background.up(folder=folder)
    keeper = psutil.Process(background.state(folder).pid)
    processes = [keeper, *offspring(keeper.pid)]
    assert background.is_up(folder)

    background.down(folder)

    assert not background.is_up(folder)
    assert still_running(processes) == []


def test_a_second_one_is_refused(folder: Path) -> None:
    background.up(folder=folder)

    with pytest.raises(LabError, match="A lab stands already"):
        background.up(folder=folder)


def test_a_killed_keeper_leaves_nothing_and_is_not_taken_for_a_lab(folder: Path) -> None:
    background.up(folder=folder)
    keeper = psutil.Process(background.state(folder).pid)
    processes = offspring(keeper.pid)

    keeper.send_signal(signal.SIGKILL)

    assert still_running([keeper, *processes]) == []
    assert not background.is_up(folder)
    with pytest.raises(LabError, match="No lab stands"):
        background.state(folder)


def test_a_failed_start_shows_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_RUNTIME", "embedded")
    monkeypatch.setenv("LABKIT_AWS_PLUGIN", "/nowhere/plugin")

    with pytest.raises(LabError, match=r"did not start(.|\n)*LABKIT_AWS_PLUGIN names /nowhere"):
        background.up(folder=folder)


def test_nothing_secret_is_shown_of_the_exports(shell: dict[str, str]) -> None:
    shown = as_shell(hidden(Changes(shell, ())))

    for name in (
        "VAULT_TOKEN",
        "BAO_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "LABKIT_AWS_TOKEN",
        "LABKIT_VAULT_ROOT_SECRET_ACCESS_KEY",
    ):
        assert shell[name]
        assert shell[name] not in shown
    assert shell["VAULT_ADDR"] in shown


def test_the_exports_lead_the_real_cli_to_the_lab(shell: dict[str, str]) -> None:
    from labkit.machine import openbao

    listed = subprocess.run(
        [openbao.binary(), "secrets", "list"],
        env=os.environ | shell,
        capture_output=True,
        check=True,
    )

    assert b"cubbyhole/" in listed.stdout


def test_the_command_line_reports_what_stands(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "status"],
        env=os.environ | {"XDG_RUNTIME_DIR": "", "XDG_STATE_HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "No lab stands" in done.stderr
