"""Look for orphans in running servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.evidence.analyse.orphans import Orphan, find
from labkit.evidence.collect.inventory import take_inventory

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession
    from labkit.evidence.evidence import Evidence

SETTLING_SECONDS = 2.0  # an issue or a revocation under way looks like an orphan for a moment
PAUSE_SECONDS = 0.25


def find_twice(
    vault: hvac.Client, operator: LabSession, gather: Callable[[], Evidence]
) -> list[Orphan]:
    """Return what has no counterpart at every look for two seconds; at once if nothing has none.

    Args:
        vault: client whose token may list mounts and leases.
        operator: boto3 session that may list users and keys.
        gather: brings the evidence up to date.
    """
    start = time.monotonic()
    found = _find(vault, operator, gather)
    while found and time.monotonic() - start < SETTLING_SECONDS:
        time.sleep(PAUSE_SECONDS)
        again = {(one.kind, one.name): one for one in _find(vault, operator, gather)}
        found = [again[one.kind, one.name] for one in found if (one.kind, one.name) in again]
    return found


def _find(vault: hvac.Client, operator: LabSession, gather: Callable[[], Evidence]) -> list[Orphan]:
    inventory = take_inventory(vault, operator)
    evidence = gather()
    lifetimes, calls = evidence.lifetimes(), evidence.aligned_calls
    return find(inventory.leases, inventory.keys, lifetimes, calls, evidence.requests)
