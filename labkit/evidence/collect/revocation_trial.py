"""Try a key without pause while its lease is being revoked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED, outcome
from labkit.errors import WaitError
from labkit.machine.polling import happens_within, repeating

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession

AT_MOST = 10.0  # seconds that a new key may be unknown, and that a revoked one may go on working
BETWEEN = 0.002  # seconds: the servers need the processor too


def revoke_and_try(revoke: Callable[[], None], key: LabSession) -> None:
    """Revoke a lease, and use its key from before the call until AWS has refused it.

    It is revoked once AWS knows the key, which may be too new at first. AWS's journal records each
    use and its result.

    Args:
        revoke: revokes the lease.
        key: boto3 session with the key of the lease.

    Raises:
        WaitError: AWS did not know the key for ten seconds, and nothing was revoked; or it still
            accepted the key ten seconds after the revocation.
    """
    ask = partial(outcome, key.client_without_retries("sts").get_caller_identity)
    _wait_until_known(ask)
    refused, tried = threading.Event(), threading.Event()

    def use() -> None:
        if not refused.is_set() and ask() != ALLOWED:
            refused.set()
        tried.set()

    with repeating(use, every=BETWEEN):
        tried.wait(AT_MOST)
        revoke()
        refused.wait(AT_MOST)
    if not refused.is_set():
        raise WaitError(
            f"AWS still accepted the key {AT_MOST:.0f} s after its lease was revoked. "
            "Look at lab.journal: did Vault delete the key?"
        )


def _wait_until_known(ask: Callable[[], str]) -> None:
    answers: list[str] = []

    def is_known() -> bool:
        answers[:] = [ask()]
        return answers == [ALLOWED]

    if not happens_within(AT_MOST, is_known, every=BETWEEN):
        raise WaitError(
            f"AWS answered the key of the lease {answers[0]} for {AT_MOST:.0f} s, so nothing was "
            "revoked. Look at lab.journal: does the key exist, or is it only too new?"
        )
