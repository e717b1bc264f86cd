"""Take samples of leases: one look from both sides, Vault's and AWS's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.aws.probes import Probe, access_keys, probe
from labkit.errors import AwsSideError
from labkit.evidence.model.samples import AWS, UNKNOWN, VAULT, Sample
from labkit.vault.leases import Lease, look_up

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession


def take(
    vault: hvac.Client,
    operator: LabSession,
    key: LabSession,
    lease: Lease,
    *,
    despite_silence: bool = False,
) -> Sample:
    """Ask Vault for the lease, AWS with the key itself, and AWS again for the user.

    Args:
        vault: client whose token may look leases up.
        operator: boto3 session that may ask IAM for users.
        key: boto3 session with the credentials of the lease.
        lease: the lease to look at.
        despite_silence: record a side that does not answer as silent, instead of raising.

    Raises:
        AwsSideError: AWS did not answer.
        VaultError: Vault returned an error.
        RequestException: Vault did not answer.
    """
    from hvac.exceptions import VaultError
    from requests import RequestException

    now, silent = time.time(), []
    found: Lease | None = None
    answers: tuple[Probe, int | None] | None = None
    try:
        found = look_up(vault, lease.lease_id)
    except (VaultError, RequestException):
        if not despite_silence:
            raise
        silent.append(VAULT)
    try:
        answers = _ask_aws(operator, key, lease)
    except AwsSideError:
        if not despite_silence:
            raise
        silent.append(AWS)
    return _sample(now, lease, found, answers, tuple(silent))


def _ask_aws(operator: LabSession, key: LabSession, lease: Lease) -> tuple[Probe, int | None]:
    """Return what AWS answers the key, and how many keys its user has; None without a user."""
    answers = probe(key)
    found = access_keys(operator, lease.user_name) if lease.user_name else None
    return answers, None if found is None else len(found)


def _sample(
    now: float,
    lease: Lease,
    found: Lease | None,
    answers: tuple[Probe, int | None] | None,
    silent: tuple[str, ...],
) -> Sample:
    probe, keys = answers or (None, None)
    renewed = found.last_renewal if found else None
    return Sample(
        time=now,
        lease_id=lease.lease_id,
        ttl=found.ttl if found else None,
        user_present=None if probe is None else keys is not None,
        ec2=probe.ec2 if probe else UNKNOWN,
        s3=probe.s3 if probe else UNKNOWN,
        sts=probe.sts if probe else UNKNOWN,
        keys=keys,
        expire_time=found.expire_time.timestamp() if found else None,
        last_renewal=renewed.timestamp() if renewed else None,
        silent=silent,
    )
