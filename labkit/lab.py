"""The lab: running servers, and the evidence of what was done with leases on them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import leases, steps
from labkit.checks import Checks
from labkit.display import in_place
from labkit.errors import LabError
from labkit.evidence import access, orphans, samples
from labkit.evidence.access import Attempt
from labkit.evidence.audit import AuditLog
from labkit.evidence.evidence import Evidence
from labkit.evidence.gathering import Gatherer
from labkit.evidence.joins import Line
from labkit.evidence.latency import Latency, latencies
from labkit.evidence.looking import looker
from labkit.evidence.orphans import Orphan
from labkit.evidence.population import Population
from labkit.evidence.proof import Proof, prove
from labkit.evidence.revoking import revoke_and_try
from labkit.evidence.samples import Sample
from labkit.evidence.story import Story
from labkit.evidence.timeline import Lifetime
from labkit.identities import keys_of
from labkit.leases import Credentials, Lease
from labkit.runtimes.endpoints import Runtime
from labkit.servers import Servers
from labkit.waiting import wait_for
from labkit.watch import Watch

if TYPE_CHECKING:
    import hvac

    from labkit.cloud.journal import Entry

GRACE_SECONDS = 30.0  # Vault tries a failed revocation again after 10 to 20 s


class Lab(Servers):
    """A running lab; made by `Lab.start()`, ended by `stop()` or the end of a `with` block.

    Attributes:
        evidence: what the lab did with leases and every look it took at them.
    """

    def __init__(self, runtime: Runtime, reason: str) -> None:
        super().__init__(runtime, reason)
        self.evidence = Evidence()
        self._keys: dict[str, Credentials] = {}
        self._watches: list[Watch] = []

    def _open(self) -> None:
        super()._open()
        if self.runtime.shared:
            self._gatherer.skip()

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

        wait_for(happened, expected=remaining, at_most=remaining + GRACE_SECONDS, what=what)
        return seen[-1]

    @property
    def check(self) -> Checks:
        """The checks of the notebooks' exercises."""
        return Checks(self)

    @property
    def journal(self) -> list[Entry]:
        """Every AWS call so far, as the AWS side recorded it."""
        return self.cloud.journal()

    def gather(self) -> Evidence:
        """Bring the evidence up to date from AWS's journal and Vault's audit log and return it."""
        if not self._stopped:
            self.runtime.audit_log()  # where it is a copy, bring it up to date
            self._gatherer.gather(self.evidence)
        return self.evidence

    @cached_property
    def _gatherer(self) -> Gatherer:
        audit = AuditLog(self.runtime.audit_log() or Path(os.devnull))
        cloud = self.cloud if self.endpoints.aws_token else None
        return Gatherer(self.root, audit, cloud, is_live=bool(self.endpoints.audit_log))

    def lifetimes(self) -> list[Lifetime]:
        """Return when each lease and its IAM user lived, from all evidence so far."""
        return self.gather().lifetimes()

    def timeline(self) -> list[Line]:
        """Return all that was seen, in order, each line joined to its lease if it can be."""
        return self.gather().timeline()

    def story(self, lease: Lease | str | None = None) -> Story:
        """Return the story of one credential; without a lease, of the one issued last."""
        return self.gather().story(lease)

    def population(self) -> Population:
        """Return how many leases and IAM users there were at each time."""
        return self.gather().population()

    def save(self, path: Path | str) -> None:
        """Write all evidence as JSON lines, without secrets; `Evidence.load` reads them."""
        self.gather().save(path)

    def watch(self, leases: Sequence[Lease], *, seconds: float, every: float = 1.0) -> Watch:
        """Look at leases from now on, in the background, and show the latest looks in place.

        Args:
            leases: what to watch.
            seconds: for how long; it ends earlier once every lease has ended.
            every: seconds between two looks.

        Returns:
            The running watch: its `wait()` returns the samples, its `cost` says the calls it makes.
        """
        operator = keys_of(self.identities.operator)
        look = looker(self.endpoints, self.vault, operator, self._credentials)

        def kept(lease: Lease) -> Sample:
            self.evidence.samples.append(sample := look(lease))
            return sample

        watch = Watch(leases, kept, seconds=seconds, every=every, show=in_place())
        self._watches.append(watch)
        return watch.start()

    def stop(self) -> None:
        """End what is being watched, then stop everything the lab started. Twice is no error."""
        for watch in self._watches:
            watch.stop()
        super().stop()

    def orphans(self) -> list[Orphan]:
        """Compare Vault's leases with AWS's users and keys; return what has no counterpart."""
        evidence = self.gather()
        return orphans.find(
            orphans.leases_in_vault(self.root, f"{steps.MOUNT}/creds/"),
            orphans.keys_in_aws(self.aws()),
            evidence.lifetimes(),
            evidence.calls,
        )

    def who_can_do_what(self) -> list[Attempt]:
        """Let each identity try what is open to its kind, for real, and return what came of it."""
        credentials, lease = self.issue(vault=self.application())
        tokens = {"application": self.application(), "admin": self.vault, "root": self.root}
        keys = {"dynamic": credentials, "vault-root": keys_of(self.identities.vault_root)}
        sessions = {f"{name} key": self.aws(its) for name, its in keys.items()}
        clients = {f"{name} token": client for name, client in tokens.items()}
        found = [*access.ask_vault(clients, self.root), *access.ask_aws(sessions, self.aws())]
        self.revoke(lease)
        self.evidence.attempts = found
        return found

    def revocation_latencies(self, count: int = 10) -> list[Latency]:
        """Issue credentials and return how long each key outlives the call that revokes its lease.

        Raises:
            WaitError: AWS did not know a key for ten seconds, or still accepted it ten seconds
                after the revocation.
        """
        issued = [self.issue() for _ in range(count)]
        for credentials, lease in issued:
            revoke_and_try(partial(self.revoke, lease), self.aws(credentials))
        own = {lease.lease_id for _, lease in issued}
        return latencies(one for one in self.lifetimes() if one.lease_id in own)
