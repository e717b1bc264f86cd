"""Count leases in Vault and IAM users in AWS, again and again, from a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def counting(
    vault: hvac.Client,
    operator: LabSession,
    prefix: str,
    *,
    clock: Callable[[], float] = time.time,
) -> Iterator[Callable[[], Population]]:
    """Count in the background for a block; what is yielded returns the counts so far.

    Args:
        vault: client whose token may list leases; a copy of it counts.
        operator: boto3 session that may list users and ask for the account's summary.
        prefix: of the leases, such as `aws/creds`.
        clock: epoch seconds UTC.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from hvac.exceptions import VaultError
    from requests import RequestException

    own, iam = again(vault), operator.client_without_retries("iam")
    names = user_names(operator)
    others = sum(not name.startswith(VAULTS_PREFIX) or name in OWN for name in names)
    found: list[tuple[float, int, int]] = []

    def count() -> None:
        try:
            leases = len(leases_in_vault(own, f"{prefix}/"))
            users = iam.get_account_summary()["SummaryMap"]["Users"] - others
            found.append((clock(), leases, users))
        except (VaultError, RequestException, ClientError, BotoCoreError):
            return  # a server under load did not answer this time; the next count may succeed

    count()
    with repeating(count, every=EVERY):
        yield lambda: _population(found)
    count()


def _population(found: list[tuple[float, int, int]]) -> Population:
    times, leases, users = zip(*found, strict=True) if found else ((), (), ())
    return Population(tuple(times), tuple(leases), tuple(users))
