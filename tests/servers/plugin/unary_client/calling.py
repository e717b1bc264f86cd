"""Call a server, and a server that never answers."""

from __future__ import annotations

from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from tests.servers.plugin.grpc_server import Connection


def call(client: UnaryClient, message: bytes = b"message", seconds: float = 10) -> bytes:
    return client.call("/pb.Storage/Get", message, seconds)


def never(connection: Connection, stream: int, message: bytes) -> None:
    """Leave the call without an answer."""
