"""Create the IAM users that exist before the first request: `operator` and `vault-root`."""

from __future__ import annotations

import json
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from labkit.servers.aws.api.interface import Identity

REGION = "us-east-1"  # where moto notes users, which belong to no region

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

VAULT_USERS = "vault-*"

# The engine's calls: to issue and revoke IAM users, to rotate keys, to read a group's policies, and
# to open sessions. A session of vault-root has the same permissions.
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
    """Create `operator`, who may do everything, and `vault-root`, who may do what Vault needs.

    The server creates them before it listens, so unsigned requests are never accepted.
    """
    return [_create("operator", [EVERYTHING]), _create("vault-root", vault_root_statements())]


def vault_root_statements() -> list[dict[str, Any]]:
    """Return the statements of vault-root's policy.

    Users are limited to `user/vault-*`: the names of the engine's default `username_template`, and
    vault-root itself. For a static role, or for a template that names users differently, the
    operator has to give vault-root one more policy.

    Source: Vault, AWS secrets engine, "Example IAM policy for Vault".
    """
    account = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}"
    return [
        _allow(USER_ACTIONS, f"{account}:user/{VAULT_USERS}"),
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
