"""The IAM user that Vault acts as, where others use the AWS side too."""

from __future__ import annotations

import json
from typing import Any

from labkit.servers.aws.api.interface import Identity

TAG = "labkit"
POLICY = "vault-root"
# Vault's list: https://developer.hashicorp.com/vault/docs/secrets/aws#example-iam-policy-for-vault
ACTIONS = [
    "iam:AddUserToGroup",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetGroupPolicy",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
    "iam:PutUserPolicy",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "sts:AssumeRole",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
]


def create(iam: Any, name: str, mark: str) -> Identity:  # noqa: ANN401 - boto3 is untyped
    """Create an IAM user that may do what Vault must, with one access key.

    Args:
        iam: boto3 client of IAM with the operator's keys.
        name: name of the user.
        mark: value of the user's tag `labkit`.
    """
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_user(UserName=name, Tags=[{"Key": TAG, "Value": mark}])
    iam.put_user_policy(UserName=name, PolicyName=POLICY, PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Identity(name, key["AccessKeyId"], key["SecretAccessKey"])


def find(iam: Any, name: str) -> Any:  # noqa: ANN401
    """Return a user with its tags as IAM describes it (`GetUser`), None if there is none."""
    try:
        user = iam.get_user(UserName=name)["User"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return user | {"Tags": iam.list_user_tags(UserName=name)["Tags"]}


def is_tagged(user: Any, mark: str) -> bool:  # noqa: ANN401
    """Whether a user has the tag `labkit` with this value."""
    return {"Key": TAG, "Value": mark} in user["Tags"]


def delete(iam: Any, name: str) -> None:  # noqa: ANN401
    """Delete a user, its access keys and its policies."""
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName=name)


def with_valid_key(iam: Any, known: Identity) -> Identity:  # noqa: ANN401
    """Return the identity with its key, or with a new key if the known key was rotated away."""
    name = known.user_name
    keys = [key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]
    if known.access_key_id in keys:
        return known
    for key in keys:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
    new = iam.create_access_key(UserName=name)["AccessKey"]
    return Identity(name, new["AccessKeyId"], new["SecretAccessKey"])
