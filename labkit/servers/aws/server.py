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
from dataclasses import replace
from threading import Thread

TOKEN_VARIABLE = "LABKIT_AWS_TOKEN"  # noqa: S105 - a variable's name
NAMES_VARIABLE = "LABKIT_AWS_NAMES"
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
        serve(listener, token, frozenset(name.lower() for name in options.name))


def serve(listener: socket.socket, token: str, hosts: frozenset[str] = frozenset()) -> None:
    """Serve AWS on a listening socket.

    Args:
        listener: the socket.
        token: the admin token.
        hosts: further names under which this server is known.
    """
    from moto import settings

    settings.DISABLE_GLOBAL_CORS = True

    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from labkit.servers.aws.journal.journal import Journal
    from labkit.servers.aws.listening import make_server
    from labkit.servers.aws.rooms import build
    from labkit.servers.aws.warmup import warm_up

    # Moto skips signature and policy for any request that carries one of these X-Amz-Target values.
    ActionAuthenticatorMixin.PUBLIC_OPERATIONS = []
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app, identities = build(DomainDispatcherApplication(create_backend_app), token, hosts)
    server = make_server(listener, app)
    quiet = replace(app, aws=replace(app.aws, journal=Journal()))  # the journal starts empty
    Thread(target=warm_up, args=(quiet, identities[0]), name="warm-up", daemon=True).start()
    server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labkit.servers.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, required=True, help="port to listen on")
    parser.add_argument(
        "--name", action="append", default=_names(), help="a further host name of this server"
    )
    return parser


def _names() -> list[str]:
    """Return the host names in the environment: a container is known by the name of its service."""
    return [name.strip() for name in os.environ.get(NAMES_VARIABLE, "aws").split(",")]


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


if __name__ == "__main__":
    main()
