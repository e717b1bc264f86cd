"""Loopback ports for the servers of a lab."""

import errno
import socket

from labkit.errors import StartError

HOST = "127.0.0.1"
CONNECT_SECONDS = 5


def free_port(wanted: int | None = None) -> int:
    """Return a loopback port that nobody listens on.

    Args:
        wanted: the port to insist on; None takes any.

    Raises:
        StartError: the wanted port is taken or not permitted, or there is no loopback interface.
    """
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, wanted or 0))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise StartError(_reason(wanted, error)) from error


def require_loopback() -> None:
    """Connect to a port of this process's own; raise StartError if loopback does not work."""
    try:
        with socket.create_server((HOST, 0)) as server:
            socket.create_connection(server.getsockname(), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise StartError(_no_loopback(error)) from error


def _no_loopback(error: OSError) -> str:
    return (
        f"This machine cannot connect to itself on {HOST} ({error.strerror or error}); the lab's "
        "servers need IPv4 loopback. Bring it up with `ip link set lo up`."
    )


def _reason(wanted: int | None, error: OSError) -> str:
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return _no_loopback(error)
    if wanted is None:
        return f"Tried to get a free port on {HOST}: {error.strerror}. Close some programs first."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {wanted} on {HOST} is taken ({error.strerror}). "
            "Stop what listens there, or leave the port out to get a free one."
        )
    return f"Tried to listen on port {wanted} on {HOST}: {error.strerror}. Choose another port."
