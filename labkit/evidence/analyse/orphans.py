"""Orphans: leases without an IAM user, users and keys without a lease, and why, if it was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.display.tables import Grid
from labkit.evidence.analyse import endings
from labkit.evidence.analyse.facts import user_of
from labkit.evidence.analyse.timeline import Lifetime
from labkit.redact import shorten_key_id

if TYPE_CHECKING:
    import hvac

    from labkit.servers.aws.journal import Entry

LEASE, USER, KEY = "lease without IAM user", "IAM user without lease", "access key without lease"
VAULTS_PREFIX = "vault-"  # of the user names that Vault makes, unless its template says otherwise
OWN = {"vault-root"}  # Vault's own user is no credential
NO_REASON = "the evidence shows no reason"


@dataclass(frozen=True)
class Orphan:
    """Something that has no counterpart on the other side.

    Args:
        kind: a lease, a user or a key.
        name: lease_id, user name, or shortened key id and its user.
        reason: why, as far as the evidence shows.
    """

    kind: str
    name: str
    reason: str


def table(orphans: Sequence[Orphan]) -> Grid:
    """Return orphans as a table."""
    title = f"{len(orphans)} without a counterpart on the other side"
    return Grid(title, ("what", "name", "why"), tuple((o.kind, o.name, o.reason) for o in orphans))


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


def keys_in_aws(operator: Any) -> dict[str, list[str]]:  # noqa: ANN401 - boto3 has no types
    """Return the access keys of every IAM user, by user name.

    Args:
        operator: boto3 session that may list users and keys.
    """
    iam = operator.client("iam")
    pages = iam.get_paginator("list_users").paginate()
    users = [user["UserName"] for page in pages for user in page["Users"]]
    return {
        user: [key["AccessKeyId"] for key in keys["AccessKeyMetadata"]]
        for user in users
        if (keys := iam.list_access_keys(UserName=user))
    }


def find(
    leases: Sequence[str],
    keys: Mapping[str, Sequence[str]],
    lifetimes: Sequence[Lifetime],
    calls: Sequence[Entry],
) -> list[Orphan]:
    """Compare Vault's leases with AWS's users and keys.

    A user counts as Vault's if the journal shows that Vault made it, or by its name.

    Args:
        leases: the ids of all leases that Vault has.
        keys: the access keys of every IAM user that AWS has.
        lifetimes: what is known of leases, ended ones too: it tells which user is whose.
        calls: AWS's journal.
    """
    lives = {one.lease_id: one for one in lifetimes}
    live_users = {lives[one].user_name for one in leases if one in lives} - {""}
    found = [*_leases(leases, keys, lives, calls)]
    made = _made_by_vault(lifetimes, calls)
    of_user = {one.user_name: one for one in lifetimes if one.user_name}
    for user in sorted(keys.keys() - OWN):
        if user not in live_users and (user in made or user.startswith(VAULTS_PREFIX)):
            found.append(Orphan(USER, user, _why_user(user, of_user.get(user), calls)))
        elif user in live_users:
            found += _keys(user, keys[user], calls)
    return found


def _leases(
    leases: Sequence[str],
    keys: Mapping[str, Sequence[str]],
    lives: Mapping[str, Lifetime],
    calls: Sequence[Entry],
) -> Iterator[Orphan]:
    for lease_id in leases:
        life = lives.get(lease_id)
        if life is None or not life.user_name:
            yield Orphan(LEASE, lease_id, "nobody saw its issue: its user is not known")
        elif life.user_name not in keys:
            yield Orphan(LEASE, lease_id, _deleted_by(life.user_name, calls))
        elif not keys[life.user_name]:
            yield Orphan(LEASE, lease_id, f"its user {life.user_name} has no access key any more")


def _keys(user: str, keys: Sequence[str], calls: Sequence[Entry]) -> Iterator[Orphan]:
    """Yield the keys of a user that Vault did not make: it makes one."""
    makers = {
        call.target_key_id: user_of(call)
        for call in calls
        if call.action == "CreateAccessKey" and call.error is None and call.target_user == user
    }
    owner = next((user_of(call) for call in calls if _is("CreateUser", user, call)), None)
    for key in keys if len(keys) > 1 else ():
        if makers.get(key) != owner or owner is None:
            why = f"{makers[key]} created it" if key in makers else NO_REASON
            yield Orphan(KEY, f"{shorten_key_id(key)} of {user}", why)


def _made_by_vault(lifetimes: Sequence[Lifetime], calls: Sequence[Entry]) -> set[str]:
    users = {one.user_name for one in lifetimes}
    made = [call for call in calls if call.action == "CreateUser" and call.error is None]
    vaults = {call.principal for call in made if call.target_user in users}
    return {call.target_user or "" for call in made if call.principal in vaults}


def _why_user(user: str, life: Lifetime | None, calls: Sequence[Entry]) -> str:
    reasons = []
    if life is None:
        reasons.append("no lease was ever seen for it")
    elif life.ended_by == endings.BY_FORCE:
        reasons.append("its lease was revoked by force, which forgets what AWS still has")
    refused = Counter(
        f"{call.action} ({call.error})" for call in calls if call.target_user == user and call.error
    )
    reasons += [f"AWS refused {what} {_times(count)}" for what, count in refused.most_common()]
    return "; ".join(reasons) or NO_REASON


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _deleted_by(user: str, calls: Sequence[Entry]) -> str:
    for call in reversed(calls):
        if _is("DeleteUser", user, call):
            return f"{user_of(call) or 'somebody'} deleted its user {user}"
    return f"AWS has no user {user}; {NO_REASON}"


def _is(action: str, user: str, call: Entry) -> bool:
    return call.action == action and call.target_user == user and call.error is None
