"""Issue, renew, revoke and look at leases; all of it is evidence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from labkit.aws.probes import user_of_key
from labkit.display.waiting import wait_until
from labkit.errors import LabError
from labkit.parts.arguments import NUMBER, checked
from labkit.vault import leases
from labkit.vault.leases import Credentials, Lease

if TYPE_CHECKING:
    import hvac

    from labkit.evidence.analyse.proof import Proof
    from labkit.evidence.model.lease_events import EventKind
    from labkit.evidence.model.samples import Sample
    from labkit.parts.connection import Connection
    from labkit.parts.gathering import Gathering

LEASE = (Lease, str)
GRACE_SECONDS = 30.0  # Vault retries a failed revocation after 10 to 20 s


class Leasing:
    """The leases that a lab issued.

    Args:
        connection: the servers.
        gathering: keeps the evidence.
    """

    def __init__(self, connection: Connection, gathering: Gathering) -> None:
        self.connection = connection
        self.gathering = gathering
        self.evidence = gathering.evidence
        self._keys: dict[str, Credentials] = {}
        self._leases: dict[str, Lease] = {}

    @checked(role_name=(str, type(None)))
    def issue(
        self, role_name: str | None = None, *, vault: hvac.Client | None = None
    ) -> tuple[Credentials, Lease]:
        """Read `aws/creds/<role_name>`, and ask AWS which IAM user owns the new key.

        Args:
            role_name: the Vault role; None is the lab's own, `my-ec2-role`.
            vault: the client that reads; None is the administrator's.

        Raises:
            LabError: Vault did not issue.
        """
        on = self.connection.running()
        mount = on.access.names.mount
        role_name = role_name or on.access.names.role_name
        asked = time.time()
        credentials, lease = leases.issue(vault or on.vault, role_name, mount=mount)
        user_name = user_of_key(on.aws(), credentials.access_key)
        ceiling = self.gathering.collector.max_ttl(on.vault, mount)
        lease = replace(lease, user_name=user_name or "", max_ttl=ceiling)
        self._keys[lease.lease_id] = credentials
        self._keep("issue", asked, lease)
        return credentials, lease

    @checked(lease=LEASE, increment=(int, type(None)))
    def renew(self, lease: Lease | str, increment: int | None = None) -> Lease:
        """Renew a lease (or its lease_id) by `increment` seconds from now; return it anew."""
        vault, asked = self.connection.running().vault, time.time()
        renewed = leases.renew(vault, self.find(lease), increment)
        self._keep("renew", asked, renewed)
        return renewed

    @checked(lease=LEASE)
    def revoke(self, lease: Lease | str) -> None:
        """Revoke a lease (or its lease_id); when this returns, Vault has deleted its IAM user."""
        found, asked = self.find(lease), time.time()
        leases.revoke(self.connection.vault, found)
        self._keep("revoke", asked, found)

    @checked(lease=LEASE)
    def look(self, lease: Lease | str) -> Sample:
        """Look at a lease from both sides, try its key, and keep the sample as evidence."""
        from labkit.evidence.collect import sampling

        found = self.find(lease)
        on = self.connection
        key = on.aws(self.keys(found))
        sample = sampling.take(on.vault, on.aws(), key, found)
        self.evidence.samples.append(sample)
        return sample

    @checked(moment=str, lease=LEASE)
    def proof(self, moment: str, lease: Lease | str) -> Proof:
        """Return a row of the proof table; raise ProofError if an observation is not right."""
        from labkit.evidence.analyse.proof import prove

        proof = prove(moment, self.look(lease))
        self.evidence.proofs.append(proof)
        return proof

    def _look_until(
        self, lease: Lease | str, over: Callable[[Sample], bool], what: str, before: float = 0.0
    ) -> Sample:
        found = self.find(lease)
        remaining = max(found.expire_time.timestamp() - before - time.time(), 0.0)
        seen: list[Sample] = []

        def happened() -> bool:
            seen.append(self.look(found))
            return over(seen[-1])

        wait_until(
            happened, expected=remaining, at_most=remaining + GRACE_SECONDS, description=what
        )
        return seen[-1]

    @checked(lease=LEASE)
    def wait_for_expiry(self, lease: Lease | str) -> Sample:
        """Wait, with a progress bar, until Vault ended the lease and AWS refuses its key.

        Returns:
            The first sample in which the lease, its user and its key were all gone.

        Raises:
            WaitError: that had not happened 30 s after the lease was due.
        """
        return self._look_until(lease, lambda sample: sample.ended, "lease to expire")

    @checked(lease=LEASE, ttl=NUMBER)
    def wait_for_ttl(self, lease: Lease | str, ttl: int) -> Sample:
        """Wait, with a progress bar, until no more than `ttl` seconds of a lease remain."""
        what = f"ttl to fall to {ttl} s"
        return self._look_until(lease, lambda sample: (sample.ttl or 0) <= ttl, what, before=ttl)

    def find(self, lease: Lease | str) -> Lease:
        """Return a lease by itself or by its lease_id.

        Raises:
            LabError: neither this lab nor Vault knows the lease_id.
        """
        if isinstance(lease, Lease):
            return lease
        vault = self.connection.running().vault
        known = self._leases.get(lease) or leases.look_up(vault, lease)
        if known is None:
            raise LabError(
                f"Vault has no lease {lease!r}, and this lab issued none of that lease_id. "
                f"`vault list sys/leases/lookup/{self.connection.access.names.mount}/creds/…` "
                "shows those that exist."
            )
        return known

    def keys(self, lease: Lease) -> Credentials:
        """Return the credentials of a lease; raise LabError if this lab did not issue it."""
        if lease.lease_id not in self._keys:
            raise LabError(
                f"This lab did not issue {lease.lease_id}, so it has no key to try. "
                "Issue credentials with lab.issue()."
            )
        return self._keys[lease.lease_id]

    def _keep(self, kind: EventKind, asked: float, lease: Lease) -> None:
        self._leases[lease.lease_id] = lease
        self.evidence.add(kind, asked, lease)
