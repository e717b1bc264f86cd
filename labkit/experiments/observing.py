"""Observe a lab's leases: watch, orphans, who can do what, revocation latency."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from labkit.display.progress import in_place
from labkit.display.tables import Grid
from labkit.errors import LabError
from labkit.flow.identities import keys_of
from labkit.parts.arguments import NUMBER, checked
from labkit.parts.leasing import Leasing
from labkit.servers.aws.api.entry import Entry
from labkit.vault.leases import Credentials, Lease

if TYPE_CHECKING:
    from labkit.evidence.analyse.latency import Latency
    from labkit.evidence.analyse.orphans import Orphan
    from labkit.evidence.collect.watch import Watch
    from labkit.evidence.model.samples import Sample
    from labkit.evidence.model.uses import Attempt


class Observing:
    """What is seen of the leases of a lab.

    Args:
        leasing: issues and revokes.
    """

    def __init__(self, leasing: Leasing) -> None:
        self._leasing = leasing
        self._watches: list[Watch] = []

    @checked(leases=(Lease, str, Sequence), seconds=NUMBER, every=NUMBER)
    def watch(
        self, leases: Lease | str | Sequence[Lease | str], *, seconds: float, every: float = 1.0
    ) -> Watch:
        """Look at leases in the background from now on, and show the latest looks in place.

        Args:
            leases: one or many; each a lease or its lease_id.
            seconds: for how long; the watch ends earlier once every lease has ended.
            every: seconds between two looks.

        Returns:
            The running watch: `wait()` returns its samples, `cost` says the calls it makes.
        """
        from labkit.evidence.collect.watch import Watch, make_sampler

        on = self._leasing.connection.running()
        operator = keys_of(on.access.identities.operator)
        look = make_sampler(on.endpoints, on.vault, operator, self._leasing.keys)

        def look_and_keep(lease: Lease) -> Sample:
            self._leasing.evidence.samples.append(sample := look(lease))
            return sample

        wanted = [leases] if isinstance(leases, Lease | str) else leases
        found = [self._leasing.find(lease) for lease in wanted]
        watch = Watch(found, look_and_keep, seconds=seconds, every=every, show=in_place())
        self._watches.append(watch)
        return watch.start()

    def stop(self) -> None:
        """End each watch. Idempotent."""
        for watch in self._watches:
            watch.stop()

    @checked(remove=bool)
    def orphans(self, *, remove: bool = False) -> list[Orphan]:
        """Compare the leases of all AWS engines with AWS's users and keys.

        Args:
            remove: show what was found, then remove each orphan that is surely this Vault's.

        Returns:
            What has no counterpart, each with its reason and what to do with it.

        Raises:
            AwsSideError: AWS did not answer, or refused to delete. The message says what is left;
                the next call goes on with it.
            LabError: Vault refused to revoke a lease.
        """
        from labkit.evidence.collect.inventory import find_twice

        on = self._leasing.connection.running()
        found = find_twice(on.root, on.aws(), self._leasing.gathering.gather)
        if remove:
            from labkit.evidence.analyse import orphans
            from labkit.evidence.collect.orphan_removal import remove_all

            in_place()(orphans.table(found))
            remove_all(found, on.root, on.aws())
        return found

    def who_can_do_what(self) -> list[Attempt]:
        """Let each identity try its kind of requests, and return what came of each."""
        from labkit.evidence.collect import permissions

        on = self._leasing.connection.running()
        names = on.access.names
        credentials, lease = self._leasing.issue(names.role_name, vault=on.application())
        tokens = {"application": on.application(), "admin": on.vault, "root": on.root}
        keys = {"dynamic": credentials, "vault-root": keys_of(on.access.identities.vault_root)}
        sessions = {f"{name} key": on.aws(own) for name, own in keys.items()}
        clients = {f"{name} token": client for name, client in tokens.items()}
        found = [
            *permissions.ask_vault(clients, on.root, names),
            *permissions.ask_aws(sessions, on.aws(), names),
        ]
        self._leasing.revoke(lease)
        self._leasing.evidence.attempts = found
        return found

    @checked(count=int)
    def revocation_latencies(self, count: int = 10) -> list[Latency]:
        """Measure the time from revocation to AWS's first refusal, per lease.

        Raises:
            LabError: `count` is below 1.
            WaitError: AWS did not know a key for ten seconds, or still accepted it ten seconds
                after the revocation.
        """
        from labkit.evidence.analyse.latency import latencies
        from labkit.evidence.collect.revocation_trial import revoke_and_try

        if count < 1:
            raise LabError(f"revocation_latencies: count must be 1 or more, but it is {count}.")
        on = self._leasing.connection.running()
        issued = [self._leasing.issue(on.access.names.role_name) for _ in range(count)]
        for credentials, lease in issued:
            revoke_and_try(partial(self._leasing.revoke, lease), on.aws(credentials))
        own = {lease.lease_id for _, lease in issued}
        lives = self._leasing.gathering.lifetimes()
        return latencies(life for life in lives if life.lease_id in own)

    @checked(entry=Entry)
    def explain(self, entry: Entry) -> Grid:
        """Return which statement of which policy decided on a call of the journal.

        Raises:
            AwsSideError: no policy was asked about this call.
        """
        from labkit.aws.explain import explain

        return explain(entry)

    @checked(credentials=Credentials, action=str, resource=str)
    def can(self, credentials: Credentials, action: str, resource: str = "*") -> Grid:
        """Return whether a key may do something now, with the statements that decide.

        Args:
            credentials: the key.
            action: such as "s3:GetObject".
            resource: an ARN.

        Raises:
            AwsSideError: AWS does not accept the key, or could not be reached.
        """
        from labkit.aws.explain import can

        return can(self._leasing.connection.running().aws_admin, credentials, action, resource)
