"""Revoke all leases below a prefix, and measure how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.evidence.collect.inventory import leases_in_vault
from labkit.experiments.storm.results import Revocation
from labkit.vault.client import again, asking_to

if TYPE_CHECKING:
    import hvac

LONGEST_ANSWER = 90.0  # seconds: Vault's own default for a request (default_max_request_duration)


def revoke_prefix(
    vault: hvac.Client,
    prefix: str,
    *,
    sync: bool = False,
    at_most: float = 45.0,
    clock: Callable[[], float] = time.time,
) -> Revocation:
    """Revoke all leases below a prefix (`sys/leases/revoke-prefix/<prefix>`).

    Args:
        vault: client whose token may list and revoke them.
        prefix: such as `aws/creds/my-ec2-role`.
        sync: Vault revokes one lease after the other and then answers; otherwise it answers at
            once and revokes many at a time.
        at_most: seconds to wait until no lease is left; `Revocation.wait` goes on.
        clock: epoch seconds UTC.

    Raises:
        LabError: Vault refused, or there is no lease below the prefix.
    """
    patient = again(vault, LONGEST_ANSWER)

    def count() -> int:
        return len(leases_in_vault(patient, f"{prefix.rstrip('/')}/"))

    if not (leases := count()):
        raise LabError(f"Tried to revoke the leases below {prefix}, but Vault lists none there.")
    asked = clock()
    with asking_to(f"revoke all leases below {prefix}"):
        patient.write_data(f"sys/leases/revoke-prefix/{prefix}", data={"sync": sync})
    answered = clock() - asked
    begun = Revocation(prefix, sync, leases, asked, answered, None, leases, count)
    return begun.wait(at_most)
