"""Count leases in Vault and IAM users in AWS, again and again, from a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.aws.probes import user_names
from labkit.evidence.analyse.orphans import OWN, VAULTS_PREFIX
from labkit.evidence.analyse.population import Population
from labkit.evidence.collect.inventory import leases_in_vault
from labkit.machine.polling import repeating
from labkit.vault.client import again

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession

EVERY = 0.5  # seconds between two counts


@dataclass
class Counter:
    """Counts the leases below a prefix, and the IAM users that Vault created.

    Args:
        vault: client whose token may list leases.
        operator: boto3 session that may ask IAM for the account's summary.
        prefix: such as `aws/creds`.
        others: how many IAM users are not Vault's.
    """

    vault: hvac.Client = field(repr=False)
    operator: LabSession = field(repr=False)
    prefix: str
    others: int

    def leases(self) -> int:
        """Return how many leases Vault lists."""
        return len(leases_in_vault(self.vault, f"{self.prefix.rstrip('/')}/"))

    def users(self) -> int:
        """Return how many users of Vault AWS counts (`iam:GetAccountSummary`)."""
        iam = self.operator.client_without_retries("iam")
        return int(iam.get_account_summary()["SummaryMap"]["Users"]) - self.others


def make_counter(vault: hvac.Client, operator: LabSession, prefix: str) -> Counter:
    """Return a counter with a client of Vault of its own, for a thread.

    Args:
        vault: whose token and URL the counter uses.
        operator: boto3 session that may list users.
        prefix: of the leases.
    """
    names = user_names(operator)
    others = [name for name in names if not name.startswith(VAULTS_PREFIX) or name in OWN]
    return Counter(again(vault), operator, prefix, len(others))


@contextmanager
def counting(
    counter: Counter, *, every: float = EVERY, clock: Callable[[], float] = time.time
) -> Iterator[Callable[[], Population]]:
    """Count in the background for a block; what is yielded returns the counts so far.

    Args:
        counter: what counts.
        every: seconds between two counts.
        clock: epoch seconds UTC.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from hvac.exceptions import VaultError
    from requests import RequestException

    found: list[tuple[float, int, int]] = []

    def count() -> None:
        try:
            found.append((clock(), counter.leases(), counter.users()))
        except (VaultError, RequestException, ClientError, BotoCoreError):
            return  # a server under load did not answer this time; the next count may succeed

    count()
    with repeating(count, every=every):
        yield lambda: _population(found)
    count()


def _population(found: list[tuple[float, int, int]]) -> Population:
    times, leases, users = zip(*found, strict=True) if found else ((), (), ())
    return Population(tuple(times), tuple(leases), tuple(users))
