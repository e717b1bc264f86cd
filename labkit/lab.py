"""The lab: what a notebook holds in its hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from labkit.display.progress import in_place
from labkit.evidence.analyse import orphans
from labkit.evidence.analyse.joins import Line
from labkit.evidence.analyse.latency import Latency, latencies
from labkit.evidence.analyse.orphans import Orphan
from labkit.evidence.analyse.population import Population
from labkit.evidence.analyse.story import Story
from labkit.evidence.analyse.timeline import Lifetime
from labkit.evidence.collect import access
from labkit.evidence.collect.orphans import find_twice
from labkit.evidence.collect.orphans import remove as remove_orphan
from labkit.evidence.collect.revoking import revoke_and_try
from labkit.evidence.collect.sampling import make_sampler
from labkit.evidence.collect.watch import Watch
from labkit.evidence.model.attempts import Attempt
from labkit.evidence.model.samples import Sample
from labkit.flow.identities import keys_of
from labkit.leasing import Leasing
from labkit.notebook.checks import Checks
from labkit.runtimes.endpoints import Runtime
from labkit.vault.leases import Lease


class Lab(Leasing):
    """A running lab; made by `Lab.start()`, ended by `stop()` or the end of a `with` block."""

    def __init__(self, runtime: Runtime, reason: str) -> None:
        super().__init__(runtime, reason)
        self._watches: list[Watch] = []

    @property
    def check(self) -> Checks:
        """The checks of the notebooks' exercises."""
        return Checks(self)

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
        look = make_sampler(self.endpoints, self.vault, operator, self._credentials)

        def kept(lease: Lease) -> Sample:
            self.evidence.samples.append(sample := look(lease))
            return sample

        watch = Watch(leases, kept, seconds=seconds, every=every, show=in_place())
        self._watches.append(watch)
        return watch.start()

    def stop(self) -> None:
        """End each watch, then stop the servers or remove what the lab created. Idempotent."""
        for watch in self._watches:
            watch.stop()
        super().stop()

    def orphans(self, *, remove: bool = False) -> list[Orphan]:
        """Compare the leases of all AWS engines with AWS's users and keys.

        Args:
            remove: show what was found, then remove each orphan that is surely this Vault's.

        Returns:
            What has no counterpart, each with its reason and what to do with it.
        """
        found = find_twice(self.root, self.aws(), self.gather)
        if remove:
            in_place()(orphans.table(found))
            for orphan in found:
                remove_orphan(orphan, self.root, self.aws())
        return found

    def who_can_do_what(self) -> list[Attempt]:
        """Let each identity try what is open to its kind, for real, and return what came of it."""
        credentials, lease = self.issue(vault=self.application())
        tokens = {"application": self.application(), "admin": self.vault, "root": self.root}
        keys = {"dynamic": credentials, "vault-root": keys_of(self.identities.vault_root)}
        sessions = {f"{name} key": self.aws(its) for name, its in keys.items()}
        clients = {f"{name} token": client for name, client in tokens.items()}
        found = [
            *access.ask_vault(clients, self.root, self.names),
            *access.ask_aws(sessions, self.aws(), self.names),
        ]
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
