"""How `labkit credentials` gets its Vault token: from the environment, or by AppRole.

The role-id stands in a file. The secret-id comes wrapped: a second file holds the single-use token
that unwraps it. The command unwraps once, and keeps the secret-id and the Vault token in the user's
private folder. It logs in again when half of the token's life is over, or Vault refuses the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.commands.private_files import PrivateFiles, file_name
from labkit.errors import LabError

if TYPE_CHECKING:
    import hvac

ROLE_ID_FILE, WRAPPED_FILE = "VAULT_ROLE_ID_FILE", "VAULT_WRAPPED_SECRET_ID_FILE"
NEVER = float("inf")


@dataclass(frozen=True)
class Vault:
    """The Vault that the environment names.

    Args:
        url: VAULT_ADDR.
        namespace: VAULT_NAMESPACE, empty for the root namespace.
    """

    url: str
    namespace: str

    def client(self, token: str | None = None) -> hvac.Client:
        """Return a client with this token, or with none."""
        from labkit.vault.client import connect

        return connect(self.url, token, self.namespace)

    def ask(self, tried: str, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - Vault's answer
        """Return what Vault answers.

        Raises:
            LabError: Vault returned an error, or does not answer.
        """
        import requests

        from labkit.vault.client import asking_to

        try:
            with asking_to(tried):
                return question()
        except requests.RequestException as error:
            raise LabError(
                f"Tried to {tried}: Vault does not answer at VAULT_ADDR ({self.url}). "
                "Look whether it runs: `vault status`."
            ) from error


@dataclass(frozen=True)
class Token:
    """A Vault token; times are seconds since the epoch.

    Args:
        token: the token.
        issued: when the command logged in.
        expires: when the token expires; the leases of its keys end with it.
        secret_id: logs in again; empty for a token of the environment.
    """

    token: str = field(repr=False)
    issued: float = 0.0
    expires: float = NEVER
    secret_id: str = field(repr=False, default="")

    def is_fresh(self, now: float) -> bool:
        """Whether more than half of the token's life remains."""
        return self.expires - now > (self.expires - self.issued) / 2

    @property
    def name(self) -> str:
        """What tells this identity from others."""
        return self.token


@dataclass(frozen=True)
class AppRole:
    """An AppRole whose secret-id comes wrapped.

    Args:
        mount: path of the auth method.
        role_id: the role-id.
        wrapped: the wrapping token.
        source: the file of the wrapping token, for messages.
    """

    mount: str
    role_id: str = field(repr=False)
    wrapped: str = field(repr=False)
    source: str = ""

    @property
    def name(self) -> str:
        """What tells this identity from others."""
        return "\0".join((self.mount, self.role_id, self.wrapped))

    def log_in(self, vault: Vault, files: PrivateFiles, now: float, *, anew: bool = False) -> Token:
        """Return the cached token while it is fresh, else that of a new login.

        Args:
            vault: where to log in.
            files: keep the token and the secret-id.
            now: seconds since the epoch.
            anew: log in although the cached token is fresh.

        Raises:
            LabError: Vault refused the login, or does not answer.
        """
        name = file_name("login", vault.url, vault.namespace, self.name)
        with files.locked(name):
            before = files.load(name, lambda found: Token(**found))
            if before and before.is_fresh(now) and not anew:
                return before
            secret_id = before.secret_id if before else self._unwrap(vault)
            if not before:  # the wrapping token is spent, whatever the login brings
                files.store(name, asdict(Token("", 0.0, 0.0, secret_id)))
            token = self._log_in(vault, secret_id, now)
            files.store(name, asdict(token))
            return token

    def _unwrap(self, vault: Vault) -> str:
        from hvac.exceptions import VaultError

        client = vault.client(self.wrapped)
        try:
            answer = vault.ask("unwrap the secret-id", client.sys.unwrap)
            return str(answer["data"]["secret_id"])
        except LabError as error:
            if not isinstance(error.__cause__, VaultError):
                raise
            raise LabError(
                f"{error} The wrapping token in {self.source} was used before, or has expired. Ask "
                "for a new one; if you did not use it, revoke the secret-id."
            ) from error

    def _log_in(self, vault: Vault, secret_id: str, now: float) -> Token:
        login = vault.client().auth.approle.login
        answer = vault.ask(
            "log in by AppRole",
            lambda: login(self.role_id, secret_id, use_token=False, mount_point=self.mount),
        )["auth"]
        return Token(answer["client_token"], now, now + answer["lease_duration"], secret_id)


def identity(env: Mapping[str, str], mount: str) -> Token | AppRole:
    """Return who the command is to Vault: the AppRole that the environment names, or its token.

    Args:
        env: VAULT_TOKEN, or VAULT_ROLE_ID_FILE and VAULT_WRAPPED_SECRET_ID_FILE.
        mount: path of the AppRole auth method.

    Raises:
        LabError: the environment names neither, or a file that cannot be read.
    """
    if ROLE_ID_FILE in env:
        wrapped = required(env, WRAPPED_FILE)
        role_id = _content(ROLE_ID_FILE, env[ROLE_ID_FILE])
        return AppRole(mount, role_id, _content(WRAPPED_FILE, wrapped), wrapped)
    return Token(required(env, "VAULT_TOKEN", f" (or {ROLE_ID_FILE} and {WRAPPED_FILE})"))


def required(env: Mapping[str, str], name: str, alternative: str = "") -> str:
    """Return a variable; raise LabError if it is not set."""
    if value := env.get(name):
        return value
    raise LabError(
        f"Tried to reach Vault: {name} is not set. Export {name}{alternative} and try again."
    )


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise LabError(
            f"Tried to read {path}, which {variable} names: {reason}. Write the file, readable "
            "for you only, and try again."
        ) from error
