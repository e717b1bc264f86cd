"""`labkit credentials ROLE`: a `credential_process` of AWS profiles that reads from Vault.

The environment names Vault: VAULT_ADDR and, if there is one, VAULT_NAMESPACE; and who the command
is: VAULT_TOKEN, or the files of an AppRole (`labkit.commands.login`). A cache in the user's private
folder keeps the key until a third of its lease remains, so that many commands make one IAM user. A
key that an administrator revoked stays in the cache until then.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from labkit.commands.login import AppRole, Token, Vault, identity, required
from labkit.commands.private_files import PrivateFiles, file_name, private_files
from labkit.errors import LabError


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


def credentials(
    role: str,
    mount: str,
    env: Mapping[str, str],
    clock: Callable[[], float],
    *,
    approle_mount: str = "approle",
) -> str:
    """Return a key of a Vault role, from the cache while it is fresh, as JSON for AWS SDKs.

    If Vault does not issue, the cached key is returned until its lease ends.

    Raises:
        LabError: the environment names no Vault, the cache is broken, or Vault did not issue and
            no cached key is valid.
    """
    vault = Vault(required(env, "VAULT_ADDR"), env.get("VAULT_NAMESPACE", ""))
    who = identity(env, approle_mount)
    name = file_name("credentials", vault.url, vault.namespace, mount, role, who.name)
    with private_files(env) as files, files.locked(name):
        cached = files.load(name, _read)
        if cached and cached.is_fresh(clock()):
            return cached.as_process_output()
        try:
            key = _issue(vault, who, files, f"{mount}/creds/{role}", clock())
        except LabError as error:
            return _still_valid(cached, clock(), error).as_process_output()
        files.store(name, asdict(key))
        return key.as_process_output()


def _read(content: Any) -> Key:  # noqa: ANN401 - what the file holds
    found = Key(**content)
    found.as_process_output()
    found.is_fresh(0.0)
    return found


def _issue(vault: Vault, who: Token | AppRole, files: PrivateFiles, path: str, now: float) -> Key:
    """Read a key; if Vault refuses the token of an AppRole, log in once more."""
    from hvac.exceptions import Forbidden

    if isinstance(who, Token):
        return _key(_ask(vault, who.token, path), path, now, who.expires)
    token = who.log_in(vault, files, now)
    try:
        answer = _ask(vault, token.token, path)
    except LabError as error:
        if not isinstance(error.__cause__, Forbidden):
            raise
        token = who.log_in(vault, files, now, anew=True)
        answer = _ask(vault, token.token, path)
    return _key(answer, path, now, token.expires)


def _ask(vault: Vault, token: str, path: str) -> Any:  # noqa: ANN401 - Vault's own answer
    return vault.ask(f"read {path}", lambda: vault.client(token).read(path))


def _key(answer: Any, path: str, issued: float, token_expires: float) -> Key:  # noqa: ANN401 - Vault's own answer
    if not answer:
        raise LabError(f"Tried to read {path}: Vault has nothing there. Is the engine mounted?")
    data = answer["data"]
    if data["security_token"]:
        raise LabError(
            f"Tried to read {path}: its key has a session token, and this command serves roles "
            "of the type iam_user only. Use another role."
        )
    expires = min(issued + answer["lease_duration"], token_expires)
    return Key(data["access_key"], data["secret_key"], issued, expires)


def _still_valid(cached: Key | None, now: float, error: LabError) -> Key:
    if cached is None:
        raise error
    if cached.expires <= now:
        raise LabError(f"The lease of the cached key has expired. {error}") from error
    return cached
