"""Clients of Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import hvac

TIMEOUT_SECONDS = 30
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def connect(url: str, token: str | None = None) -> hvac.Client:
    """Return an hvac client that sends this token, or none.

    A proxy that the shell names is not asked for a server on loopback.
    """
    import hvac
    import requests

    session = requests.Session()
    session.trust_env = urlsplit(url).hostname not in LOOPBACK
    client = hvac.Client(url=url, timeout=TIMEOUT_SECONDS, session=session)
    # Set afterwards: hvac would otherwise fall back to VAULT_TOKEN and ~/.vault-token.
    client.token = token
    return client
