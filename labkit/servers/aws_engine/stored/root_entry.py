"""The root config as it is stored: the identity and endpoints with which a mount calls AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from labkit.servers.aws_engine.credentials.usernames import DEFAULT_TEMPLATE
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.request import Storage

KEY = "config/root"
NANOSECONDS = 10**9
DURATIONS = ("identity_token_ttl", "rotation_window", "rotation_period")


@dataclass(frozen=True)
class RootConfig:
    """A mount's root config; the fields are those of the API path `config/root`.

    Durations are in seconds; the stored form has nanoseconds, as Vault's own.
    """

    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    region: str = ""
    iam_endpoint: str = ""
    sts_endpoint: str = ""
    sts_region: str = ""
    sts_fallback_endpoints: Sequence[str] | None = ()
    sts_fallback_regions: Sequence[str] | None = ()
    max_retries: int = -1
    username_template: str = DEFAULT_TEMPLATE
    role_arn: str = ""
    identity_token_audience: str = ""
    identity_token_ttl: int = 0
    rotation_schedule: str = ""
    rotation_window: int = 0
    rotation_period: int = 0
    disable_automated_rotation: bool = False
    rotation_policy: str = ""

    @classmethod
    def load(cls, storage: Storage) -> RootConfig | None:
        """Return the stored root config, None if there is none; unknown keys are left out."""
        stored = storage.get(KEY)
        if stored is None:
            return None
        entry = json.loads(stored)
        known = {each.name: entry[each.name] for each in fields(cls) if each.name in entry}
        seconds = {name: known[name] // NANOSECONDS for name in DURATIONS if name in known}
        return cls(**{**known, **seconds})

    def store(self, storage: Storage) -> None:
        """Store the root config, wrapped by the server's seal: it holds the secret key."""
        nanoseconds = {name: getattr(self, name) * NANOSECONDS for name in DURATIONS}
        entry = {**asdict(self), **nanoseconds}
        storage.put(KEY, json.dumps(entry).encode(), seal_wrap=True)

    def merged(self, given: Mapping[str, Any]) -> RootConfig:
        """Return this config with the given fields replaced.

        The username template is the exception: a write that omits or empties it resets it.

        Raises:
            UserError: if the fields do not fit each other, or need Vault Enterprise.
        """
        template = given.get("username_template") or DEFAULT_TEMPLATE
        config = replace(self, **{**given, "username_template": template})
        if len(config.sts_fallback_endpoints or ()) != len(config.sts_fallback_regions or ()):
            raise UserError("fallback endpoints and fallback regions must be the same length")
        _check_rotation_fields(given)
        config.refuse_enterprise()
        return config

    def refuse_enterprise(self) -> None:
        """Refuse workload identity and automated rotation, as Vault's community edition does.

        Raises:
            UserError: if there is an audience, or a schedule or period that is not disabled.
        """
        if self.identity_token_audience:
            if self.access_key:
                raise UserError("only one of 'access_key' or 'identity_token_audience' can be set")
            if not self.role_arn:
                raise UserError("missing required 'role_arn' when 'identity_token_audience' is set")
            raise UserError("plugin workload identity not supported in Vault community edition")
        if (self.rotation_schedule or self.rotation_period) and not self.disable_automated_rotation:
            raise UserError(
                "error registering rotation job: "
                "rotation manager capabilities not supported in Vault community edition"
            )

    def shown(self) -> dict[str, Any]:
        """Return what a client may read: everything but the secret key."""
        return {name: value for name, value in asdict(self).items() if name != "secret_key"}


def _check_rotation_fields(given: Mapping[str, Any]) -> None:
    """Check the rotation fields of one write against each other, as Vault's `sdk` does."""
    schedule = given.get("rotation_schedule")
    window, period = given.get("rotation_window"), given.get("rotation_period")
    if period and schedule:
        raise UserError(
            "mutually exclusive fields rotation_schedule and rotation_period were both specified; "
            "only one of them can be provided"
        )
    if period and window:
        raise UserError("rotation_window does not apply to period")
    if window and schedule is None:
        raise UserError("cannot use rotation_window without rotation_schedule")
