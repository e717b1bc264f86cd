"""Stop and start Vault with leases in its storage, and measure how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.display.waiting import wait_until
from labkit.evidence.collect.inventory import leases_in_vault
from labkit.experiments.drills.servers import own
from labkit.runtimes.endpoints import Runtime

if TYPE_CHECKING:
    import hvac

AT_MOST = 60.0  # seconds


@dataclass(frozen=True)
class Restart:
    """A stop and a start of Vault with leases in its storage.

    Args:
        leases: how many there were.
        stopped: seconds until Vault had stopped.
        started: seconds from the start until Vault was unsealed and active.
        restored: seconds from the start until Vault had its leases back.
    """

    leases: int
    stopped: float
    started: float
    restored: float

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        return (
            f"{self.leases:,} leases: stopped in {self.stopped:.1f} s, active after "
            f"{self.started:.1f} s, leases restored after {self.restored:.1f} s"
        )


def restart(
    runtime: Runtime,
    vault: hvac.Client,
    prefix: str,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Restart:
    """Stop Vault, start it, and wait until a lease of its storage can be looked up again.

    Args:
        runtime: `lab.runtime`, of `Lab.start(persistent=True, runtime="embedded")`.
        vault: client whose token may list and look up leases.
        prefix: of the leases, such as `aws/creds`.
        clock: monotonic seconds.

    Raises:
        LabError: this Vault is not the lab's own, or it did not start.
        WaitError: the leases were not there after 60 s.
    """
    servers, below = own(runtime), f"{prefix.rstrip('/')}/"
    before = leases_in_vault(vault, below)
    start = clock()
    try:
        servers.stop_vault()
        stopped = clock() - start
    finally:
        start = clock()
        servers.start_vault()
    started = clock() - start
    what = f"{len(before):,} leases to be restored"
    wait_until(
        lambda: _are_there(vault, below, before), expected=5, at_most=AT_MOST, description=what
    )
    return Restart(len(before), stopped, started, clock() - start)


def _are_there(vault: hvac.Client, below: str, leases: list[str]) -> bool:
    """Whether Vault lists the leases, and tells of the last: it refuses while it restores them."""
    from hvac.exceptions import VaultError

    try:
        found = leases_in_vault(vault, below)
        return len(found) >= len(leases) and (
            not leases or bool(vault.sys.read_lease(leases[-1])["data"])
        )
    except VaultError:
        return False
