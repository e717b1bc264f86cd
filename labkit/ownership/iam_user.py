"""The IAM user that Vault acts as, where others use the AWS side too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from labkit.servers.aws.api import vault_root
from labkit.servers.aws.api.interface import Identity

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

Found: TypeAlias = Mapping[str, Any]  # what a server tells about a thing

TAG = "labkit"
POLICY = "vault-root"


def create(iam: IAMClient, name: str, mark: str) -> Identity:
    """Create an IAM user with one access key and the permissions that Vault needs.

    It may change users that Vault issues, and itself: `config/rotate-root` replaces its key.

    Args:
        iam: boto3 client of IAM with the operator's keys.
        name: name of the user.
        mark: value of the user's tag `labkit`.
    """
    user = iam.create_user(UserName=name, Tags=[{"Key": TAG, "Value": mark}])["User"]
    account = user["Arn"].partition(":user/")[0]  # also of a partition such as aws-cn
    statements = [*vault_root.statements(account), vault_root.on_users(user["Arn"])]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName=POLICY, PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Identity(name, key["AccessKeyId"], key["SecretAccessKey"])


def find(iam: IAMClient, name: str) -> Found | None:
    """Return a user with its tags as IAM describes it (`GetUser`), None if there is none."""
    try:
        user = iam.get_user(UserName=name)["User"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return {**user, "Tags": iam.list_user_tags(UserName=name)["Tags"]}


def with_valid_key(iam: IAMClient, known: Identity) -> Identity:
    """Return the identity with its key, or with a new key if the known key was rotated away."""
    name = known.user_name
    keys = [key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]
    if known.access_key_id in keys:
        return known
    for key in keys:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
    new = iam.create_access_key(UserName=name)["AccessKey"]
    return Identity(name, new["AccessKeyId"], new["SecretAccessKey"])
