"""What a key can do now, in one word or one probe, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import Probe
from labkit.aws.sessions import LabSession
from labkit.servers.aws.api.entry import Entry
from tests.servers.aws.people import Person
from tests.servers.aws.roles import ALLOWED, outcome

WORKS = Probe(ec2=ALLOWED, s3="AccessDenied", sts=ALLOWED)  # as `MAY_EC2` says
REFUSED = Probe(ec2="AuthFailure", s3="InvalidAccessKeyId", sts="InvalidClientTokenId")
UNKNOWN = "InvalidClientTokenId"  # IAM's word for such a key


def until(wanted: object, look: Callable[[], object], at_most: float = 10.0) -> None:
    """Look until what is wanted is seen."""
    deadline = time.monotonic() + at_most
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, f"after {at_most} s still {seen}"
        time.sleep(0.02)


def list_users(session: LabSession) -> str:
    return outcome(session.client_without_retries("iam").list_users)


def uses(cloud: AwsAdmin, someone: Person) -> list[Entry]:
    key = someone.keys.access_key
    return [entry for entry in cloud.journal() if entry.access_key_id == key]
