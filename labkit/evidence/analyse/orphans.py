"""Orphans: leases without an IAM user, users and keys without a lease, and why, if it was seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from labkit.display.tables import Grid
from labkit.evidence.analyse import endings
from labkit.evidence.analyse.calls import Calls, succeeded
from labkit.evidence.analyse.timeline import Lifetime
from labkit.evidence.model.requests import AuditedRequest, Requests
from labkit.redact import shorten_key_id
from labkit.servers.aws.api.entry import Entry

LEASE, USER, KEY = "lease without IAM user", "IAM user without lease", "access key without lease"
VAULTS_PREFIX = "vault-"  # of the user names that Vault makes, unless its template says otherwise
OWN = {"vault-root"}  # Vault's own user is no credential
ENGINE_TYPE = "aws"
NO_REASON = "the evidence shows no reason"
NO_LEASE = "no lease was ever seen for it"
COMPLETE_ISSUE = (
    "AWS completed its issue (CreateUser to CreateAccessKey), so Vault's engine may have deleted "
    "its write-ahead entry before it ended: then no rollback deletes the user"
)

Keys = Mapping[str, Sequence[str]]  # access keys by IAM user
RESTORES = ("sys/storage/raft/snapshot", "sys/storage/raft/snapshot-force")
NOT_IN_SNAPSHOT = "Vault was restored from a snapshot that is older than its lease"

Remedy = Literal["delete user", "delete key", "revoke lease"]
DELETE_USER: Remedy = "delete user"
DELETE_KEY: Remedy = "delete key"
REVOKE: Remedy = "revoke lease"
ADVICE: dict[Remedy | None, str] = {
    DELETE_USER: "delete the IAM user with its keys and policies: orphans(remove=True)",
    DELETE_KEY: "delete the access key: orphans(remove=True)",
    REVOKE: "revoke the lease: orphans(remove=True)",
    None: "find out whose it is before you remove it: its origin is not in the evidence",
}


@dataclass(frozen=True)
class Orphan:
    """Something that has no counterpart on the other side.

    Args:
        kind: a lease, a user or a key.
        name: lease_id, user name, or shortened key id and its user.
        reason: why, as far as the evidence shows.
        remedy: what removes it; None if the evidence does not show that it is this Vault's.
        user_name: the IAM user of an orphaned key or lease, if the evidence shows it.
        access_key: the id of an orphaned key.
    """

    kind: str
    name: str
    reason: str
    remedy: Remedy | None = None
    user_name: str = field(default="", repr=False, compare=False)
    access_key: str = field(default="", repr=False)

    @property
    def advice(self) -> str:
        """What to do with it."""
        return ADVICE[self.remedy]


def table(orphans: Sequence[Orphan]) -> Grid:
    """Return orphans as a table."""
    title = f"{len(orphans)} without a counterpart on the other side"
    rows = tuple((one.kind, one.name, one.reason, one.advice) for one in orphans)
    return Grid(title, ("what", "name", "why", "what to do"), rows)


def find(
    leases: Sequence[str],
    keys: Keys,
    lifetimes: Sequence[Lifetime],
    calls: Calls,
    requests: Requests = (),
) -> list[Orphan]:
    """Compare Vault's leases with AWS's users and keys.

    A user counts as Vault's if the journal shows that Vault made it, or by its name. The lease and
    the user of a credential that is still behind a response-wrapping token are no orphans.

    Args:
        leases: the ids of all leases on IAM users that Vault has.
        keys: the access keys of every IAM user that AWS has.
        lifetimes: what is known of leases, ended ones too: it tells which user is whose.
        calls: AWS's journal, by Vault's clock.
        requests: Vault's audit log, named.
    """
    lives = {one.lease_id: one for one in lifetimes}
    live_users = {lives[one].user_name for one in leases if one in lives} - {""}
    wrapped = _wrapped([one for one in leases if one not in lives], calls, requests)
    about: dict[str, list[Entry]] = defaultdict(list)
    for call in calls:
        about[call.target_user or ""].append(call)
    seen = [_lease(one, lives.get(one), keys, about) for one in leases if one not in wrapped]
    found = [orphan for orphan in seen if orphan is not None]
    made = _made_by_vault(lifetimes, calls)
    of_user = {one.user_name: one for one in lifetimes if one.user_name}
    for user in sorted(keys.keys() - OWN - wrapped):
        if user not in live_users and (user in made or user.startswith(VAULTS_PREFIX)):
            why = _why_user(of_user.get(user), about[user], requests)
            found.append(Orphan(USER, user, why, DELETE_USER if user in made else None))
        elif user in live_users:
            found += _keys(user, keys[user], about[user])
    return found


def _wrapped(unseen: list[str], calls: Calls, requests: Requests) -> set[str]:
    """Return the leases and users of credentials that nobody has unwrapped yet.

    Vault's audit log shows neither. A user is taken if it was created while Vault answered the
    wrapped request, and a lease if it is of the same path and its issue was not seen.
    """
    found: set[str] = set()
    created = succeeded("CreateUser", calls)
    for request in requests:
        lease = next((one for one in unseen if one.startswith(f"{request.path}/")), None)
        if request.wrap_token is None or request.is_issue or lease is None:
            continue
        unseen.remove(lease)
        found |= {lease, *(call.target_user or "" for call in created if _during(request, call))}
    return found


def _during(request: AuditedRequest, call: Entry) -> bool:
    return request.time <= call.time and (request.duration is None or call.time <= request.end)


def _lease(
    lease_id: str, life: Lifetime | None, keys: Keys, about: Mapping[str, Calls]
) -> Orphan | None:
    """Return a lease whose user or access key is gone; None if AWS has both."""
    user = life.user_name if life else ""
    if not user:
        return Orphan(LEASE, lease_id, "nobody saw its issue: its user is not known")
    if keys.get(user):
        return None
    no_key = f"its user {user} has no access key any more"
    why = no_key if user in keys else _deleted_by(user, about[user])
    return Orphan(LEASE, lease_id, why, REVOKE, user)


def _keys(user: str, keys: Sequence[str], about: Calls) -> Iterator[Orphan]:
    """Yield the keys of a user that Vault did not make: it makes one."""
    makers = {call.target_key_id: call.caller for call in succeeded("CreateAccessKey", about)}
    owner = next((call.caller for call in succeeded("CreateUser", about)), None)
    for key in keys if len(keys) > 1 else ():
        if makers.get(key) != owner or owner is None:
            why = f"{makers[key]} created it" if key in makers else NO_REASON
            yield Orphan(KEY, f"{shorten_key_id(key)} of {user}", why, DELETE_KEY, user, key)


def _made_by_vault(lifetimes: Sequence[Lifetime], calls: Calls) -> set[str]:
    users = {one.user_name for one in lifetimes}
    made = succeeded("CreateUser", calls)
    vaults = {call.principal for call in made if call.target_user in users}
    return {call.target_user or "" for call in made if call.principal in vaults}


def _why_user(life: Lifetime | None, about: Calls, requests: Requests) -> str:
    reasons = []
    if life is None:
        reasons.append(_why_no_lease(about, requests))
    elif life.ended_by == endings.BY_FORCE:
        reasons.append("its lease was revoked by force, which forgets what AWS still has")
    elif any(_restores(one) and one.time > life.issued for one in requests):
        reasons.append(NOT_IN_SNAPSHOT)
    refused = Counter(f"{call.action} ({call.error})" for call in about if call.error)
    for what, count in refused.most_common():
        reasons.append(f"AWS refused {what} {'once' if count == 1 else f'{count} times'}")
    return "; ".join(reasons) or NO_REASON


def _why_no_lease(about: Calls, requests: Requests) -> str:
    """Return why a user never had a lease: Vault or its engine ended before Vault stored it.

    Vault's API does not show write-ahead entries. The rollback of a remaining entry deletes the
    user some 6 minutes after its creation; a user that is older has no entry.
    """
    created = next(iter(succeeded("CreateUser", about)), None)
    asked = [
        one
        for one in requests
        if one.mount_type == ENGINE_TYPE and (one.duration is None or one.error)
        if created is not None and _during(one, created)
    ]
    why = [f"{NO_LEASE}{_answer(asked[-1])}" if asked else NO_LEASE]
    if created is not None and succeeded("CreateAccessKey", about):
        why.append(COMPLETE_ISSUE)
    return "; ".join(why)


def _answer(request: AuditedRequest) -> str:
    answer = f'Vault answered "{request.error}"' if request.error else "Vault never answered"
    return f": {answer} to the request that was being served then"


def _restores(request: AuditedRequest) -> bool:
    return request.path in RESTORES and request.operation != "read" and request.error is None


def _deleted_by(user: str, about: Calls) -> str:
    if done := succeeded("DeleteUser", about):
        return f"{done[-1].caller or 'somebody'} deleted its user {user}"
    return f"AWS has no user {user}; {NO_REASON}"
