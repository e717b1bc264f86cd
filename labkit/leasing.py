"""The leases of a lab: issued, renewed, revoked, looked at and proved; all of it is evidence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from labkit.connection import Servers
from labkit.display.waiting import wait_until
from labkit.errors import LabError
from labkit.evidence.analyse.proof import Proof, prove
from labkit.evidence.collect import samples
from labkit.evidence.collect.audit import AuditLog
from labkit.evidence.collect.collection import Collector
from labkit.evidence.evidence import Evidence
from labkit.evidence.model.samples import Sample
from labkit.flow import steps
from labkit.listeners import LOOPBACK
from labkit.runtimes.endpoints import Runtime
from labkit.vault import leases
from labkit.vault.leases import Credentials, Lease

if TYPE_CHECKING:
    import hvac

    from labkit.servers.aws.api.entry import Entry

GRACE_SECONDS = 30.0  # Vault tries a failed revocation again after 10 to 20 s


class Leasing(Servers):
    """Servers whose leases are watched from both sides.

    Attributes:
        evidence: what was done with leases and every look that was taken at them.
    """

    def __init__(self, runtime: Runtime, reason: str) -> None:
        super().__init__(runtime, reason)
        self.evidence = Evidence()
        self._keys: dict[str, Credentials] = {}
        self._journal_start = 0

    def _open(self, names: str | None = None) -> None:
        super()._open(names)
        urls = (self.endpoints.vault_url, self.endpoints.aws_url)
        self.evidence.one_clock = all(urlsplit(url or "").hostname in LOOPBACK for url in urls)
        if self.runtime.shared:
            self._collector.skip()
            past = self.aws_admin.journal() if self.endpoints.aws_token else []
            self._journal_start = past[-1].seq if past else 0

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
        from labkit.aws.probes import user_of_key

        asked = time.time()
        credentials, lease = leases.issue(vault or self.vault, role_name, mount=self.names.mount)
        user_name = user_of_key(self.aws(), credentials.access_key)
        ceiling = self._collector.max_ttl(self.vault, self.names.mount)
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
            WaitError: that had not happened 30 s after the lease was due.
        """
        return self._look_until(lease, lambda sample: sample.ended, "lease to expire")

    def wait_for_ttl(self, lease: Lease, ttl: int) -> Sample:
        """Wait, with a progress bar, until no more than `ttl` seconds of a lease remain."""
        what = f"ttl to fall to {ttl} s"
        return self._look_until(lease, lambda sample: (sample.ttl or 0) <= ttl, what, before=ttl)

    def _look_until(
        self, lease: Lease, over: Callable[[Sample], bool], what: str, before: float = 0.0
    ) -> Sample:
        remaining = max(lease.expire_time.timestamp() - before - time.time(), 0.0)
        seen: list[Sample] = []

        def happened() -> bool:
            seen.append(self.look(lease))
            return over(seen[-1])

        wait_until(happened, expected=remaining, at_most=remaining + GRACE_SECONDS, what=what)
        return seen[-1]

    @property
    def journal(self) -> list[Entry]:
        """Every AWS call since the lab's start, as the AWS side recorded it."""
        return self.aws_admin.journal(after=self._journal_start)

    def gather(self) -> Evidence:
        """Bring the evidence up to date from AWS's journal and Vault's audit log and return it."""
        if not self._stopped:
            with suppress(LabError):  # a dead container has no log to copy; the last copy is read
                self.runtime.audit_log()  # where it is a copy, bring it up to date
            self._collector.gather(self.evidence)
        return self.evidence

    @cached_property
    def _collector(self) -> Collector:
        audit = AuditLog(
            self.runtime.audit_log() or Path(os.devnull), self._access.audited_namespace
        )
        admin = self.aws_admin if self.endpoints.aws_token else None
        return Collector(
            self._access.outside(), audit, admin, is_live=bool(self.endpoints.audit_log)
        )
