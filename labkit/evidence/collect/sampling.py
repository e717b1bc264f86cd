"""Looks at leases from a thread of its own: clients of Vault and sessions of AWS are not shared."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from labkit.evidence.collect import samples
from labkit.evidence.model.samples import Sample
from labkit.runtimes.endpoints import Endpoints
from labkit.vault.client import connect
from labkit.vault.leases import Credentials, Lease

if TYPE_CHECKING:
    import hvac


def make_sampler(
    endpoints: Endpoints,
    vault: hvac.Client,
    operator: Credentials,
    keys: Callable[[Lease], Credentials],
) -> Callable[[Lease], Sample]:
    """Return what takes a look at a lease and does not raise for a server that is away.

    Args:
        endpoints: the servers.
        vault: whose token looks leases up.
        operator: the keys of somebody who may ask IAM for users.
        keys: the keys of a lease.
    """
    from labkit.aws.sessions import session

    own = connect(endpoints.vault_url, vault.token)
    aws = cache(partial(session, endpoints.aws_url, endpoints.region))
    return lambda lease: samples.take_despite_silence(own, aws(operator), aws(keys(lease)), lease)
