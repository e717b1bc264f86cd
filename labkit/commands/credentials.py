"""`labkit credentials ROLE`: a `credential_process` of AWS profiles that reads from Vault.

The environment names Vault: VAULT_ADDR, VAULT_TOKEN and, if there is one, VAULT_NAMESPACE. A cache
in the user's private folder keeps the key until a third of its lease remains, so that many
commands make one IAM user. A key that an administrator revoked stays in the cache until then.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labkit.errors import LabError, WaitError
from labkit.machine.polling import happens_within
from labkit.runtimes import private_folder
from labkit.vault.client import connect, refusal

LOCK_SECONDS = 60.0
FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Key:
    """A key as the cache keeps it; times are seconds since the epoch.

    Args:
        access_key: the access key id.
        secret_key: the secret access key.
        issued: when Vault issued the lease.
        expires: when the lease ends.
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    issued: float
    expires: float

    def is_fresh(self, now: float) -> bool:
        """Whether more than a third of the lease remains."""
        return self.expires - now > (self.expires - self.issued) / 3

    def as_process_output(self) -> str:
        """Return the JSON that AWS SDKs read from a `credential_process`."""
        expiration = datetime.fromtimestamp(self.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return json.dumps(
            {
                "Version": 1,
                "AccessKeyId": self.access_key,
                "SecretAccessKey": self.secret_key,
                "Expiration": expiration,
            }
        )


def credentials(role: str, mount: str, env: Mapping[str, str], clock: Callable[[], float]) -> str:
    """Return a key of a Vault role, from the cache while it is fresh, as JSON for AWS SDKs.

    If Vault does not issue, the cached key is returned until its lease ends.

    Raises:
        LabError: the environment names no Vault, the cache is broken, or Vault did not issue and
            no cached key is valid.
    """
    url, token = (_required(env, name) for name in ("VAULT_ADDR", "VAULT_TOKEN"))
    namespace = env.get("VAULT_NAMESPACE", "")
    name = _cache_name(url, namespace, mount, role, token)
    folder = private_folder.default_path(env)
    private_folder.create(folder)
    with private_folder.opened(folder) as descriptor, _locked(descriptor, f"{name}.lock"):
        cached = _load(descriptor, f"{name}.json", folder)
        if cached and cached.is_fresh(clock()):
            return cached.as_process_output()
        try:
            key = _issue(url, token, namespace, mount, role, clock)
        except LabError as error:
            return _still_valid(cached, clock(), error).as_process_output()
        _store(descriptor, f"{name}.json", key)
        return key.as_process_output()


def _required(env: Mapping[str, str], name: str) -> str:
    if value := env.get(name):
        return value
    raise LabError(f"Tried to reach Vault: {name} is not set. Export {name} and try again.")


def _cache_name(*parts: str) -> str:
    """Return a file name per Vault, role and token: another token gets a key of its own."""
    return "credentials-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@contextmanager
def _locked(folder: int, name: str) -> Iterator[None]:
    lock = os.open(name, os.O_RDWR | os.O_CREAT | FLAGS, 0o600, dir_fd=folder)
    try:
        if not happens_within(LOCK_SECONDS, lambda: _take(lock)):
            raise WaitError(
                f"Timed out after {LOCK_SECONDS:.0f} s: another `labkit credentials` holds the "
                "lock of this role's cache. End that process, or try again."
            )
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _load(folder: int, name: str, path: Path) -> Key | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | FLAGS, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read()
    try:
        found = Key(**json.loads(content))
        found.as_process_output()
        found.is_fresh(0.0)
    except (ValueError, TypeError, OverflowError) as error:
        raise LabError(
            f"Tried to read the cached key in {path / name}: it is broken. Remove that file, and "
            "the next command reads a new key from Vault."
        ) from error
    return found


def _store(folder: int, name: str, key: Key) -> None:
    """Replace the cache in one step, so that an interrupted command leaves the old one."""
    new = f"{name}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | FLAGS, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(key), file)
    os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)


def _issue(
    url: str, token: str, namespace: str, mount: str, role: str, clock: Callable[[], float]
) -> Key:
    import requests
    from hvac.exceptions import VaultError

    path, issued = f"{mount}/creds/{role}", clock()
    try:
        answer = connect(url, token, namespace).read(path)
    except VaultError as error:
        raise refusal(f"read {path}", error) from error
    except requests.RequestException as error:
        raise LabError(
            f"Tried to read {path}: Vault does not answer at VAULT_ADDR ({url}). "
            "Look whether it runs: `vault status`."
        ) from error
    return _key(answer, path, issued)


def _key(answer: Any, path: str, issued: float) -> Key:  # noqa: ANN401 - Vault's own answer
    if not answer:
        raise LabError(f"Tried to read {path}: Vault has nothing there. Is the engine mounted?")
    data = answer["data"]
    if data["security_token"]:
        raise LabError(
            f"Tried to read {path}: its key has a session token, and this command serves roles "
            "of the type iam_user only. Use another role."
        )
    return Key(data["access_key"], data["secret_key"], issued, issued + answer["lease_duration"])


def _still_valid(cached: Key | None, now: float, error: LabError) -> Key:
    if cached is None:
        raise error
    if cached.expires <= now:
        raise LabError(f"The lease of the cached key has expired. {error}") from error
    return cached
