"""Look for orphans in running servers, and remove them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labkit.evidence.analyse.orphans import DELETE_KEY, DELETE_USER, REVOKE, Orphan, find
from labkit.evidence.collect.inventory import take_inventory

if TYPE_CHECKING:
    import hvac

    from labkit.evidence.evidence import Evidence

SETTLING_SECONDS = 2.0  # an issue or a revocation under way looks like an orphan for a moment
PAUSE_SECONDS = 0.25


def find_twice(
    vault: hvac.Client,
    operator: Any,  # noqa: ANN401 - boto3 sessions are untyped
    gather: Callable[[], Evidence],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Orphan]:
    """Return what has no counterpart at every look for two seconds; at once if nothing has none.

    Args:
        vault: client whose token may list mounts and leases.
        operator: boto3 session that may list users and keys.
        gather: brings the evidence up to date.
        clock: monotonic seconds.
        sleep: waits for seconds.
    """
    start = clock()
    found = _find(vault, operator, gather)
    while found and clock() - start < SETTLING_SECONDS:
        sleep(PAUSE_SECONDS)
        again = {(one.kind, one.name): one for one in _find(vault, operator, gather)}
        found = [again[one.kind, one.name] for one in found if (one.kind, one.name) in again]
    return found


def _find(vault: hvac.Client, operator: Any, gather: Callable[[], Evidence]) -> list[Orphan]:  # noqa: ANN401
    inventory = take_inventory(vault, operator)
    evidence = gather()
    lifetimes, calls = evidence.lifetimes(), evidence.aligned_calls
    return find(inventory.leases, inventory.keys, lifetimes, calls, evidence.requests)


def remove(orphan: Orphan, vault: hvac.Client, operator: Any) -> None:  # noqa: ANN401 - boto3
    """Remove an orphan that has a remedy; others are left. Idempotent."""
    iam = operator.client("iam")
    if orphan.remedy == DELETE_USER:
        _delete_user(iam, orphan.name)
    elif orphan.remedy == DELETE_KEY:
        _ignoring_absence(iam.delete_access_key, orphan.user_name, AccessKeyId=orphan.access_key)
    elif orphan.remedy == REVOKE:
        _revoke(vault, orphan.name)


def _revoke(vault: hvac.Client, lease_id: str) -> None:
    """Revoke a lease; by force if the engine cannot, for AWS has nothing left to delete."""
    from hvac.exceptions import VaultError

    try:
        vault.write_data("sys/leases/revoke", data={"lease_id": lease_id, "sync": True})
    except VaultError:
        vault.write_data(f"sys/leases/revoke-force/{lease_id}")


def _delete_user(iam: Any, user: str) -> None:  # noqa: ANN401 - boto3's client
    from botocore.exceptions import ClientError

    def pages(operation: str, field: str) -> list[Any]:
        found = iam.get_paginator(operation).paginate(UserName=user)
        return [each for page in found for each in page[field]]

    try:
        for key in pages("list_access_keys", "AccessKeyMetadata"):
            iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
        for name in pages("list_user_policies", "PolicyNames"):
            iam.delete_user_policy(UserName=user, PolicyName=name)
        for policy in pages("list_attached_user_policies", "AttachedPolicies"):
            iam.detach_user_policy(UserName=user, PolicyArn=policy["PolicyArn"])
        for group in pages("list_groups_for_user", "Groups"):
            iam.remove_user_from_group(UserName=user, GroupName=group["GroupName"])
        iam.delete_user(UserName=user)
    except ClientError as error:
        _raise_unless_absent(error)


def _ignoring_absence(call: Callable[..., Any], user: str, **parameters: str) -> None:
    from botocore.exceptions import ClientError

    try:
        call(UserName=user, **parameters)
    except ClientError as error:
        _raise_unless_absent(error)


def _raise_unless_absent(error: Any) -> None:  # noqa: ANN401 - botocore's error
    from labkit.aws.errors import AwsSideError

    code = error.response["Error"]["Code"]
    if code != "NoSuchEntity":
        message = f"{error.operation_name}: AWS answered {code}. Remove the orphan again later."
        raise AwsSideError(message) from error
