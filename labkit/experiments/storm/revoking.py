"""Revoke all leases below a prefix, and measure how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from labkit.display.waiting import wait_until
from labkit.errors import LabError, WaitError
from labkit.evidence.collect.inventory import leases_in_vault
from labkit.vault.client import again, asking_to

if TYPE_CHECKING:
    import hvac

LONGEST_ANSWER = 90.0  # seconds: Vault's own default for a request (default_max_request_duration)


@dataclass(frozen=True)
class Revocation:
    """A revocation of all leases below a prefix.

    Args:
        prefix: such as `aws/creds`.
        sync: whether Vault was to answer only when all leases are revoked.
        leases: how many there were.
        asked: epoch seconds UTC.
        answered: seconds until Vault answered.
        ended: seconds until it was seen that no lease was left; None if some are left.
        left: how many leases are left.
    """

    prefix: str
    sync: bool
    leases: int
    asked: float
    answered: float
    ended: float | None
    left: int
    count: Callable[[], int] = field(repr=False, compare=False)

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        state = f"{self.left:,} left" if self.ended is None else f"all gone in {self.ended:.1f} s"
        return (
            f"{self.leases:,} leases below {self.prefix}, sync={self.sync}: "
            f"Vault answered in {self.answered:.1f} s; {state}"
        )

    def wait(self, at_most: float = 45.0, *, clock: Callable[[], float] = time.time) -> Revocation:
        """Wait until no lease is left, but no longer than some seconds, and return the result.

        Args:
            at_most: seconds; what is left then, the result says.
            clock: epoch seconds UTC.
        """
        left = [self.left]

        def is_over() -> bool:
            left[0] = self.count()
            return left[0] == 0

        try:
            what = f"{self.leases:,} leases to end"
            wait_until(is_over, expected=at_most, at_most=at_most, description=what)
        except WaitError:
            return replace(self, left=left[0])
        return replace(self, ended=self.ended or clock() - self.asked, left=0)


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
