"""Who exists in AWS before the first request: the operator, and Vault's own identity."""

from __future__ import annotations

import json

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from labkit.servers.aws.interface import Identity

REGION = "us-east-1"  # where moto notes users, which belong to no region

OPERATOR_ACTIONS = ["*"]

# What Vault's engine calls: to issue and to take back IAM users, to rotate keys, to read what a
# group permits, and to open sessions. A session of vault-root itself can do no more than this.
VAULT_ROOT_ACTIONS = [
    "iam:AddUserToGroup",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetAccessKeyLastUsed",
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


def create_identities() -> list[Identity]:
    """Create `operator`, who may do everything, and `vault-root`, who may do what Vault must.

    They are made inside the server, before it serves: at no moment is the API open to the unsigned.
    """
    return [_create("operator", OPERATOR_ACTIONS), _create("vault-root", VAULT_ROOT_ACTIONS)]


def _create(user_name: str, actions: list[str]) -> Identity:
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user(REGION, user_name)
    iam.put_user_policy(user_name, user_name, _allow(actions))
    key = iam.create_access_key(user_name)
    return Identity(user_name, key.access_key_id, key.secret_access_key)


def _allow(actions: list[str]) -> str:
    # AWS's advice is to name the users (user/vault-*); moto matches no user ARN, only "*".
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
