"""Watching leases: looks at regular times from a thread, so that the kernel stays free."""

from __future__ import annotations

import contextvars
import math
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from labkit.display.tables import Grid
from labkit.errors import LabError
from labkit.evidence.collect.sampling import take
from labkit.evidence.model.lease_ids import shorten
from labkit.evidence.model.samples import Sample
from labkit.runtimes.endpoints import Endpoints
from labkit.vault.client import again
from labkit.vault.leases import Credentials, Lease

if TYPE_CHECKING:
    import hvac

CALLS_OF_VAULT, CALLS_OF_AWS = 1, 4  # one look: lookup; EC2, S3 and STS with the key; its user
MOST_CALLS = 5_000
CALLS = CALLS_OF_AWS + CALLS_OF_VAULT
HEADINGS = ("lease", "Vault: ttl", "renewed", "AWS: IAM user", "keys", "the key", "looks")


def make_sampler(
    endpoints: Endpoints,
    vault: hvac.Client,
    operator: Credentials,
    keys: Callable[[Lease], Credentials],
) -> Callable[[Lease], Sample]:
    """Return what takes samples in a thread of its own, and does not raise for silent servers.

    Clients of Vault and sessions of AWS are not thread-safe, so the sampler has its own.

    Args:
        endpoints: the servers.
        vault: whose token looks leases up.
        operator: the keys of somebody who may ask IAM for users.
        keys: the keys of a lease.
    """
    from labkit.aws.sessions import session

    own = again(vault)
    aws = cache(partial(session, endpoints.aws_url, endpoints.region))
    return lambda lease: take(own, aws(operator), aws(keys(lease)), lease, despite_silence=True)


class Watch:
    """Looks at some leases again and again; one that ended, and its user and key, only once more.

    Args:
        leases: what to look at.
        look: takes a look; it must not raise for a server that is away.
        seconds: how long to watch.
        every: seconds between two looks; more, if it would cost more than 5,000 calls.
        show: shows the table of the latest looks, after each round.

    Raises:
        LabError: there is nothing to watch, or so much that each lease could be seen only once.
    """

    def __init__(
        self,
        leases: Sequence[Lease],
        look: Callable[[Lease], Sample],
        *,
        seconds: float,
        every: float = 1.0,
        show: Callable[[Grid], None] = lambda _: None,
    ) -> None:
        most = MOST_CALLS // (2 * CALLS)
        if not 1 <= len(leases) <= most:
            raise LabError(f"Tried to watch {len(leases)} leases; it must be 1 to {most} of them.")
        self.leases = tuple(leases)
        self.every = max(every, seconds * CALLS * len(leases) / (MOST_CALLS - CALLS * len(leases)))
        self.rounds = math.floor(seconds / self.every) + 1
        self.samples: list[Sample] = []
        self._look, self._show = look, show
        self._stop = threading.Event()
        self._error: Exception | None = None
        # The context tells IPython which cell's output the display belongs to.
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), daemon=True)

    @property
    def cost(self) -> str:
        """What watching costs at most, in words."""
        looks = self.rounds * len(self.leases)
        return (
            f"watching {len(self.leases)} leases, a look every {self.every:.3g} s: at most "
            f"{looks * CALLS_OF_VAULT:,} calls to Vault and {looks * CALLS_OF_AWS:,} to AWS"
        )

    def __repr__(self) -> str:
        return f"Watch({self.cost})"

    def start(self) -> Watch:
        """Begin to watch and return at once."""
        self._show(self.table)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop after the look that is being taken; twice is no error."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def wait(self) -> list[Sample]:
        """Wait until the time is over or every lease has ended, and return the samples."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        self._show(self.table)  # a notebook run without a browser keeps only what a cell shows
        return self.samples

    @property
    def running(self) -> bool:
        """Whether further looks will be taken."""
        return self._thread.is_alive()

    @property
    def table(self) -> Grid:
        """The latest look at each lease."""
        samples = list(self.samples)
        latest = {one.lease_id: one for one in samples}
        rows = tuple(_row(lease, latest.get(lease.lease_id), samples) for lease in self.leases)
        return Grid(self.cost, HEADINGS, rows)

    def _run(self) -> None:
        start, living = time.monotonic(), list(self.leases)
        try:
            for number in range(self.rounds):
                living = [lease for lease in living if not self._looked(lease).ended]
                self._show(self.table)
                rest = start + (number + 1) * self.every - time.monotonic()
                if not living or self._stop.wait(max(rest, 0.0)):
                    return
        except Exception as error:
            self._error = error

    def _looked(self, lease: Lease) -> Sample:
        self.samples.append(self._look(lease))
        return self.samples[-1]


def _row(lease: Lease, sample: Sample | None, samples: Sequence[Sample]) -> tuple[str, ...]:
    name = shorten(lease.lease_id)
    if sample is None:
        return name, "", "", "", "", "", "0"
    looks = sum(one.lease_id == lease.lease_id for one in samples)
    ttl = {None: "no answer", True: f"{sample.ttl} s", False: "gone"}[sample.lease_present]
    user = {None: "no answer", True: "present", False: "gone"}[sample.user_present]
    keys = "" if sample.keys is None else str(sample.keys)
    renewed = "yes" if sample.last_renewal else ""
    return name, ttl, renewed, user, keys, sample.sts, str(looks)
