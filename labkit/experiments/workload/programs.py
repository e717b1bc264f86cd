"""Programs that use leased keys, and outages of the servers they need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial

from labkit.errors import LabError
from labkit.evidence.analyse.jobs import FinishedJobs, finished_jobs
from labkit.evidence.analyse.workload import Workload
from labkit.experiments.workload.clients import Program, command
from labkit.experiments.workload.events import Servers, WorkloadEvent
from labkit.experiments.workload.preparing import WorkloadEnvironment, prepared
from labkit.experiments.workload.running import run
from labkit.machine import listeners
from labkit.machine.restoring import restoring
from labkit.parts.arguments import NUMBER, checked
from labkit.parts.gathering import Gathering
from labkit.runtimes.relay import Relay
from labkit.servers.aws.api.fault import ANY_ACTION, Fault

NONE = type(None)
LONGEST = 60.0  # seconds


class Programs:
    """What programs besides the lab need of its servers.

    Args:
        gathering: keeps the evidence.
    """

    def __init__(self, gathering: Gathering) -> None:
        self.connection = gathering.connection
        self._gathering = gathering

    @cached_property
    def relay(self) -> Relay:
        """The relay through which programs reach Vault; `Lab.outage` cuts it."""
        return Relay(self.connection.running().endpoints.vault_url)

    def stop(self) -> None:
        """End the relay. Idempotent."""
        if "relay" in self.__dict__:
            self.relay.close()

    @checked(vault=(*NUMBER, NONE), aws=(*NUMBER, NONE))
    @contextmanager
    def outage(self, *, vault: float | None = None, aws: float | None = None) -> Iterator[None]:
        """Take Vault or AWS away for some seconds; the end of the block waits for their return.

        Vault: all requests of the lab and of the programs of `lab.workload` fail, as if the network
        were down. The server itself runs on, so leases end in time and nobody else is disturbed.
        AWS: it answers every call with `ServiceUnavailable`, those of Vault too.

        An error or an interrupt in the block brings both back at once.

        Args:
            vault: seconds without Vault, at most 60.
            aws: seconds without AWS, at most 60.

        Raises:
            LabError: no outage was asked for or it is too long, Vault is reached by TLS, or AWS is
                not the lab's own.
        """
        _check({"vault": vault, "aws": aws})
        with ExitStack() as stack:
            if vault:
                stack.enter_context(_outage(vault, self._cut_vault, self._mend_vault))
            if aws:
                admin = self.connection.running().aws_admin
                before = admin.current_faults()
                faults = [Fault(ANY_ACTION, "ServiceUnavailable", 503), *before]
                fail, restore = (partial(admin.set_faults, to) for to in (faults, before))
                stack.enter_context(_outage(aws, fail, restore))
            yield

    @checked(clients=Mapping, events=Sequence, seconds=NUMBER)
    def workload(
        self,
        clients: Mapping[str, Program],
        events: Sequence[WorkloadEvent] = (),
        *,
        seconds: float,
    ) -> Workload:
        """Run programs side by side, each with a role of its own, while things happen to them.

        A program prints a line for each of its calls: the epoch time in seconds, a space, and `ok`
        or a word that says what failed. It gets nothing but environment variables: VAULT_ADDR,
        VAULT_CREDS_PATH, VAULT_ROLE_ID_FILE, VAULT_WRAPPED_SECRET_ID_FILE, VAULT_APPROLE_MOUNT,
        AWS_ENDPOINT_URL, AWS_DEFAULT_REGION and BUCKET. At the end the leases and roles are gone.

        Args:
            clients: a Python file or a command line for each name.
            events: what happens (`labkit.experiments.workload.events`).
            seconds: how long, after each client has made its first call.

        Returns:
            The calls, the events and the IAM users; the evidence keeps them.

        Raises:
            LabError: AppRole is not enabled, AWS is not the lab's own, or a client did not start.
        """
        commands = {name: command(name, program) for name, program in clients.items()}
        on, where = self.connection.running(), self._environment()
        prefixes = tuple(where.prefix(name) for name in commands)
        servers = Servers(on.aws_admin, on.root, prefixes, self.outage)
        with prepared(where, list(commands)):
            uses, happenings = run(commands, events, seconds, where, servers)
        evidence = self._gathering.gather()
        evidence.uses += uses
        evidence.happenings += happenings
        return evidence.workload()

    @checked(programs=Mapping, wait=(*NUMBER, NONE))
    def jobs(self, programs: Mapping[str, Program], *, wait: float | None = None) -> FinishedJobs:
        """Run programs to their end, one after another, each with a role of its own.

        A program gets the same environment variables as a client of `workload`. When it has ended,
        the lab counts its Vault tokens, its leases and its IAM users. After the last program, the
        leases are revoked, the tokens too, and the roles are removed.

        Args:
            programs: a Python file or a command line for each name.
            wait: let the leases end by themselves before, within this many seconds.

        Returns:
            What each made and left behind; the evidence keeps it.

        Raises:
            LabError: AppRole is not enabled, AWS is not the lab's own, a program did not end within
                two minutes, or a lease did not end.
        """
        from labkit.experiments.workload.jobs import run_jobs, tokens_revoked, wait_for_ends

        commands = {name: command(name, program) for name, program in programs.items()}
        where, names = self._environment(), list(commands)
        with prepared(where, names), tokens_revoked(where, names):
            done = run_jobs(commands, where)
            if wait is not None:
                wait_for_ends(where, names, wait)
        evidence = self._gathering.gather()
        evidence.jobs += done
        return finished_jobs(done, evidence.requests, evidence.aligned_calls)

    def _environment(self) -> WorkloadEnvironment:
        on = self.connection.running()
        at, urls = on.endpoints, (self.relay.url, on.aws_admin.url)
        return WorkloadEnvironment(on.root, on.aws(), on.access.names, *urls, at.namespace)

    def _cut_vault(self) -> None:
        self.relay.cut()
        listeners.take_away(self.connection.endpoints.vault_url)

    def _mend_vault(self) -> None:
        self.relay.mend()
        listeners.bring_back(self.connection.endpoints.vault_url)


def _check(wanted: Mapping[str, float | None]) -> None:
    given = {name: seconds for name, seconds in wanted.items() if seconds is not None}
    if not given:
        raise LabError("lab.outage() takes nothing away. Write lab.outage(vault=5), for example.")
    for name, seconds in given.items():
        if not 0 < seconds <= LONGEST:
            raise LabError(
                f"lab.outage: {name} must be more than 0 and at most {LONGEST:.0f} s, but it is "
                f"{seconds}."
            )


@contextmanager
def _outage(
    seconds: float, take_away: Callable[[], None], bring_back: Callable[[], None]
) -> Iterator[None]:
    """Take a server away from now on, and bring it back after some seconds.

    The end of the block waits for the rest of the outage. An error or an interrupt in the block
    ends the outage at once.

    Args:
        seconds: how long the server is away.
        take_away: begins the outage.
        bring_back: ends the outage; idempotent.
    """
    timer = threading.Timer(seconds, bring_back)
    timer.daemon = True
    with restoring(bring_back):
        take_away()
        timer.start()
        try:
            yield
            timer.join()
        finally:
            timer.cancel()
