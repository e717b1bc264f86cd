"""Checks about programs that use leased keys (notebooks 12 and 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED
from labkit.aws.trying import attempt
from labkit.evidence.analyse.calls import callers, users_of_keys
from labkit.evidence.analyse.workload import user_of
from labkit.notebook.checks.look import Look
from labkit.notebook.verdicts import Verdict, done_if, not_yet
from labkit.servers.aws.api.entry import UNVERIFIED
from labkit.vault.leases import seconds

if TYPE_CHECKING:
    import hvac

    from labkit.evidence.analyse.timeline import Lifetime
    from labkit.evidence.evidence import Evidence
    from labkit.evidence.model.requests import AuditedRequest


def one_key_per_token(look: Look, role_name: str = "job") -> Verdict:
    """Read twice with one new token: Vault must refuse the second read (notebook 12).

    Args:
        look: the lab as the check sees it.
        role_name: the AppRole role whose tokens are tried.
    """
    at = look.names.approle_mount
    if not look.on.root.read(f"auth/{at}/role/{role_name}"):
        return not_yet(f"Vault has no AppRole role {role_name} at auth/{at}/")
    client = _logged_in(look, role_name)
    path = f"{look.mount}/creds/{look.role_name}"
    first, second = (attempt(client.read, path) for _ in range(2))
    if second == ALLOWED:
        client.auth.token.revoke_self()
    found = f"the first read with a new token of {role_name}: {first}; the second: {second}"
    return done_if(first == ALLOWED != second, found)


def job_ended_its_key(look: Look) -> Verdict:
    """Look for a used key that was ended by the token that had read it (notebook 12)."""
    evidence = look.evidence
    own = _ended_by_their_readers(evidence)
    used = [one for one in own if one.user_name in callers(evidence.calls)]
    return done_if(
        used,
        f"{len(own)} leases were ended by the token that had read them; AWS had accepted the keys "
        f"of {len(used)} of these",
    )


def exec_replaced_its_key(look: Look, client: str = "exec") -> Verdict:
    """Look for a client that read two keys with one token, both accepted by AWS (notebook 12).

    Args:
        look: the lab as the check sees it.
        client: the name that the client has in `lab.workload`.
    """
    evidence, is_of_client = look.evidence, user_of(client).search
    by_token = _users_by_token(evidence).values()
    runs = [users for users in by_token if any(map(is_of_client, users))]
    used = max((len(users & callers(evidence.calls)) for users in runs), default=0)
    return done_if(
        used > 1,
        f"the client {client} ran {len(runs)} times; of the keys that it read with one token, AWS "
        f"accepted {used} at most; two are wanted",
    )


def halves_refused(look: Look) -> Verdict:
    """Look for a call with the key id of a lease and a wrong secret, by a token with more leases.

    AWS's journal names no principal for such a call: it was not signed with the key's secret
    (notebook 13).
    """
    evidence = look.evidence
    owners = users_of_keys(evidence.calls)
    unsigned = [one for one in evidence.calls if one.error and one.principal == UNVERIFIED]
    wrong = {owners.get(call.access_key_id or "") for call in unsigned}
    pairs = [users for users in _users_by_token(evidence).values() if len(users) > 1]
    return done_if(
        any(users & wrong for users in pairs),
        f"AWS refused {len(unsigned)} calls for a wrong secret, none with the key id of a lease "
        "whose token read another key, too",
    )


def long_lease_ended(look: Look, least: float = 600.0) -> Verdict:
    """Look for a used key of a long lease that ended with the token that had read it (notebook 13).

    Vault's audit log tells no ttl: long are the leases that were issued since config/lease was
    last written, if its ttl is long.

    Args:
        look: the lab as the check sees it.
        least: the shortest ttl in seconds.
    """
    if (ttl := _configured_ttl(look)) < least:
        return not_yet(f"{look.mount}/config/lease gives leases of {ttl:.0f} s; {least:.0f} wanted")
    evidence = look.evidence
    writes = [one for one in evidence.requests if _is_write(one, f"{look.mount}/config/lease")]
    since = max((one.time for one in writes), default=0.0)
    own = [one for one in _ended_by_their_readers(evidence) if one.issued >= since]
    used = [one for one in own if one.user_name in callers(evidence.calls)]
    return done_if(
        used,
        f"since {look.mount}/config/lease was written, {len(own)} leases were ended by the token "
        f"that had read them; AWS had accepted the keys of {len(used)} of these",
    )


def _configured_ttl(look: Look) -> float:
    answer = look.on.root.read(f"{look.mount}/config/lease")
    return seconds(answer["data"]["lease"]) if answer else 0.0


def _is_write(request: AuditedRequest, path: str) -> bool:
    return request.path == path and request.operation != "read" and request.error is None


def _logged_in(look: Look, role_name: str) -> hvac.Client:
    approle, at = look.on.root.auth.approle, look.names.approle_mount
    role_id = approle.read_role_id(role_name, mount_point=at)["data"]["role_id"]
    made = approle.generate_secret_id(role_name, mount_point=at)
    return look.on.login(role_id, made["data"]["secret_id"])


def _readers(evidence: Evidence) -> dict[str | None, str]:
    """Return the accessor of the token that read each lease, by lease_id."""
    return {one.lease_id: one.accessor for one in evidence.requests if one.is_issue}


def _ended_by_their_readers(evidence: Evidence) -> list[Lifetime]:
    """Return the leases that were ended by the token that had read them."""
    by_lease = _readers(evidence)
    return [one for one in evidence.lifetimes() if _ended_with(one, by_lease.get(one.lease_id))]


def _users_by_token(evidence: Evidence) -> dict[str, set[str]]:
    """Return the IAM users of the leases that each token read, by the token's accessor."""
    by_lease, found = _readers(evidence), dict[str, set[str]]()
    for life in evidence.lifetimes():
        if accessor := by_lease.get(life.lease_id):
            found.setdefault(accessor, set()).add(life.user_name)
    return found


def _ended_with(life: Lifetime, reader: str | None) -> bool:
    request = life.cause and life.cause.request
    return bool(request and reader and request.accessor == reader)
