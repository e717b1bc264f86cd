"""The grammar of policy documents."""

from __future__ import annotations

from typing import Any

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.operations import Operation
from labkit.servers.aws.iam.grammar import Kind, problems

_IDENTITY = {
    "CreatePolicy",
    "CreatePolicyVersion",
    "PutUserPolicy",
    "PutGroupPolicy",
    "PutRolePolicy",
}
_TRUST = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}


def check(_: Any, operation: Operation) -> None:  # noqa: ANN401 - moto's
    """Check the policy document of a call.

    Raises:
        Refusal: it is malformed; the message is AWS's reason.
    """
    if operation.name in _IDENTITY:
        reason = check_document(operation.parameters.get("PolicyDocument", ""))
    elif member := _TRUST.get(operation.name):
        reason = check_trust(operation.parameters.get(member, ""))
    else:
        return
    if reason:
        raise Refusal("MalformedPolicyDocument", reason)


def check_document(document: str) -> str:
    """Return what is wrong with an identity-based policy, "" if nothing is."""
    return next(iter(problems(document)), "")


def check_trust(document: str) -> str:
    """Return what is wrong with a role's trust policy, "" if nothing is."""
    return next(iter(problems(document, Kind.TRUST)), "")
