"""Checks about Vault roles and what their keys may do (notebooks 03, 05 and 10)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED, DENIED, outcome, probe
from labkit.aws.trying import attempt
from labkit.notebook.checks.look import Look, random_name
from labkit.notebook.verdicts import Verdict, done_if, not_yet

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession
    from labkit.vault.leases import Credentials


def s3_role(look: Look, role_name: str = "s3-reader") -> Verdict:
    """Issue from a role and try its key: S3 must answer, EC2 must deny (notebook 03)."""
    may = partial(_may_but_not_ec2, "s3")
    return look.try_key(role_name, may, "the key must list buckets and not describe instances")


def role_deleted(look: Look) -> Verdict:
    """Check that the tutorial's role was deleted and gives nothing (notebook 03)."""
    name = look.role_name
    if name in look.roles():
        return not_yet(f"the role {name} is there; the roles are: {', '.join(look.roles())}")
    if look.requests("delete", f"{look.mount}/roles/{name}") == []:
        return not_yet(f"Vault's audit log has no request that deleted {name}")
    return done_if(attempt(look.leasing.issue, name) != ALLOWED, "Vault still issues from it")


def read_only_role(look: Look, role_name: str = "ec2-reader") -> Verdict:
    """Issue from a role and try its key: it may look, but not change (notebook 05)."""
    name = random_name()

    def only_reads(key: LabSession) -> bool:
        ec2 = key.client_without_retries("ec2")
        if (created := outcome(ec2.create_key_pair, KeyName=name)) == ALLOWED:
            attempt(ec2.delete_key_pair, KeyName=name)
        return created in DENIED and outcome(ec2.describe_instances) == ALLOWED

    return look.try_key(
        role_name, only_reads, "the key must describe instances and not create a key pair"
    )


def misleading_probe(look: Look, role_name: str = "no-ec2") -> Verdict:
    """Issue from a role and try its key: STS answers though EC2 denies (notebook 05)."""
    may = partial(_may_but_not_ec2, "sts")
    return look.try_key(role_name, may, "the key must get an answer of STS, and be denied EC2")


def session_stopped(look: Look, stolen: Credentials) -> Verdict:
    """Try the thief's session: AWS must know it and deny EC2 (notebook 10).

    Args:
        look: the lab as the check sees it.
        stolen: the session's credentials.
    """
    if not stolen.security_token:
        return not_yet("this is the key of an IAM user; a session has a security_token")
    found = probe(look.on.aws(stolen))
    if not found.key_accepted:
        return not_yet(f"the session itself is over (STS: {found.sts}); try with a new one")
    return done_if(found.ec2 in DENIED, f"EC2 answers the thief: {found.ec2}")


def session_limited(look: Look, most: int = 1200, role_name: str = "session") -> Verdict:
    """Ask for a session of an hour and look at what Vault grants (notebook 10).

    Args:
        look: the lab as the check sees it.
        most: the longest ttl in seconds.
        role_name: the Vault role.
    """
    answer = look.on.root.write_data(f"{look.mount}/sts/{role_name}", data={"ttl": "1h"})
    granted = answer["lease_duration"]
    look.on.root.sys.revoke_lease(answer["lease_id"])
    return done_if(
        most - 60 < granted <= most,
        f"asked for an hour, Vault granted {granted} s; at most {most} s are wanted",
    )


def _may_but_not_ec2(api: str, key: LabSession) -> bool:
    """Return whether AWS allows a key the probe of an API, and denies it EC2."""
    found = probe(key)
    return getattr(found, api) == ALLOWED and found.ec2 in DENIED
