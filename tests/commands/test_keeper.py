"""The keeper of the standing lab: one at a time, ended for sure, asked by its own user only."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from labkit.commands import background
from labkit.errors import LabError
from labkit.runtimes import private_folder, standing
from tests.commands.standing import LABKIT, folder_of, labkit, standing_lab
from tests.processes import offspring, pipe, still_running, stop

pytestmark = pytest.mark.integration


SOMEBODY = 12345  # a user id


def test_of_two_ups_at_once_one_wins_and_the_other_says_so(env: dict[str, str]) -> None:
    pipe_ = subprocess.PIPE
    both = [
        subprocess.Popen([LABKIT, "up"], env=env, stdout=pipe_, stderr=pipe_, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=90) for process in both]

    assert sorted(process.returncode for process in both) == [0, 1]
    loser = said[0 if both[0].returncode else 1]
    assert loser[1].startswith("labkit: A lab stands already, or is being started")
    assert labkit(env, "status").returncode == 0
    assert labkit(env, "down").returncode == 0
    assert labkit(env, "status").returncode == 1


def test_down_returns_when_everything_is_gone(env: dict[str, str]) -> None:
    with standing_lab(env):
        state = background.state(folder_of(env))
        processes = [psutil.Process(state.pid), *offspring(state.pid)]

        done = labkit(env, "down")

        assert done.returncode == 0, done.stderr
        assert still_running(processes, within=0) == []
        assert not Path(state.endpoints.audit_log).parent.exists()
        assert [path.name for path in folder_of(env).iterdir()] == [background.LOCK]


def test_a_keeper_that_does_not_answer_is_ended(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "STOP_SECONDS", 2.0)
    monkeypatch.setattr(standing, "ANSWER_SECONDS", 0.5)
    with standing_lab(env):
        state = background.state(folder_of(env))
        processes = [psutil.Process(state.pid), *offspring(state.pid)]
        stop(processes[0])
        with pytest.raises(LabError, match=r"did not answer in .* `labkit down` ends it"):
            background.state(folder_of(env))

        background.down(folder_of(env))

        assert still_running(processes, within=0) == []
        with pytest.raises(LabError, match="No lab stands"):
            background.state(folder_of(env))


def test_a_lab_that_nobody_can_reach_any_more_ends(env: dict[str, str]) -> None:
    with standing_lab(env):
        state = background.state(folder_of(env))
        processes = [psutil.Process(state.pid), *offspring(state.pid)]

        (folder_of(env) / standing.SOCKET).unlink()

        assert still_running(processes, within=15) == []


def test_ctrl_c_during_up_ends_the_lab_and_says_so(env: dict[str, str]) -> None:
    up = subprocess.Popen(
        [LABKIT, "up"],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    while len(processes := offspring(up.pid)) < 3:  # the keeper, and servers of its lab
        assert up.poll() is None
        time.sleep(0.02)

    os.killpg(up.pid, signal.SIGINT)

    _, said = up.communicate(timeout=30)
    assert up.returncode == 130
    assert "interrupted; the lab was ended, and none stands" in said
    assert still_running(processes) == []
    assert "No lab stands" in labkit(env, "status").stderr


def test_the_keeper_of_another_user_is_asked_nothing(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can listen as another user")
    folder = tmp_path / "labkit"
    private_folder.create(folder)
    listening = (
        "import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); "
        f"os.setuid({SOMEBODY}); s.listen(); print(1, flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", listening, str(folder / standing.SOCKET)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    pipe(other.stdout).readline()

    with pytest.raises(LabError, match="belongs to another user"):
        standing.read(folder)

    other.communicate()


def test_a_dead_keepers_socket_is_no_lab_and_in_nobodys_way(env: dict[str, str]) -> None:
    private_folder.create(folder_of(env))
    with socket.socket(socket.AF_UNIX) as dead, private_folder.opened(folder_of(env)) as descriptor:
        dead.bind(standing.address(folder_of(env), descriptor))

    assert "No lab stands" in labkit(env, "status").stderr
    with standing_lab(env):
        assert labkit(env, "status").returncode == 0


def test_an_unknown_step_is_refused_before_anything_starts(env: dict[str, str]) -> None:
    done = labkit(env, "up", "--through", "aproll", seconds=10)

    assert done.returncode == 1
    assert "there are: engine, list, root, role, policies, approle" in done.stderr
    assert not folder_of(env).exists()
    assert "engine, list, root, role, policies, approle" in " ".join(
        labkit(env, "up", "--help").stdout.split()
    )


def test_down_all_works_without_docker(env: dict[str, str]) -> None:
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    with standing_lab(env):
        done = labkit(env | nowhere, "down", "--all")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("standing lab: ended\n")
    assert "Docker: nothing to remove, no Docker daemon answers" in done.stdout
