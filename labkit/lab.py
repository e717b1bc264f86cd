"""The lab: running servers, and the evidence of what was done with leases on them."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import leases, samples, steps
from labkit.audit import AuditLog
from labkit.errors import LabError
from labkit.evidence import Evidence
from labkit.gathering import Gatherer
from labkit.leases import Credentials, Lease
from labkit.proof import Proof, prove
from labkit.runtimes.endpoints import Runtime
from labkit.samples import Sample
from labkit.servers import Servers
from labkit.timeline import Lifetime
from labkit.waiting import wait_for

if TYPE_CHECKING:
    import hvac

    from labkit.cloud.journal import Entry

GRACE_SECONDS = 20.0


class Lab(Servers):
    """A running lab; made by `Lab.start()`, ended by `stop()` or the end of a `with` block.

    Attributes:
        evidence: what the lab did with leases and every look it took at them.
    """

    def __init__(self, runtime: Runtime, reason: str) -> None:
        super().__init__(runtime, reason)
        self.evidence = Evidence()
        self._keys: dict[str, Credentials] = {}

    def issue(
        self, role_name: str = steps.ROLE_NAME, *, vault: hvac.Client | None = None
    ) -> tuple[Credentials, Lease]:
        """Read `aws/creds/<role_name>` and ask AWS which IAM user the new key belongs to.

        Args:
            role_name: the Vault role.
            vault: whose token reads; None is the administrator's.

        Raises:
            LabError: Vault did not issue.
        """
        from labkit.cloud.probes import user_of_key

        asked = time.time()
        credentials, lease = leases.issue(vault or self.vault, role_name)
        user_name = user_of_key(self.aws(), credentials.access_key)
        ceiling = self._gatherer.max_ttl(self.vault)
        lease = replace(lease, user_name=user_name or "", max_ttl=ceiling)
        self._keys[lease.lease_id] = credentials
        self.evidence.add("issue", asked, lease)
        return credentials, lease

    def renew(self, lease: Lease, increment: int | None = None) -> Lease:
        """Renew a lease by `increment` seconds from now and return it as it stands then."""
        asked = time.time()
        renewed = leases.renew(self.vault, lease, increment)
        self.evidence.add("renew", asked, renewed)
        return renewed

    def revoke(self, lease: Lease) -> None:
        """Revoke a lease; when this returns, Vault has deleted its IAM user."""
        asked = time.time()
        leases.revoke(self.vault, lease)
        self.evidence.add("revoke", asked, lease)

    def look(self, lease: Lease) -> Sample:
        """Take one look at a lease from both sides, its key included, and keep it as evidence."""
        key = self.aws(self._credentials(lease))
        sample = samples.take(self.vault, self.aws(), key, lease)
        self.evidence.samples.append(sample)
        return sample

    def _credentials(self, lease: Lease) -> Credentials:
        if lease.lease_id not in self._keys:
            raise LabError(
                f"This lab did not issue {lease.lease_id}, so it has no key to try. "
                "Issue credentials with lab.issue()."
            )
        return self._keys[lease.lease_id]

    def proof(self, moment: str, lease: Lease) -> Proof:
        """Return a row of the proof table; raise ProofError if a cell is not as it must be."""
        proof = prove(moment, self.look(lease))
        self.evidence.proofs.append(proof)
        return proof

    def wait_for_expiry(self, lease: Lease) -> Sample:
        """Wait, with a progress bar, until Vault ended the lease and AWS refuses its key.

        Returns:
            The first look at which the lease, its user and its key were all gone.

        Raises:
            WaitError: that had not happened 20 s after the lease was due.
        """
        remaining = max(lease.expire_time.timestamp() - time.time(), 0.0)
        seen: list[Sample] = []

        def gone() -> bool:
            seen.append(self.look(lease))
            return seen[-1].ended

        wait_for(
            gone, expected=remaining, at_most=remaining + GRACE_SECONDS, what="lease to expire"
        )
        return seen[-1]

    def wait_for_ttl(self, lease: Lease, ttl: int) -> Sample:
        """Wait, with a progress bar, until no more than `ttl` seconds of a lease remain."""
        remaining = lease.expire_time.timestamp() - time.time() - ttl
        seen: list[Sample] = []

        def low() -> bool:
            seen.append(self.look(lease))
            return (seen[-1].ttl or 0) <= ttl

        what = f"ttl to fall to {ttl} s"
        wait_for(low, expected=remaining, at_most=remaining + GRACE_SECONDS, what=what)
        return seen[-1]

    @property
    def journal(self) -> list[Entry]:
        """Every AWS call so far, as the AWS side recorded it."""
        return self.cloud.journal()

    def gather(self) -> Evidence:
        """Bring the evidence up to date from AWS's journal and Vault's audit log and return it."""
        if not self._stopped:
            self._gatherer.gather(self.evidence)
        return self.evidence

    @cached_property
    def _gatherer(self) -> Gatherer:
        audit = AuditLog(Path(self.endpoints.audit_log or os.devnull))
        return Gatherer(self.root, audit, self.cloud if self.endpoints.aws_token else None)

    def lifetimes(self) -> list[Lifetime]:
        """Return when each lease and its IAM user lived, from all evidence so far."""
        return self.gather().lifetimes()
