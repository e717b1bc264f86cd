"""The whole flow of the tutorial, from an empty Vault to keys that AWS refuses."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from labkit.aws.probes import probe
from labkit.commands.narration import Narration
from labkit.flow import steps
from labkit.lab import Lab
from labkit.vault.leases import Lease

if TYPE_CHECKING:
    import hvac

SHORTEST_LEASE, LONGEST_LEASE = 6, 60  # seconds
LEASE_FOR_A_REHEARSAL = 24  # seconds of lease for each second that the rehearsal took

USE = "aws ec2 describe-instances\naws s3api list-buckets"
READ_CREDS = "vault read aws/creds/my-ec2-role"
LOGIN = """\
vault read auth/approle/role/aws-app/role-id
vault write -f auth/approle/role/aws-app/secret-id
vault write auth/approle/login role_id=… secret_id=…"""


def whole_flow(lab: Lab, story: Narration) -> None:
    """Run every step for real and prove on the AWS side what each one claims.

    Three credentials are issued: one is left to expire, one is renewed first, one is revoked.

    Raises:
        LabError: a step failed, or an observation is not as it must be.
    """
    ttl = lease_seconds(rehearse(lab))
    application = _set_up(lab, story, ttl)
    expiring = _issue(lab, story, application, "Ask for credentials; these will expire")
    story.prove("after issue", expiring)
    story.tell("Use the keys: EC2 is in the policy, S3 is not", USE, partial(_use, lab, expiring))
    story.prove("while used", expiring)
    renewed = _issue(lab, story, application, "Ask again; these will be renewed")
    _renew(lab, story, renewed, ttl // 2)
    revoked = _issue(lab, story, application, "And again; these will be revoked")
    _revoke(lab, story, revoked)
    _expire(lab, story, "Wait for the lease to expire", expiring)
    story.prove("after expiry", expiring)
    _expire(lab, story, "Wait for the renewed lease to expire", renewed)


def rehearse(lab: Lab, clock: Callable[[], float] = time.monotonic) -> float:
    """Make the calls of a proof twice with the operator's key; return the second time's seconds.

    The first time boto3 and the AWS side load each service, which may take longer than a lease.
    """
    probe(lab.aws())
    begin = clock()
    probe(lab.aws())
    return clock() - begin


def lease_seconds(rehearsal: float) -> int:
    """Return how many seconds the leases last: longer on a slow machine, and even.

    Args:
        rehearsal: seconds that the calls of a proof took.
    """
    wanted = 2 * math.ceil(rehearsal * LEASE_FOR_A_REHEARSAL / 2)
    return min(max(wanted, SHORTEST_LEASE), LONGEST_LEASE)


def _set_up(lab: Lab, story: Narration, ttl: int) -> hvac.Client:
    """Take the administrator's steps, then log in as the application and return its client."""
    for step in steps.SEQUENCE:
        story.tell(step.title, step.command, partial(lab.do, step))
    lease, longest = f"{ttl}s", f"{2 * ttl}s"
    story.tell(
        "Let leases be short, so that one can be seen to expire",
        f"vault write aws/config/lease lease={lease} lease_max={longest}",
        lambda: steps.configure_lease(lab.setting, lease, longest),
    )
    return story.tell("Log in as the application aws-app", LOGIN, lab.application)


def _issue(lab: Lab, story: Narration, application: hvac.Client, title: str) -> Lease:
    _, lease = story.tell(title, READ_CREDS, lambda: lab.issue(vault=application))
    return lease


def _use(lab: Lab, lease: Lease) -> str:
    sample = lab.look(lease)
    return f"not asked; EC2 says {sample.ec2}, S3 says {sample.s3}"


def _revoke(lab: Lab, story: Narration, lease: Lease) -> None:
    command = f"vault lease revoke {lease.lease_id}"
    story.tell("Revoke a lease", command, lambda: lab.revoke(lease))
    story.prove("after revocation", lease)


def _renew(lab: Lab, story: Narration, lease: Lease, ttl: int) -> None:
    lab.wait_for_ttl(lease, ttl)
    command = f"vault lease renew {lease.lease_id}"
    story.tell("Renew a lease at half its time", command, lambda: lab.renew(lease))


def _expire(lab: Lab, story: Narration, title: str, lease: Lease) -> None:
    story.tell(title, "(nothing: Vault acts by itself)", lambda: _wait(lab, lease))


def _wait(lab: Lab, lease: Lease) -> str:
    sample = lab.wait_for_expiry(lease)
    return f"no lease {lease.lease_id}; AWS refuses its key with {sample.ec2}"
