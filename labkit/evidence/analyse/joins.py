"""One list of all that was seen: Vault's audit log, AWS's journal and the lab's looks, joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from labkit.evidence.analyse.calls import Calls
from labkit.evidence.analyse.facts import Facts, JoinedBy
from labkit.evidence.model.lease_ids import ELLIPSIS
from labkit.evidence.model.requests import AuditedRequest, Requests
from labkit.evidence.model.samples import Sample
from labkit.redact import shorten_key_id
from labkit.servers.aws.api.entry import Entry

Source = Literal["Vault's audit log", "AWS's journal", "look"]


@dataclass(frozen=True, slots=True)
class Line:
    """One observation, and the lease it is about.

    Args:
        time: epoch seconds UTC.
        duration: seconds it took; None where nobody measured.
        source: who observed it.
        who: who asked.
        what: what was asked.
        outcome: what came of it.
        lease_id: the lease it is about; None if it cannot be joined to one.
        joined_by: what it shares with that lease: never the time alone.
    """

    time: float
    duration: float | None
    source: Source
    who: str
    what: str
    outcome: str
    lease_id: str | None
    joined_by: JoinedBy


def join(
    facts: Iterable[Facts], samples: Iterable[Sample], calls: Calls, requests: Requests
) -> list[Line]:
    """Return every observation in the order of time, each joined to its lease if it can be.

    Args:
        facts: the leases, of `labkit.evidence.analyse.facts.by_lease`.
        samples: the lab's looks.
        calls: AWS's journal, by Vault's clock.
        requests: Vault's audit log, named.
    """
    known = list(facts)
    leases = {one.lease_id: one.lease_id for one in known}
    users = {one.user_name: one.lease_id for one in known if one.user_name}
    # A shortened key id, from evidence that was loaded, may be that of several keys
    keys = {
        one.request.access_key: one.lease_id
        for one in known
        if one.request and one.request.access_key and ELLIPSIS not in one.request.access_key
    }
    lines = [_of_request(one, leases.get(one.lease_id or "")) for one in requests]
    lines += [_of_call(one, users, keys) for one in calls]
    lines += [_of_sample(one, leases.get(one.lease_id)) for one in samples]
    return sorted(lines, key=lambda line: line.time)


def _of_request(one: AuditedRequest, lease_id: str | None) -> Line:
    return Line(
        time=one.time,
        duration=one.duration,
        source="Vault's audit log",
        who=one.caller,
        what=one.command,
        outcome=one.error or ("ok" if one.duration is not None else "no answer in the log"),
        lease_id=lease_id,
        joined_by="lease_id" if lease_id else "not joined",
    )


def _of_call(one: Entry, users: Mapping[str, str], keys: Mapping[str, str]) -> Line:
    lease_id, joined_by = _lease_of(one, users, keys)
    key = f" {shorten_key_id(one.target_key_id)}" if one.target_key_id else ""
    return Line(
        time=one.time,
        duration=one.duration,
        source="AWS's journal",
        who=one.caller or "an unknown key",
        what=f"{one.action}{key}",
        outcome=one.error or "ok",
        lease_id=lease_id,
        joined_by=joined_by,
    )


def _lease_of(
    one: Entry, users: Mapping[str, str], keys: Mapping[str, str]
) -> tuple[str | None, JoinedBy]:
    found: list[tuple[str | None, JoinedBy]] = [
        (users.get(one.caller), "access key"),
        (users.get(one.target_user or ""), "IAM user"),
        (keys.get(one.target_key_id or ""), "access key"),
        (keys.get(one.access_key_id or ""), "access key"),
    ]
    return next((pair for pair in found if pair[0]), (None, "not joined"))


def _of_sample(one: Sample, lease_id: str | None) -> Line:
    lease = {None: "lease unknown", True: f"ttl {one.ttl} s", False: "lease gone"}
    user = {None: "unknown", True: "present", False: "gone"}[one.user_present]
    return Line(
        time=one.time,
        duration=None,
        source="look",
        who="the lab",
        what="look at lease, IAM user and key",
        outcome=f"{lease[one.lease_present]}, user {user}, key {one.sts}",
        lease_id=lease_id,
        joined_by="lease_id" if lease_id else "not joined",
    )
