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


@dataclass(frozen=True)
class RootConfig:
    """A mount's root config; the fields are those of the API path `config/root`."""

    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    region: str = ""
    iam_endpoint: str = ""
    sts_endpoint: str = ""
    sts_region: str = ""
    sts_fallback_endpoints: Sequence[str] | None = None
    sts_fallback_regions: Sequence[str] | None = None
    max_retries: int = -1
    username_template: str = DEFAULT_TEMPLATE

    @classmethod
    def load(cls, storage: Storage) -> RootConfig | None:
        """Return the stored root config, None if there is none."""
        stored = storage.get(KEY)
        if stored is None:
            return None
        known = {each.name for each in fields(cls)}  # another version may store more
        return cls(**{name: value for name, value in json.loads(stored).items() if name in known})

    def store(self, storage: Storage) -> None:
        """Store the root config, wrapped by the server's seal: it holds the secret key."""
        storage.put(KEY, json.dumps(asdict(self)).encode(), seal_wrap=True)

    def merged(self, given: Mapping[str, Any]) -> RootConfig:
        """Return this config with the given fields replaced.

        The username template is the exception: a write that omits or empties it resets it.

        Raises:
            UserError: if the two fallback lists differ in length.
        """
        template = given.get("username_template") or DEFAULT_TEMPLATE
        config = replace(self, **{**given, "username_template": template})
        if len(config.sts_fallback_endpoints or ()) != len(config.sts_fallback_regions or ()):
            raise UserError("fallback endpoints and fallback regions must be the same length")
        return config

    def shown(self) -> dict[str, Any]:
        """Return what a client may read: everything but the secret key."""
        return {name: value for name, value in asdict(self).items() if name != "secret_key"}
