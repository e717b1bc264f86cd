"""`labkit credentials` logs in by AppRole with a wrapped secret-id, and says what went wrong."""

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit import Lab
from labkit.commands.credentials import credentials
from labkit.errors import LabError
from labkit.flow import steps
from labkit.machine.ports import free_port
from tests.commands.test_credentials import assert_one_user_for_twenty_commands

pytestmark = pytest.mark.integration

HOUR = 3600


@pytest.fixture
def deliver(lab: Lab, tmp_path: Path) -> Callable[[], None]:
    """Return what writes a new wrapping token to the file that the environment names."""

    def write() -> None:
        answer = lab.root.auth.approle.generate_secret_id("aws-app", wrap_ttl="60s")
        (tmp_path / "wrapped").write_text(answer["wrap_info"]["token"] + "\n")

    return write


@pytest.fixture
def env(lab: Lab, tmp_path: Path, deliver: Callable[[], None]) -> dict[str, str]:
    tmp_path.chmod(0o700)
    (tmp_path / "role-id").write_text(steps.role_id(lab.setting) + "\n")
    deliver()
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "VAULT_ADDR": lab.endpoints.vault_url,
        "VAULT_ROLE_ID_FILE": str(tmp_path / "role-id"),
        "VAULT_WRAPPED_SECRET_ID_FILE": str(tmp_path / "wrapped"),
    }


def kept(env: dict[str, str], kind: str) -> Path:
    (found,) = (Path(env["XDG_RUNTIME_DIR"]) / "labkit").glob(f"{kind}-*.json")
    return found


def key(env: dict[str, str], after: float = 0.0) -> dict[str, Any]:
    found = credentials("my-ec2-role", "aws", env, lambda: time.time() + after)
    answer: dict[str, Any] = json.loads(found)
    return answer


def test_twenty_commands_at_once_unwrap_once_and_make_one_user(
    lab: Lab, env: dict[str, str]
) -> None:
    assert_one_user_for_twenty_commands(lab, env)


def test_only_the_user_can_read_what_the_command_leaves(env: dict[str, str]) -> None:
    key(env)

    left = list(kept(env, "login").parent.iterdir())
    assert len(left) == 4
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in left}


def test_a_later_command_needs_no_new_secret_id(env: dict[str, str]) -> None:
    first = key(env)

    assert key(env, after=0.7 * HOUR) != first


def test_the_key_expires_no_later_than_the_token(lab: Lab, env: dict[str, str]) -> None:
    steps.configure_lease(lab.setting, "2h", "2h")
    try:
        key(env)
        token = json.loads(kept(env, "login").read_text())
        found = json.loads(kept(env, "credentials").read_text())
    finally:
        steps.configure_lease(lab.setting, "1h", "2h")

    assert found["expires"] == token["expires"]


def test_a_revoked_token_is_replaced(lab: Lab, env: dict[str, str]) -> None:
    key(env)
    token = json.loads(kept(env, "login").read_text())["token"]
    lab.root.auth.token.revoke(token)
    kept(env, "credentials").unlink()

    key(env)

    assert json.loads(kept(env, "login").read_text())["token"] != token


def test_a_used_wrapping_token_is_named_and_a_new_one_helps(
    lab: Lab, env: dict[str, str], deliver: Callable[[], None]
) -> None:
    wrapped = Path(env["VAULT_WRAPPED_SECRET_ID_FILE"])
    lab.client(wrapped.read_text().strip()).sys.unwrap()

    with pytest.raises(LabError, match=r"unwrap.*wrapped was used before.*revoke the secret-id"):
        key(env)
    deliver()
    assert key(env)["Version"] == 1


def test_a_refused_login_is_named_and_keeps_the_secret_id(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("none")

    with pytest.raises(LabError, match="log in by AppRole; Vault answered InvalidRequest"):
        key(env | {"VAULT_ROLE_ID_FILE": str(tmp_path / "other")})
    assert json.loads(kept(env, "login").read_text())["secret_id"]


def test_a_missing_file_is_named(env: dict[str, str]) -> None:
    gone = env | {"VAULT_ROLE_ID_FILE": "/nowhere/role-id"}

    with pytest.raises(
        LabError, match=r"/nowhere/role-id, which VAULT_ROLE_ID_FILE names: No such"
    ):
        key(gone)


def test_a_missing_wrapping_token_is_named(env: dict[str, str]) -> None:
    del env["VAULT_WRAPPED_SECRET_ID_FILE"]

    with pytest.raises(LabError, match="VAULT_WRAPPED_SECRET_ID_FILE is not set"):
        key(env)


def test_an_absent_vault_is_named_and_spends_nothing(env: dict[str, str]) -> None:
    away = env | {"VAULT_ADDR": f"http://127.0.0.1:{free_port()}"}

    with pytest.raises(LabError, match=r"unwrap the secret-id: Vault does not answer"):
        key(away)
    assert key(env)["Version"] == 1


def test_the_command_takes_the_path_of_the_auth_method(env: dict[str, str]) -> None:
    with pytest.raises(LabError, match="log in by AppRole"):
        credentials("my-ec2-role", "aws", env, time.time, approle_mount="elsewhere")
