"""What a server asks of an engine and what the engine answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol, cast

from labkit.servers.plugin.fields import Fields

EPOCH = datetime.fromtimestamp(0, UTC)


class Operation(StrEnum):
    """The operations of a Vault request (`sdk/logical`)."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    LIST = "list"
    HELP = "help"
    RENEW = "renew"
    REVOKE = "revoke"
    ROLLBACK = "rollback"


class Storage(Protocol):
    """The mount's own encrypted storage, which the server keeps."""

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None if there is none."""
        ...

    def put(self, key: str, value: bytes, *, seal_wrap: bool = False) -> None:
        """Store a value under a key."""
        ...

    def delete(self, key: str) -> None:
        """Remove a key; removing an absent one is no error."""
        ...

    def list(self, prefix: str) -> list[str]:
        """Return the sorted children of a prefix that ends in a slash; folders end in one too."""
        ...


class SystemView(Protocol):
    """What the server tells a mount about itself."""

    def max_lease_ttl(self) -> int:
        """Return the longest lease the mount may grant, in seconds."""
        ...

    def server_version(self) -> str:
        """Return the server's version, for instance `2.7.2`."""
        ...


@dataclass(frozen=True)
class Secret:
    """The part of an answer that the server turns into a lease, and hands back on renew and revoke.

    Args:
        type: name of the `SecretType` that renews and revokes it.
        internal: JSON-able data for the engine; never shown to a client.
        ttl: seconds granted; 0 leaves it to the mount.
        max_ttl: ceiling in seconds from issue; 0 leaves it to the mount.
        renewable: whether the lease may be renewed.
        increment: seconds a renewal asks for (renew only).
        issue_time: UTC time at which the lease was issued (renew and revoke only).
        lease_id: set by the server on revoke.
    """

    type: str
    internal: Mapping[str, Any] = field(default_factory=dict, repr=False)
    ttl: int = 0
    max_ttl: int = 0
    renewable: bool = True
    increment: int = 0
    issue_time: datetime = EPOCH
    lease_id: str = ""


@dataclass(frozen=True)
class Request:
    """One request of the server, with its fields parsed and its mount's storage at hand.

    Args:
        operation: what to do.
        path: the path below the mount, without a leading slash.
        storage: the mount's storage.
        system: the server's view of the mount.
        fields: the declared fields; see `labkit.servers.plugin.fields.Fields`.
        display_name: who asks, as the auth method names it; empty for the server itself.
        secret: the lease at hand (renew and revoke only).
    """

    operation: str
    path: str
    storage: Storage
    system: SystemView
    fields: Fields = field(default_factory=lambda: cast("Fields", {}), repr=False)
    display_name: str = ""
    secret: Secret | None = None


@dataclass(frozen=True)
class Response:
    """An engine's answer; a handler that returns None answers 404 to a read and 204 to a write."""

    data: Mapping[str, Any] | None = field(default=None, repr=False)
    secret: Secret | None = None
    warnings: tuple[str, ...] = ()
