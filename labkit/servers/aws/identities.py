"""Who exists in AWS before the first request: the operator, and Vault's own identity."""

from __future__ import annotations

import json
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from labkit.servers.aws.api.interface import Identity

REGION = "us-east-1"  # where moto notes users, which belong to no region

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

# What Vault's engine calls: to issue and to take back IAM users, to rotate keys, to read what a
# group permits, and to open sessions. A session of vault-root itself can do no more than this.
USER_ACTIONS = [
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetAccessKeyLastUsed",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
    "iam:PutUserPolicy",
    "iam:TagUser",
]
GROUP_ACTIONS = [
    "iam:AddUserToGroup",
    "iam:GetGroupPolicy",
    "iam:ListAttachedGroupPolicies",
    "iam:ListGroupPolicies",
    "iam:RemoveUserFromGroup",
]
OTHER_ACTIONS = [
    "sts:AssumeRole",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
]
VAULT_ROOT_ACTIONS = [*USER_ACTIONS, *GROUP_ACTIONS, *OTHER_ACTIONS]


def create_identities() -> list[Identity]:
    """Create `operator`, who may do everything, and `vault-root`, who may do what Vault must.

    They are made inside the server, before it serves: at no moment is the API open to the unsigned.
    """
    return [_create("operator", [EVERYTHING]), _create("vault-root", vault_root_statements())]


def vault_root_statements() -> list[dict[str, Any]]:
    """Return the statements of vault-root's policy.

    Vault's documentation advises to narrow the users further, to the beginning that the user name
    template gives them (`user/vault-*`). Static roles and templates of a reader's own need more.
    """
    account = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}"
    return [
        _allow(USER_ACTIONS, f"{account}:user/*"),
        _allow(GROUP_ACTIONS, f"{account}:group/*"),
        _allow(OTHER_ACTIONS, "*"),
    ]


def _create(user_name: str, statements: list[dict[str, Any]]) -> Identity:
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user(REGION, user_name)
    document = {"Version": "2012-10-17", "Statement": statements}
    iam.put_user_policy(user_name, user_name, json.dumps(document))
    key = iam.create_access_key(user_name)
    return Identity(user_name, key.access_key_id, key.secret_access_key)


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
