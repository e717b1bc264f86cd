"""Clients of Vault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from labkit.errors import LabError
from labkit.machine import listeners
from labkit.redact import learn, remember

if TYPE_CHECKING:
    import hvac
    import requests

TIMEOUT_SECONDS = 30
SERVER_FAULT = 500
ADVICE = {
    "Forbidden": "The token's policies do not allow it: `vault token lookup` shows them",
    "VaultDown": "Is it sealed? `vault status` tells, `vault operator unseal` opens it",
    "InvalidRequest": "Look at the names and values that were sent",
    "InvalidPath": "Look whether the path is mounted (`vault secrets list`, `vault auth list`)",
}


def connect(
    url: str, token: str | None = None, namespace: str = "", timeout: float = TIMEOUT_SECONDS
) -> hvac.Client:
    """Return an hvac client that sends this token, or none.

    On loopback the shell's proxy and client certificate are ignored, and nothing is sent to a
    process that has taken the port of a lab's server.

    Args:
        url: where Vault answers.
        token: the token to send; None sends none.
        namespace: path of the namespace for each request; empty is the root namespace.
        timeout: seconds to wait for each answer.
    """
    import hvac

    local = urlsplit(url).hostname in listeners.LOOPBACK
    session = listeners.session() if local else listeners.session_elsewhere()
    settings = {"cert": "", "verify": True} if local else {}
    settings |= {"namespace": namespace or None, "timeout": timeout}
    # An empty token at first: hvac would otherwise read VAULT_TOKEN and ~/.vault-token.
    client = hvac.Client(url=url, token="", session=session, **settings)
    client.token = token
    remember(token)
    session.hooks["response"] += [_explain, _learn]
    return client


def again(client: hvac.Client, timeout: float = TIMEOUT_SECONDS) -> hvac.Client:
    """Return another client of the same Vault with the same token, such as for a thread."""
    return connect(client.url, client.token, client.adapter.namespace or "", timeout)


def _explain(answer: requests.Response, **_: Any) -> None:  # noqa: ANN401 - requests' own settings
    """Raise LabError if Vault failed because its disk is full: Vault itself does not say so."""
    if answer.status_code >= SERVER_FAULT and (sentence := listeners.trouble(answer.url)):
        raise LabError(f"Vault answered {answer.status_code} ({answer.reason}). {sentence}.")


def _learn(answer: requests.Response, **_: Any) -> None:  # noqa: ANN401 - requests' own settings
    """Remember the secrets in an answer, so that they are hidden wherever they are shown."""
    if not answer.headers.get("Content-Type", "").startswith("application/json"):
        return
    with suppress(ValueError):
        learn(answer.json())


@contextmanager
def asking_to(tried: str) -> Iterator[None]:
    """Turn an error that Vault returns in the block into a LabError (`refusal`)."""
    from hvac.exceptions import VaultError

    try:
        yield
    except VaultError as error:
        raise refusal(tried, error) from error


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
