"""Outages of a lab's servers, for the lab and for programs that use its Vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial

from labkit import listeners
from labkit.drills.outage import outage
from labkit.errors import LabError
from labkit.parts.arguments import NUMBER, checked
from labkit.parts.connection import Connection
from labkit.runtimes.relay import Relay
from labkit.servers.aws.api.fault import ANY_ACTION, Fault

NONE = type(None)
LONGEST = 60.0  # seconds
Away = tuple[float, Callable[[], None], Callable[[], None]]  # seconds, begin, end


class Programs:
    """What programs besides the lab need of its servers.

    Args:
        connection: the servers.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

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
        wanted = {"vault": vault, "aws": aws}
        _check(wanted)
        with ExitStack() as stack:
            for seconds, begin, end in self._both(wanted):
                stack.enter_context(outage(seconds, begin, end))
            yield

    def _both(self, wanted: Mapping[str, float | None]) -> Iterator[Away]:
        if seconds := wanted["vault"]:
            yield seconds, self._cut_vault, self._mend_vault
        if seconds := wanted["aws"]:
            admin = self.connection.running().aws_admin
            before = admin.current_faults()
            down = Fault(ANY_ACTION, "ServiceUnavailable", 503)
            fail, restore = (partial(admin.set_faults, to) for to in ([down, *before], before))
            yield seconds, fail, restore

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
