"""The inventory: all leases of AWS secrets engines, all IAM users and keys, and their orphans."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.aws.probes import access_keys, user_names
from labkit.evidence.model.lease_ids import is_of_sts_path, is_of_token, role_of

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession
    from labkit.evidence.analyse.orphans import Orphan
    from labkit.evidence.evidence import Evidence

ENGINE_TYPE = "aws"
SETTLING_SECONDS = 2.0  # an issue or a revocation under way looks like an orphan for a moment
PAUSE_SECONDS = 0.25
OF_A_USER = "iam_user"  # the only credential type for which the engine creates an IAM user


@dataclass(frozen=True)
class Inventory:
    """What existed in Vault and in AWS at one time.

    Args:
        leases: the ids of the leases that stand for an IAM user.
        keys: the access keys of every IAM user, by user name.
    """

    leases: tuple[str, ...]
    keys: dict[str, list[str]]


def take_inventory(vault: hvac.Client, operator: LabSession) -> Inventory:
    """Ask Vault for the leases of all AWS engines, and AWS for all users and keys.

    Args:
        vault: client whose token may list mounts and leases and read roles.
        operator: boto3 session that may list users and keys.

    Raises:
        AwsSideError: AWS did not answer.
    """
    leases = [lease for mount in aws_mounts(vault) for lease in _leases_of_users(vault, mount)]
    return Inventory(tuple(leases), keys_in_aws(operator))


def aws_mounts(vault: hvac.Client) -> list[str]:
    """Return the paths of all secrets engines of type `aws`, each with its final slash."""
    mounts = vault.sys.list_mounted_secrets_engines()["data"]
    return [path for path, mount in mounts.items() if mount["type"] == ENGINE_TYPE]


def leases_in_vault(vault: hvac.Client, prefix: str) -> list[str]:
    """Return the ids of all leases below a prefix (`LIST sys/leases/lookup/<prefix>`).

    Args:
        vault: client whose token may list leases.
        prefix: such as `aws/creds/`.
    """
    answer = vault.list(f"sys/leases/lookup/{prefix}")
    found: list[str] = []
    for name in answer["data"]["keys"] if answer else ():
        full = f"{prefix}{name}"
        found += leases_in_vault(vault, full) if name.endswith("/") else [full]
    return found


def _leases_of_users(vault: hvac.Client, mount: str) -> Iterator[str]:
    types: dict[str, list[str]] = {}
    for lease in leases_in_vault(vault, mount):
        role = role_of(lease)
        if is_of_sts_path(lease) or is_of_token(lease) or not role:
            continue
        if role not in types:
            types[role] = _credential_types(vault, mount, role)
        if OF_A_USER in types[role]:
            yield lease


def _credential_types(vault: hvac.Client, mount: str, role: str) -> list[str]:
    """Return a role's credential types; a role that was deleted may have made users."""
    answer = vault.read(f"{mount}roles/{role}")
    if not answer:
        return [OF_A_USER]
    return str(answer["data"]["credential_type"] or OF_A_USER).split(",")


def keys_in_aws(operator: LabSession) -> dict[str, list[str]]:
    """Return the access keys of every IAM user by user name; users deleted meanwhile are left out.

    Raises:
        AwsSideError: AWS did not answer.
    """
    found = {user: access_keys(operator, user) for user in user_names(operator)}
    return {user: keys for user, keys in found.items() if keys is not None}


def find_twice(
    vault: hvac.Client, operator: LabSession, gather: Callable[[], Evidence]
) -> list[Orphan]:
    """Return what has no counterpart at every look for two seconds; at once if nothing has none.

    Args:
        vault: client whose token may list mounts and leases.
        operator: boto3 session that may list users and keys.
        gather: brings the evidence up to date.
    """
    start = time.monotonic()
    found = _find(vault, operator, gather)
    while found and time.monotonic() - start < SETTLING_SECONDS:
        time.sleep(PAUSE_SECONDS)
        again = {(one.kind, one.name): one for one in _find(vault, operator, gather)}
        found = [again[one.kind, one.name] for one in found if (one.kind, one.name) in again]
    return found


def _find(vault: hvac.Client, operator: LabSession, gather: Callable[[], Evidence]) -> list[Orphan]:
    from labkit.evidence.analyse.orphans import find

    inventory = take_inventory(vault, operator)
    evidence = gather()
    lifetimes, calls = evidence.lifetimes(), evidence.aligned_calls
    return find(inventory.leases, inventory.keys, lifetimes, calls, evidence.requests)
