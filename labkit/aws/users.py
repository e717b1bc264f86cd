"""IAM users of the lab's AWS API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient


def delete_user(iam: IAMClient, name: str) -> None:
    """Delete an IAM user with all that AWS wants deleted before. Idempotent.

    These are its access keys, inline and attached policies, groups and login profile.

    Args:
        iam: boto3 client that may do so.
        name: name of the user.

    Raises:
        botocore.exceptions.ClientError: AWS refused.

    Source: IAM User Guide, "Deleting an IAM user (AWS CLI)".
    """
    try:
        _strip(iam, name)
        iam.delete_user(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return


def _strip(iam: IAMClient, name: str) -> None:
    for keys in iam.get_paginator("list_access_keys").paginate(UserName=name):
        for key in keys["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for inline in iam.get_paginator("list_user_policies").paginate(UserName=name):
        for policy in inline["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
    for attached in iam.get_paginator("list_attached_user_policies").paginate(UserName=name):
        for managed in attached["AttachedPolicies"]:
            iam.detach_user_policy(UserName=name, PolicyArn=managed["PolicyArn"])
    for memberships in iam.get_paginator("list_groups_for_user").paginate(UserName=name):
        for group in memberships["Groups"]:
            iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    delete_login_profile(iam, name)


def delete_login_profile(iam: IAMClient, name: str) -> None:
    """Delete the console password of an IAM user. Idempotent."""
    try:
        iam.delete_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return
