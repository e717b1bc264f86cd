"""What the IAM user that Vault acts as may do: what the engine needs, on users of Vault's."""

from __future__ import annotations

from typing import Any

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


def statements(account: str) -> list[dict[str, Any]]:
    """Return the statements of the policy of Vault's own IAM user.

    Users are limited to `user/vault-*`, the names of the engine's default `username_template`. For
    a static role, or for a template that names users differently, the operator has to give Vault's
    user one more policy.

    Args:
        account: start of the account's ARNs, such as "arn:aws:iam::123456789012".

    Source: Vault, AWS secrets engine, "Example IAM policy for Vault".
    """
    return [
        on_users(f"{account}:user/{VAULT_USERS}"),
        _allow(GROUP_ACTIONS, f"{account}:group/*"),
        _allow(OTHER_ACTIONS, "*"),
    ]


def on_users(arn: str) -> dict[str, Any]:
    """Return the statement that allows what the engine does with IAM users.

    Args:
        arn: of the users; `*` stands for any characters.
    """
    return _allow(USER_ACTIONS, arn)


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
