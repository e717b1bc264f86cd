"""The life of a plugin process whose environment is in order: listen, announce, serve, end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.servers.plugin.backend import Backend
from labkit.servers.plugin.wire.backend_servicer import BackendServicer
from labkit.servers.plugin.wire.broker import Broker
from labkit.servers.plugin.wire.grpc.server import GrpcServer
from labkit.servers.plugin.wire.handshake import handshake_line
from labkit.servers.plugin.wire.lifetime import ProcessLifetime
from labkit.servers.plugin.wire.log import log_to_server
from labkit.servers.plugin.wire.memory import protect_memory
from labkit.servers.plugin.wire.services import services
from labkit.servers.plugin.wire.tls import dialing_context, listening_context, new_identity

_WORKERS = 64


def run(
    factory: Callable[[], Backend], environ: Mapping[str, str], parent: int, patience: float
) -> None:
    """Serve an engine to the server that started this process; ends the process, never returns.

    Args:
        factory: makes the engine.
        environ: what the server set; see `labkit.servers.plugin.wire.handshake`.
        parent: process id of that server.
        patience: seconds to wait until it has set the engine up.
    """
    protect_memory()
    announce, sys.stdout = sys.stdout, sys.stderr  # stdout is the server's, for one line

    def say(line: str) -> None:
        print(line, file=announce, flush=True)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is meant for the server, which tells us
    log_to_server()
    within = environ.get("PLUGIN_UNIX_SOCKET_DIR") or None
    with TemporaryDirectory(prefix="plugin", dir=within) as folder:
        _serve(factory, environ, Path(folder), ProcessLifetime(parent, patience), say)
    os._exit(0)  # a handler that still waits for an upstream service must not hold the process


def _serve(
    factory: Callable[[], Backend],
    environ: Mapping[str, str],
    folder: Path,
    lifetime: ProcessLifetime,
    say: Callable[[str], None],
) -> None:
    identity, peer = new_identity(datetime.now(UTC)), environ["PLUGIN_CLIENT_CERT"]
    broker = Broker(dialing_context(identity, peer, folder))
    mount = BackendServicer(factory, broker)
    address, tls = str(folder / "socket"), listening_context(identity, peer, folder)
    workers = ThreadPoolExecutor(_WORKERS, "handler")
    server = GrpcServer(address, tls, services(mount, broker, lifetime), workers)
    signal.signal(signal.SIGTERM, lambda *_: lifetime.end())
    asked = "PLUGIN_MULTIPLEX_GRPC" in environ
    say(handshake_line(address, identity.der(), multiplexing_asked=asked))
    lifetime.wait()
    mount.close()
    server.close()
