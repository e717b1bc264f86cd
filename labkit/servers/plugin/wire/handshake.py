"""What a server and its plugin agree on before the first call: the cookie and one line of text.

This file imports nothing heavy, so that a process with the wrong cookie ends at once: servers try
each plugin as a database first.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

COOKIE = ("VAULT_BACKEND_PLUGIN", "6669da05-b1c8-4f49-97d9-c8e5bed98e20")
APP_PROTOCOL = "5"


def objection(environ: Mapping[str, str]) -> str | None:
    """Say why this environment is not that of a server that starts a secrets engine, else None."""
    name, value = COOKIE
    if environ.get(name) != value:
        return (
            "This program is a secrets engine for a Vault-compatible server and is not meant to be "
            f"started by hand: {name} is not set as the server sets it. Register it in the "
            "server's plugin catalogue and mount it."
        )
    offered = environ.get("PLUGIN_PROTOCOL_VERSIONS", APP_PROTOCOL)
    if APP_PROTOCOL not in offered.split(","):
        return (
            f"The server offers plugin protocol {offered!r}, this engine speaks {APP_PROTOCOL}: "
            "use a newer Vault or OpenBao."
        )
    if not environ.get("PLUGIN_CLIENT_CERT"):
        return (
            "The server gave no PLUGIN_CLIENT_CERT, and this engine talks over mutual TLS only: "
            "use a Vault or OpenBao with AutoMTLS."
        )
    return None


def handshake_line(address: str, certificate: bytes, *, multiplexing_asked: bool = False) -> str:
    """Return the line that tells the server where and as whom the plugin listens.

    Args:
        address: path of the unix socket.
        certificate: the plugin's certificate as DER.
        multiplexing_asked: whether the server asked for broker multiplexing; the answer is no.
    """
    # Go decodes without padding; a padded text fails whenever the length is no multiple of three.
    encoded = base64.b64encode(certificate).decode().rstrip("=")
    fields = ["1", APP_PROTOCOL, "unix", address, "grpc", encoded]
    return "|".join([*fields, "false"] if multiplexing_asked else fields)
