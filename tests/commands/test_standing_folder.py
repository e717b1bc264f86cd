"""The folder of the standing lab, and its keeper, against other users and against accidents."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from labkit.commands import background
from labkit.errors import LabError, StartError
from labkit.runtimes import private_folder, standing
from tests.commands.standing import LABKIT, clean_environment, labkit, standing_lab
from tests.processes import offspring, pipe, still_running, stop

pytestmark = pytest.mark.integration

SOMEBODY = 12345  # a user id


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    clean = clean_environment(tmp_path / "runtime")
    yield clean
    if background.is_up(folder_of(clean)):
        background.down(folder_of(clean))


def folder_of(env: dict[str, str]) -> Path:
    return Path(env["XDG_RUNTIME_DIR"], "labkit")


def a_file(folder: Path) -> None:
    folder.write_text("")


def a_link(folder: Path) -> None:
    target = folder.with_name("elsewhere")
    target.mkdir(mode=0o700)
    folder.symlink_to(target)


def open_to_others(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)


def of_somebody_else(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, SOMEBODY, SOMEBODY)


@pytest.mark.parametrize("prepare", [a_file, a_link, open_to_others, of_somebody_else])
@pytest.mark.parametrize("command", ["up", "status", "env", "down", "shell"])
def test_a_folder_that_others_prepared_is_refused(
    prepare: Callable[[Path], None], command: str, env: dict[str, str]
) -> None:
    if prepare is of_somebody_else and os.getuid() != 0:
        pytest.skip("only root can give a folder to another user")
    prepare(folder_of(env))

    done = labkit(env, command)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"labkit: \S+ (is|belongs|cannot).*, so the lab does not use it\.", done.stderr)


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"XDG_RUNTIME_DIR": "{tmp}/private"}, "{tmp}/private/labkit"),
        ({"XDG_RUNTIME_DIR": "{tmp}/open", "XDG_STATE_HOME": "{tmp}/state"}, "{tmp}/state/labkit"),
        ({"XDG_RUNTIME_DIR": "{tmp}/none", "XDG_STATE_HOME": "{tmp}/state"}, "{tmp}/state/labkit"),
        ({"XDG_RUNTIME_DIR": "private", "XDG_STATE_HOME": "{tmp}/state"}, "{tmp}/state/labkit"),
        ({"XDG_STATE_HOME": "state"}, "{home}/.local/state/labkit"),
        ({}, "{home}/.local/state/labkit"),
    ],
)
def test_the_folder_is_one_of_the_users_own(
    variables: dict[str, str], found: str, tmp_path: Path
) -> None:
    for name, mode in (("private", 0o700), ("open", 0o755), ("state", 0o755)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    env = {name: value.format(tmp=tmp_path) for name, value in variables.items()}

    path = private_folder.default_path(env)

    assert str(path) == found.format(tmp=tmp_path, home=Path.home())


def test_a_link_in_place_of_the_lock_or_the_log_is_not_followed(env: dict[str, str]) -> None:
    for name in (background.LOCK, background.LOG):
        folder = folder_of(env)
        private_folder.create(folder)
        (folder / name).symlink_to(folder.parent / "victim")

        done = labkit(env, "up")

        assert done.returncode != 0
        assert not (folder.parent / "victim").exists()
        (folder / name).unlink()


@pytest.fixture(scope="module")
def standing_env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return the environment of a lab that stands for all tests that only look at it."""
    clean = clean_environment(tmp_path_factory.mktemp("runtime"))
    with standing_lab(clean, "--through", "role"):
        yield clean


def test_nothing_secret_is_on_disk(standing_env: dict[str, str]) -> None:
    state = background.state(folder_of(standing_env))
    secrets = [state.endpoints.root_token, state.administrator_token]
    secrets += [state.operator.secret_access_key, state.endpoints.aws_token]
    texts = [path.read_text() for path in folder_of(standing_env).iterdir() if path.is_file()]

    assert [text for text in texts for secret in secrets if secret in text] == []
    assert folder_of(standing_env).stat().st_mode & 0o077 == 0


def test_no_process_of_the_lab_can_leave_a_core_dump(standing_env: dict[str, str]) -> None:
    keeper = psutil.Process(background.state(folder_of(standing_env)).pid)

    limits = {p.pid: p.rlimit(psutil.RLIMIT_CORE) for p in [keeper, *offspring(keeper.pid)]}

    assert len(limits) >= 6  # the keeper, two supervisors, two servers, the plugin
    assert set(limits.values()) == {(0, 0)}


def test_the_state_survives_its_journey_as_json(standing_env: dict[str, str]) -> None:
    state = background.state(folder_of(standing_env))

    assert state.steps == ("engine", "list", "root", "role")
    assert standing.Standing.from_json(state.as_json()) == state
    assert state.endpoints.root_token not in repr(state)


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
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
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


def test_an_impossible_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StartError, match="Set XDG_RUNTIME_DIR to a folder of yours"):
        private_folder.create(tmp_path / "file" / "labkit")
