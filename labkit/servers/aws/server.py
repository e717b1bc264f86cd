"""The AWS side as a process: `LABKIT_AWS_TOKEN=... python -m labkit.servers.aws --port 5000`.

It needs only moto and the modules beside it, so that it also runs where the lab is not installed.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Sequence
from threading import Thread

TOKEN_VARIABLE = "LABKIT_AWS_TOKEN"  # noqa: S105 - a variable's name
BACKLOG = 128


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve AWS until the process is ended.

    Raises:
        SystemExit: there is no token, or the port cannot be had; one line says which.
    """
    options = _parser().parse_args(arguments)
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        sys.exit(f"labkit.servers.aws: set {TOKEN_VARIABLE} to the admin token of the AWS side")
    try:
        # Listening before the slow imports: a taken port shows at once, and early clients queue.
        listener = socket.create_server((options.host, options.port), backlog=BACKLOG)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # Python repeats the address here
        where = f"{options.host}:{options.port}"
        sys.exit(f"labkit.servers.aws: cannot listen on {where}: {reason}; choose another --port")
    with listener:
        serve(listener, token)


def serve(listener: socket.socket, token: str) -> None:
    """Serve AWS on a listening socket; nothing is answered before IAM is enforced."""
    from moto import settings

    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0  # moto's word for "enforce from the first request"

    from moto.core.authorization import ActionAuthenticatorMixin

    # Moto skips signature and policy for any request that carries one of these X-Amz-Target values.
    ActionAuthenticatorMixin.PUBLIC_OPERATIONS = []

    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    from labkit.servers.aws.app import App
    from labkit.servers.aws.control import Control
    from labkit.servers.aws.faults import Faults
    from labkit.servers.aws.identities import create_identities
    from labkit.servers.aws.journal import Journal
    from labkit.servers.aws.patches import PatchedMoto
    from labkit.servers.aws.pending_key_changes import PendingKeyChanges
    from labkit.servers.aws.principals import Principals
    from labkit.servers.aws.warmup import warm_up

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    pending = PendingKeyChanges()
    aws = PatchedMoto(DomainDispatcherApplication(create_backend_app), pending)
    identities = create_identities()
    app = App(aws, Control(identities, Journal(), Faults(), pending, token), Principals())
    host, port = listener.getsockname()[:2]
    server = make_server(
        host, port, app, threaded=True, request_handler=MotoRequestHandler, fd=listener.fileno()
    )
    Thread(target=warm_up, args=(aws, identities[0]), name="warm-up", daemon=True).start()
    server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labkit.servers.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, required=True, help="port to listen on")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


if __name__ == "__main__":
    main()
