"""What an IAM group permits; STS knows no groups, so their policies become session policies."""

from __future__ import annotations

import json
from collections.abc import Sequence

from labkit.servers.aws_engine.aws_calls.aws_errors import as_read_error
from labkit.servers.aws_engine.aws_calls.clients import AwsClient


def read_group_policies(iam: AwsClient, groups: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the inline policy documents and the ARNs of the attached policies of IAM groups.

    Only the first page of each answer counts, as in Vault's own engine.

    Raises:
        UserError: if AWS refuses one of the calls.
    """
    documents, arns = [], []
    with as_read_error("Error reading policies of IAM groups"):
        for group in groups:
            attached = iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"]
            arns += [policy["PolicyArn"] for policy in attached]
            for name in iam.list_group_policies(GroupName=group)["PolicyNames"]:
                found = iam.get_group_policy(GroupName=group, PolicyName=name)
                documents.append(json.dumps(found["PolicyDocument"]))  # botocore has parsed it
    return documents, arns
