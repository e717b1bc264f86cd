"""A mount's storage and system view in memory, for engine tests without a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from labkit.servers.plugin.fields import Fields


def as_fields(data: Mapping[str, Any]) -> Fields:
    """Return what a client sent as a request's fields; `dispatch` parses them by the path."""
    return cast("Fields", data)


@dataclass
class MemoryStorage:
    """A `Storage` whose entries a test may read and change directly."""

    entries: dict[str, bytes] = field(default_factory=dict)
    seal_wrapped: set[str] = field(default_factory=set)

    def get(self, key: str) -> bytes | None:
        return self.entries.get(key)

    def put(self, key: str, value: bytes, *, seal_wrap: bool = False) -> None:
        self.entries[key] = bytes(value)
        (self.seal_wrapped.add if seal_wrap else self.seal_wrapped.discard)(key)

    def delete(self, key: str) -> None:
        self.entries.pop(key, None)

    def list(self, prefix: str) -> list[str]:
        below = (key.removeprefix(prefix) for key in self.entries if key.startswith(prefix))
        return sorted({child + slash for child, slash, _ in (key.partition("/") for key in below)})


@dataclass(frozen=True)
class FixedSystemView:
    """A `SystemView` with the limit a test wants, in seconds; the default is the server's own."""

    max_ttl: int = 768 * 3600

    def max_lease_ttl(self) -> int:
        return self.max_ttl

    def server_version(self) -> str:
        return "0.0.0"
