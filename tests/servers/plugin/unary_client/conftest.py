"""A client, and a server that answers as told, in plain text and with TLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from labkit.servers.plugin.wire.tls import dialing_context, listening_context, new_identity
from tests.servers.plugin.grpc_server import GrpcServer, serving


@pytest.fixture(params=["plain text", "TLS"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GrpcServer]:
    ours, its = new_identity(datetime.now(UTC)), new_identity(datetime.now(UTC))
    context = listening_context(its, ours.certificate.decode(), tmp_path)
    request.node.stash[TLS] = dialing_context(ours, its.certificate.decode(), tmp_path)
    with serving(tmp_path / "server", context if request.param == "TLS" else None) as server:
        yield server


TLS = pytest.StashKey[object]()


@pytest.fixture
def client(request: pytest.FixtureRequest, server: GrpcServer) -> Iterator[UnaryClient]:
    context = request.node.stash[TLS] if server.tls else None
    client = UnaryClient(server.path, context, 5)
    yield client
    client.close()
