"""Find the rule of a call, and what the call needs.

Complete for IAM, STS, EC2, S3, DynamoDB, Lambda, SQS and SNS. For any other service the call needs
the action of its name on the resource "*", so that a policy for single resources does not allow
the call; a Deny for single resources does not apply to it either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labkit.servers.aws.iam.actions import dynamodb, ec2, identities, messages, s3
from labkit.servers.aws.iam.actions.general import by_reference
from labkit.servers.aws.iam.actions.needs import ApiRequest, Find, Need, Required, find_nothing
from labkit.servers.aws.iam.actions.reference import prefix_of

Rule = Callable[[ApiRequest], "tuple[Need, ...] | None"]

# A rule answers None for an operation about which it knows nothing more than the reference does.
_RULES: dict[str, Rule] = {
    "dynamodb": dynamodb.needs,
    "ec2": ec2.needs,
    "iam": identities.iam_needs,
    "lambda": messages.lambda_needs,
    "s3": s3.needs,
    "sns": messages.sns_needs,
    "sqs": messages.sqs_needs,
    "sts": identities.sts_needs,
}


def required(
    operation: tuple[str, str],
    parameters: Mapping[str, Any],
    account: str,
    region: str,
    *,
    caller: str = "",
    find: Find = find_nothing,
) -> Required:
    """Return what has to be allowed for a call; all of it, or the call is denied.

    Args:
        operation: botocore's service name and the operation, such as ("s3", "CopyObject").
        parameters: the call's input, as botocore's models name its members.
        account: of the caller.
        region: that the call goes to.
        caller: the caller's ARN, for IAM calls that name no user.
        find: returns the ARN of an existing resource by kind and name; see `Request`.
    """
    service, name = operation
    request = ApiRequest(service, name, parameters, account, region, caller, find)
    rule = _RULES.get(service)
    if rule and (found := rule(request)) is not None:
        return Required(f"{service}: rule for {name}", found)
    if found := by_reference(request):
        return Required("service authorization reference", found)
    return Required('operation name on "*"', (Need(f"{prefix_of(service)}:{name}", "*"),))
