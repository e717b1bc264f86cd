"""Trying a key without pause while its lease is being revoked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from labkit.errors import WaitError
from labkit.evidence.samples import ALLOWED

AT_MOST = 10.0  # seconds that a revoked key may go on working
BETWEEN = 0.002  # seconds: the servers need the processor too


def revoke_and_try(revoke: Callable[[], None], key: Any) -> None:  # noqa: ANN401 - boto3's session
    """Revoke a lease, and use its key from before the call until AWS has refused it.

    When each use was made, and what came of it, AWS's journal has.

    Args:
        revoke: revokes the lease.
        key: boto3 session with the key of the lease.

    Raises:
        WaitError: AWS still accepted the key ten seconds after the revocation.
    """
    from labkit.cloud.probes import outcome

    ask = key.once("sts").get_caller_identity
    refused, tried = threading.Event(), threading.Event()

    def try_on() -> None:
        deadline = time.monotonic() + 3 * AT_MOST
        while not refused.is_set() and time.monotonic() < deadline:
            if outcome(ask) != ALLOWED:
                refused.set()
            tried.set()
            time.sleep(BETWEEN)

    trying = threading.Thread(target=try_on, daemon=True)
    trying.start()
    tried.wait(AT_MOST)
    revoke()
    came = refused.wait(AT_MOST)
    refused.set()
    trying.join()
    if not came:
        raise WaitError(
            f"AWS still accepted the key {AT_MOST:.0f} s after its lease was revoked. "
            "Look at lab.journal: did Vault delete the key?"
        )
