"""An engine as its author writes it: paths, the secrets it issues, and its undo log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.servers.plugin.fields import Field
from labkit.servers.plugin.request import Operation, Request, Response, Secret

Handler = Callable[[Request], Response | None]


@dataclass(frozen=True)
class Path:
    r"""One API path of an engine.

    Args:
        pattern: regular expression for the whole path, in Go's syntax; named groups become fields.
        operations: the handler of each operation the path supports.
        fields: the parameters a client may send.
        exists: tells create from update for a POST; without it every POST is an update.
        help: one sentence for help and OpenAPI.
        description: a longer text for help.
        operation_ids: the OpenAPI operation ID of an operation; several, joined by `|`, if OpenAPI
            shows the pattern as several paths. An ID is made of the path if there is none.
    """

    pattern: str
    operations: Mapping[Operation, Handler]
    fields: Mapping[str, Field] = field(default_factory=dict)
    exists: Callable[[Request], bool] | None = None
    help: str = ""
    description: str = ""
    operation_ids: Mapping[Operation, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecretType:
    """How the leases of one kind of secret are renewed and revoked.

    `renew` returns the secret as it stands after the renewal; `revoke` raises to be asked again.
    """

    name: str
    renew: Callable[[Request], Secret]
    revoke: Callable[[Request], None]


@dataclass(frozen=True)
class Backend:
    """A whole secrets engine.

    Args:
        paths: its API paths; the first that matches answers.
        secrets: the kinds of secret it issues.
        rollback: for each kind of write-ahead entry, what undoes it; it raises to be tried again.
        rollback_min_age: seconds before an entry of the write-ahead log counts as abandoned.
        periodic: called about once a minute.
        initialize: called once when the mount is ready, with storage at hand.
        invalidate: called with the storage key that changed behind the engine's back.
        seal_wrapped: storage keys that the server wraps with its seal.
        local_storage: storage prefixes that are never replicated.
        help: what the engine is, for `?help=1`.
    """

    paths: Sequence[Path]
    secrets: Sequence[SecretType] = ()
    rollback: Mapping[str, Callable[[Request, Any], None]] = field(default_factory=dict)
    rollback_min_age: float = 600
    periodic: Callable[[Request], None] | None = None
    initialize: Callable[[Request], None] | None = None
    invalidate: Callable[[str], None] | None = None
    seal_wrapped: Sequence[str] = ()
    local_storage: Sequence[str] = ("wal/",)
    help: str = ""
