"""The folder of the standing lab, against other users and against accidents."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from labkit.commands import background
from labkit.errors import StartError
from labkit.runtimes import private_folder, standing
from tests.commands.standing import clean_environment, folder_of, labkit, standing_lab
from tests.processes import offspring

pytestmark = pytest.mark.integration

SOMEBODY = 12345  # a user id


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


def test_an_impossible_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StartError, match="Set XDG_RUNTIME_DIR to a folder of yours"):
        private_folder.create(tmp_path / "file" / "labkit")
