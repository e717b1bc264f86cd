"""What the server offers a mount over its brokered connection: storage and a view of the system.

Handlers run in worker threads and call these as plain functions.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.wire.grpc.status import RpcError
from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from labkit.servers.plugin.wire.http2.frames import Http2Error
from labkit.servers.plugin.wire.messages import Message, pb
from labkit.servers.plugin.wire.translation import NANOSECONDS

CALL_SECONDS = 30.0
DOING = {
    "/pb.Storage/Get": "reading from the mount's storage",
    "/pb.Storage/Put": "writing to the mount's storage",
    "/pb.Storage/Delete": "deleting from the mount's storage",
    "/pb.Storage/List": "listing the mount's storage",
    "/pb.SystemView/MaxLeaseTTL": "asking the server for the mount's maximum lease TTL",
    "/pb.SystemView/PluginEnv": "asking the server for its version",
}
"""What each call does, as an error message names it."""


@dataclass(frozen=True)
class HostChannel:
    """The brokered connection; thread-safe."""

    client: UnaryClient
    seconds: float = CALL_SECONDS

    def call(self, method: str, argument: Message, reply_type: Message) -> Message:
        """Call a method of the server and wait for its reply.

        Raises:
            EngineError: the server refused, went away or took longer than `seconds`.
        """
        try:
            data = self.client.call(method, argument.SerializeToString(), self.seconds)
        except (RpcError, Http2Error, OSError) as error:
            raise EngineError(f"{DOING[method]} failed: {_reason(error)}") from error
        reply = reply_type.FromString(data)
        if getattr(reply, "err", ""):
            raise EngineError(f"{DOING[method]} failed: {reply.err}")
        return reply


def _reason(error: Exception) -> str:
    if isinstance(error, RpcError):
        return str(error)
    return f"{type(error).__name__}: the server did not answer"


@dataclass(frozen=True)
class HostStorage:
    """`labkit.servers.plugin.request.Storage` in the server."""

    host: HostChannel

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None if there is none."""
        argument = pb.StorageGetArgs(key=key)
        reply = self.host.call("/pb.Storage/Get", argument, pb.StorageGetReply)
        return bytes(reply.entry.value) if reply.HasField("entry") else None

    def put(self, key: str, value: bytes, *, seal_wrap: bool = False) -> None:
        """Store a value under a key."""
        entry = pb.StorageEntry(key=key, value=value, seal_wrap=seal_wrap)
        self.host.call("/pb.Storage/Put", pb.StoragePutArgs(entry=entry), pb.ErrorReply)

    def delete(self, key: str) -> None:
        """Remove a key; removing an absent one is no error."""
        self.host.call("/pb.Storage/Delete", pb.StorageDeleteArgs(key=key), pb.ErrorReply)

    def list(self, prefix: str) -> builtins.list[str]:
        """Return the sorted children of a prefix that ends in a slash; folders end in one too."""
        argument = pb.StorageListArgs(prefix=prefix)
        reply = self.host.call("/pb.Storage/List", argument, pb.StorageListReply)
        return list(reply.keys)


@dataclass(frozen=True)
class HostSystemView:
    """`labkit.servers.plugin.request.SystemView` in the server."""

    host: HostChannel

    def max_lease_ttl(self) -> int:
        """Return the longest lease the mount may grant, in seconds."""
        reply = self.host.call("/pb.SystemView/MaxLeaseTTL", pb.Empty(), pb.TTLReply)
        return int(reply.TTL) // NANOSECONDS

    def server_version(self) -> str:
        """Return the server's version, for instance `2.7.2`."""
        reply = self.host.call("/pb.SystemView/PluginEnv", pb.Empty(), pb.PluginEnvReply)
        return str(reply.env.vault_version) or "unknown"
