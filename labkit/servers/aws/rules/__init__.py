"""Rules of IAM, and of S3 for bucket policies, on what is created and deleted; moto lacks them.

Source: AWS, "IAM and AWS STS quotas", and the IAM API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.rules import conflicts, documents, names, quotas

RULES: tuple[Callable[[Any, ServiceOperation], None], ...] = (
    names.check,
    documents.check,
    quotas.check,
    conflicts.check,
)


def check(iam: Any, operation: ServiceOperation) -> None:  # noqa: ANN401 - moto's
    """Check an operation of IAM, STS or S3 before moto executes it.

    Raises:
        Refusal: AWS would refuse it.
    """
    if operation.service == "s3":
        documents.check(iam, operation)
    if operation.service in ("iam", "sts"):
        for rule in RULES:
            rule(iam, operation)
