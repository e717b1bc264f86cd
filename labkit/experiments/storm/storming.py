"""Storms: many clients that ask Vault for credentials at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labkit.errors import LabError
from labkit.evidence.analyse.calls import users_of_keys
from labkit.experiments.storm.counting import counting, make_counter
from labkit.experiments.storm.issuing import read_at_once, revoke_each
from labkit.experiments.storm.results import Read, Storm
from labkit.machine.restoring import restoring
from labkit.parts.arguments import NUMBER, checked
from labkit.parts.connection import Connection
from labkit.parts.gathering import Gathering
from labkit.vault.leases import Lease

MOST_READS, MOST_CLIENTS = 20_000, 64


@dataclass
class Storming:
    """The storms of a lab.

    Args:
        gathering: keeps the evidence.
    """

    gathering: Gathering

    @checked(reads=int, clients=int, role_name=(str, type(None)), seconds=NUMBER)
    def storm(
        self,
        reads: int,
        *,
        clients: int = 8,
        role_name: str | None = None,
        seconds: float = 300.0,
    ) -> Storm:
        """Read credentials with many clients at once, as an application in a crash loop does.

        The keys are dropped, the leases stay; each is evidence. An interrupt stops the clients and
        revokes the leases of this storm.

        Args:
            reads: how many reads in all, refused ones too; at most 20,000.
            clients: how many ask at the same time; at most 64.
            role_name: the Vault role; None is the lab's own, `my-ec2-role`.
            seconds: after which no further read begins.

        Raises:
            LabError: a number is out of range, or others use these servers too.
        """
        on = self.gathering.connection.running()
        _check(on, reads, clients)
        names, token = on.access.names, on.vault.token
        prefix = f"{names.mount}/creds"
        apart = [on.access.client(token) for _ in range(clients)]
        done: list[Read] = []
        with counting(make_counter(on.root, on.aws(), prefix)) as counted:
            try:
                path = f"{prefix}/{role_name or names.role_name}"
                read_at_once(apart, path, reads, seconds=float(seconds), done=done)
            except BaseException:
                with restoring(lambda: revoke_each(apart, done)):
                    raise
        self._keep(done)
        return Storm(clients, tuple(done), counted())

    def _keep(self, done: list[Read]) -> None:
        """Record each lease as evidence, with the IAM user that AWS's journal names."""
        users = users_of_keys(self.gathering.journal())
        for read in done:
            if read.lease_id:
                lease = _lease(read, users.get(read.access_key, ""))
                self.gathering.evidence.add("issue", read.asked, lease)


def _check(on: Connection, reads: int, clients: int) -> None:
    if not (1 <= reads <= MOST_READS and 1 <= clients <= MOST_CLIENTS):
        raise LabError(
            f"lab.storm: asked for {reads} reads by {clients} clients, but there may be 1 to "
            f"{MOST_READS:,} reads by 1 to {MOST_CLIENTS} clients."
        )
    if on.runtime.shared:
        raise LabError(
            "lab.storm: others use these servers too. Start servers of the lab's own with "
            "Lab.start(alone=True, runtime='embedded')."
        )


def _lease(read: Read, user_name: str) -> Lease:
    issued = datetime.fromtimestamp(read.asked + read.seconds, UTC)
    return Lease(
        lease_id=read.lease_id,
        lease_duration=read.lease_duration,
        ttl=read.lease_duration,
        renewable=True,
        issue_time=issued,
        expire_time=issued + timedelta(seconds=read.lease_duration),
        access_key=read.access_key,
        user_name=user_name,
    )
