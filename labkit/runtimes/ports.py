"""Loopback ports for the servers of a lab."""

import socket

from labkit.errors import StartError

HOST = "127.0.0.1"


def free_port(wanted: int | None = None) -> int:
    """Return a loopback port that nobody listens on.

    Args:
        wanted: the port to insist on; None takes any.

    Raises:
        StartError: the wanted port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as error:
            raise StartError(
                f"Port {wanted} on {HOST} is taken ({error.strerror}). "
                "Stop what listens there, or leave the port out to get a free one."
            ) from error
        return int(probe.getsockname()[1])
