"""IAM's own rules on what is created and deleted, which moto lacks.

Source: AWS, "IAM and AWS STS quotas", and the IAM API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.servers.aws.door.request.operations import Operation
from labkit.servers.aws.rules import conflicts, documents, names, quotas

RULES: tuple[Callable[[Any, Operation], None], ...] = (
    names.check,
    documents.check,
    quotas.check,
    conflicts.check,
)


def check(iam: Any, operation: Operation) -> None:  # noqa: ANN401 - moto's
    """Check an operation of IAM or STS before moto executes it.

    Raises:
        Refusal: IAM would refuse it.
    """
    if operation.service in ("iam", "sts"):
        for rule in RULES:
            rule(iam, operation)
