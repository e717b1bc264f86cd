"""Clients of Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from labkit.errors import LabError

if TYPE_CHECKING:
    import hvac

TIMEOUT_SECONDS = 30
ADVICE = {
    "Forbidden": "The token's policies do not allow it: `vault token lookup` shows them",
    "VaultDown": "Is it sealed? `vault status` tells, `vault operator unseal` opens it",
    "InvalidRequest": "Look at the names and values that were sent",
    "InvalidPath": "Look whether the path is mounted (`vault secrets list`, `vault auth list`)",
}
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


def refusal(tried: str, error: Any) -> LabError:  # noqa: ANN401 - hvac has no types
    """Return the error that tells what was tried, what Vault answered, and what to do next.

    Args:
        tried: what was asked, as in "Tried to ...".
        error: hvac's error.
    """
    kind = type(error).__name__
    texts = [str(text).strip() for text in error.errors or [error.text or "no reason given"]]
    advice = ADVICE.get(kind, "Look at the server's log, and whether AWS answers")
    return LabError(f"Tried to {tried}; Vault answered {kind}: {'; '.join(texts)}. {advice}.")
