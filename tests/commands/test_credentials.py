"""`labkit credentials` serves AWS profiles, makes one user, and says clearly what went wrong."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import botocore.exceptions
import botocore.session
import pytest

from labkit import Lab
from labkit.commands.credentials import credentials
from labkit.errors import LabError
from labkit.machine.ports import free_port

pytestmark = pytest.mark.integration

COMMANDS = 20


@pytest.fixture
def env(lab: Lab, tmp_path: Path) -> dict[str, str]:
    token = lab.root.auth.token.create(policies=["root"], ttl="10m")["auth"]["client_token"]
    tmp_path.chmod(0o700)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "VAULT_ADDR": lab.endpoints.vault_url,
        "VAULT_TOKEN": token,
    }


def run(env: Mapping[str, str], role: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "labkit", "credentials", role]
    return subprocess.run(
        command, env=dict(env), capture_output=True, text=True, check=False, timeout=120
    )


def assert_one_user_for_twenty_commands(lab: Lab, env: Mapping[str, str]) -> None:
    before = users(lab)
    with ThreadPoolExecutor(COMMANDS) as pool:
        done = list(pool.map(lambda _: run(env, "my-ec2-role"), range(COMMANDS)))

    assert [one.stderr for one in done] == [""] * COMMANDS
    assert len({one.stdout for one in done}) == 1
    assert len(users(lab) - before) == 1


def users(lab: Lab) -> set[str]:
    return {user["UserName"] for user in lab.aws().client("iam").list_users()["Users"]}


def cache(env: Mapping[str, str]) -> Path:
    (found,) = (Path(env["XDG_RUNTIME_DIR"]) / "labkit").glob("credentials-*.json")
    return found


def away(env: Mapping[str, str], fixed: Path) -> dict[str, str]:
    """Let the cache of this Vault be that of a Vault which does not answer."""
    gone = {**env, "VAULT_ADDR": f"http://127.0.0.1:{free_port(None)}"}
    with pytest.raises(LabError):
        credentials("my-ec2-role", "aws", gone, time.time)
    (lock,) = (path for path in fixed.parent.glob("*.lock") if path.stem != fixed.stem)
    fixed.rename(lock.with_suffix(".json"))
    return gone


def test_twenty_commands_at_once_make_one_user(lab: Lab, env: dict[str, str]) -> None:
    assert_one_user_for_twenty_commands(lab, env)


def test_only_the_user_can_read_what_the_command_leaves(env: dict[str, str]) -> None:
    credentials("my-ec2-role", "aws", env, time.time)

    left = list(cache(env).parent.iterdir())
    assert len(left) == 2
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in left}


def test_a_key_is_replaced_when_a_third_of_its_lease_remains(env: dict[str, str]) -> None:
    now = time.time()
    first = credentials("my-ec2-role", "aws", env, lambda: now)

    assert first == credentials("my-ec2-role", "aws", env, lambda: now + 3600 * 0.66)
    assert first != credentials("my-ec2-role", "aws", env, lambda: now + 3600 * 0.67)


def test_another_token_gets_a_key_of_its_own(lab: Lab, env: dict[str, str]) -> None:
    other = {**env, "VAULT_TOKEN": lab.endpoints.root_token}

    assert credentials("my-ec2-role", "aws", env, time.time) != credentials(
        "my-ec2-role", "aws", other, time.time
    )


def test_a_valid_key_outlives_an_absent_vault_and_an_expired_one_is_named(
    env: dict[str, str],
) -> None:
    first = credentials("my-ec2-role", "aws", env, time.time)
    gone, later = away(env, cache(env)), time.time()

    assert first == credentials("my-ec2-role", "aws", gone, lambda: later + 3000)
    with pytest.raises(LabError, match=r"cached key has expired\. .*does not answer.*vault status"):
        credentials("my-ec2-role", "aws", gone, lambda: later + 3601)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"access_key": "A"}', "\xff"])
def test_a_broken_cache_is_named_with_what_to_do(env: dict[str, str], content: str) -> None:
    credentials("my-ec2-role", "aws", env, time.time)
    cache(env).write_bytes(content.encode("latin-1"))

    with pytest.raises(LabError, match=r"credentials-.*is broken\. Remove that file"):
        credentials("my-ec2-role", "aws", env, time.time)


def profile(env: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = folder / "config"
    config.write_text(
        f"[default]\ncredential_process = {sys.executable} -P -m labkit credentials my-ec2-role\n"
    )
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**env, "AWS_CONFIG_FILE": str(config)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))


def test_a_profile_gives_the_sdk_the_key_in_the_cache(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(env, tmp_path, monkeypatch)
    found = botocore.session.Session().get_credentials()

    assert found is not None
    assert json.loads(cache(env).read_text())["access_key"] == found.access_key


def test_the_sdk_shows_the_message_of_the_command(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {**env, "VAULT_ADDR": f"http://127.0.0.1:{free_port(None)}"}
    profile(gone, tmp_path, monkeypatch)

    with pytest.raises(botocore.exceptions.CredentialRetrievalError, match="Vault does not answer"):
        botocore.session.Session().get_credentials()
