"""Rules of IAM, and of S3 for bucket policies, on what is created and deleted; moto lacks them.

Source: AWS, "IAM and AWS STS quotas", and the IAM API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.rules import conflicts, documents, names, quotas

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

RULES: tuple[Callable[[IAMBackend, ServiceOperation], None], ...] = (
    names.check,
    documents.check,
    quotas.check,
    conflicts.check,
)


def check(iam: IAMBackend, operation: ServiceOperation) -> None:
    """Check an operation of IAM, STS or S3 before moto executes it.

    Raises:
        Refusal: AWS would refuse it.
    """
    if operation.service == "s3":
        documents.check(iam, operation)
    if operation.service in ("iam", "sts"):
        for rule in RULES:
            rule(iam, operation)
