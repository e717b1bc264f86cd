"""The plugin's services as a server calls them, with a server's storage at the other end."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.servers.plugin.backend import Backend
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.wire.backend_servicer import BackendServicer
from labkit.servers.plugin.wire.broker import Broker
from labkit.servers.plugin.wire.grpc.server import GrpcServer
from labkit.servers.plugin.wire.grpc.service import Unary
from labkit.servers.plugin.wire.lifetime import ProcessLifetime
from labkit.servers.plugin.wire.messages import Message, pb
from labkit.servers.plugin.wire.services import services
from labkit.servers.plugin.wire.tls import dialing_context, listening_context, new_identity

pytestmark = pytest.mark.integration


@contextmanager
def plugin(backend: Backend, folder: Path) -> Iterator[BackendServicer]:
    """Set an engine up with a server that offers its storage as number 7."""
    ours, its = new_identity(datetime.now(UTC)), new_identity(datetime.now(UTC))
    address = str(folder / "storage")
    tls = listening_context(its, ours.certificate.decode(), folder)
    broker = Broker(dialing_context(ours, its.certificate.decode(), folder))
    mount = BackendServicer(lambda: backend, broker)
    with ThreadPoolExecutor(2) as workers:
        server = GrpcServer(address, tls, {}, workers)
        workers.submit(broker.offer, pb.ConnInfo(service_id=7, network="unix", address=address))
        assert mount.setup(pb.SetupArgs(broker_id=7)).err == ""
        yield mount
        mount.close()
        server.close()


def call(mount: BackendServicer, method: str, argument: Message) -> bytes | None:
    broker = Broker(ssl.create_default_context())
    found = services(mount, broker, ProcessLifetime(0, 0))[f"/pb.Backend/{method}"]
    assert isinstance(found, Unary)
    message = argument.SerializeToString()
    return found.answer_at_once(message) or found.answer(message)


def test_the_engine_is_told_what_changed(tmp_path: Path) -> None:
    keys = list[str]()
    with plugin(Backend(paths=[], invalidate=keys.append), tmp_path) as mount:
        assert call(mount, "InvalidateKey", pb.InvalidateKeyArgs(key="role/test")) == b""

    assert keys == ["role/test"]


def test_an_operation_that_no_engine_has_is_answered_without_the_engine(tmp_path: Path) -> None:
    request = pb.HandleRequestArgs(request=pb.Request(operation="resolve-path", path="creds/test"))
    with plugin(Backend(paths=[]), tmp_path) as mount:
        reply = pb.HandleRequestReply.FromString(call(mount, "HandleRequest", request))

    assert (reply.err.err_type, reply.err.err_msg) == (5, "unsupported operation")


def test_a_request_without_a_setup_is_an_error(tmp_path: Path) -> None:
    request = pb.HandleRequestArgs(request=pb.Request(operation="read", path="creds/test"))
    with plugin(Backend(paths=[]), tmp_path) as mount:
        mount.cleanup(pb.Empty())
        reply = pb.HandleRequestReply.FromString(call(mount, "HandleRequest", request))

    assert "without a Setup" in reply.err.err_msg


def test_an_offer_that_does_not_come_is_an_error_that_says_what_to_do() -> None:
    broker = Broker(ssl.create_default_context())

    with pytest.raises(EngineError) as caught:
        broker.dial(1, seconds=0.05)

    assert str(caught.value) == (
        "no brokered connection 1 to the server within 0.05 s (TimeoutError): mount the engine "
        "again"
    )
