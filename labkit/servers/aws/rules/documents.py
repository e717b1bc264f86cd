"""The grammar of policy documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.iam.grammar import PolicyKind, problems
from labkit.servers.aws.iam.statements import as_list

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

_IDENTITY = {
    "CreatePolicy",
    "CreatePolicyVersion",
    "PutUserPolicy",
    "PutGroupPolicy",
    "PutRolePolicy",
}
_TRUST = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}


def check(_: IAMBackend, operation: ServiceOperation) -> None:
    """Check the policy document of a call.

    Raises:
        Refusal: it is malformed; the message is AWS's reason.
    """
    if operation.name in _IDENTITY:
        reason = check_document(operation.parameters.get("PolicyDocument", ""))
    elif operation.name == "PutBucketPolicy":
        _check_bucket_policy(operation.parameters)
        return
    elif member := _TRUST.get(operation.name):
        reason = check_trust(operation.parameters.get(member, ""))
    else:
        return
    if reason:
        raise Refusal("MalformedPolicyDocument", reason)


def _check_bucket_policy(given: Mapping[str, Any]) -> None:
    text = given.get("Policy", "")
    document = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if reason := next(iter(problems(document, PolicyKind.RESOURCE)), ""):
        raise Refusal("MalformedPolicy", reason)
    own = f":s3:::{given.get('Bucket')}"
    for statement in as_list(json.loads(document)["Statement"]):
        named = as_list(statement.get("Resource", [])) + as_list(statement.get("NotResource", []))
        if not all(f"{arn}/".partition("/")[0].endswith(own) for arn in named):
            raise Refusal("MalformedPolicy", "Policy has invalid resource")


def check_document(document: str) -> str:
    """Return what is wrong with an identity-based policy, "" if nothing is."""
    return next(iter(problems(document)), "")


def check_trust(document: str) -> str:
    """Return what is wrong with a role's trust policy, "" if nothing is."""
    return next(iter(problems(document, PolicyKind.TRUST)), "")
