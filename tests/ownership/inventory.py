"""Everything that a Vault and an AWS side hold, read with their own APIs."""

from __future__ import annotations

from typing import Any

import hvac

TIMES = {"modified", "version", "last_update_time"}  # Vault changes them by itself


def of_vault(root: hvac.Client) -> dict[str, Any]:
    """Return all that somebody could have created in the namespace of the client."""
    return {
        "mounts": _data(root, "sys/mounts"),
        "auth methods": _data(root, "sys/auth"),
        "policies": {
            name: _data(root, f"sys/policies/acl/{name}")
            for name in _keys(root, "sys/policies/acl")
        },
        "tokens": sorted(_keys(root, "auth/token/accessors")),
        "token roles": _keys(root, "auth/token/roles"),
        "entities": {
            key: _data(root, f"identity/entity/id/{key}")
            for key in _keys(root, "identity/entity/id")
        },
        "aliases": _keys(root, "identity/entity-alias/id"),
        "groups": _keys(root, "identity/group/id"),
        "namespaces": _namespaces(root),
        "password policies": _keys(root, "sys/policies/password"),
        "leases": _leases(root, ""),
        **({} if root.adapter.namespace else _of_root_namespace(root)),
    }


def _of_root_namespace(root: hvac.Client) -> dict[str, Any]:
    return {
        "quotas": _keys(root, "sys/quotas/rate-limit"),
        "audit devices": _data(root, "sys/audit"),
        "plugins": _data(root, "sys/plugins/catalog"),
    }


def of_aws(iam: Any) -> dict[str, Any]:
    """Return the IAM users with their policies and keys."""
    return {
        user["UserName"]: (
            user["Arn"],
            iam.list_user_policies(UserName=user["UserName"])["PolicyNames"],
            [
                key["AccessKeyId"]
                for key in iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
            ],
        )
        for user in iam.list_users()["Users"]
    }


def _data(root: hvac.Client, path: str) -> Any:
    answer = root.read(path)
    return _without_times(answer["data"]) if answer else None


def _without_times(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _without_times(value) for key, value in found.items() if key not in TIMES}
    return found


def _keys(root: hvac.Client, path: str) -> list[str]:
    answer = root.list(path)
    return sorted(answer["data"]["keys"]) if answer else []


def _namespaces(root: hvac.Client) -> Any:
    answer = root.list("sys/namespaces")
    return answer["data"]["key_info"] if answer else {}


def _leases(root: hvac.Client, prefix: str) -> list[str]:
    found = []
    for key in _keys(root, f"sys/leases/lookup/{prefix}"):
        found += _leases(root, prefix + key) if key.endswith("/") else [prefix + key]
    return found
