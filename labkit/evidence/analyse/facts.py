"""All evidence of a lease: joined by lease_id, access key and IAM user, never by time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from labkit.evidence.analyse.calls import Calls
from labkit.evidence.analyse.endings import TOLERANCE
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.requests import AuditedRequest, Requests
from labkit.evidence.model.samples import Sample
from labkit.servers.aws.api.entry import Entry

JoinedBy = Literal[
    "lease_id", "IAM user", "access key", "token", "prefix of the lease_id", "not joined"
]


@dataclass
class Facts:
    """All evidence of one lease.

    Args:
        lease_id: the lease.
        request: the request that issued it, if Vault's audit log was read.
        events: what the lab did with it.
        requests: every request to Vault about it.
        samples: the lab's looks at it.
        calls: AWS calls about its IAM user, or signed with that user's key.
    """

    lease_id: str
    request: AuditedRequest | None = None
    events: list[Event] = field(default_factory=list)
    requests: list[AuditedRequest] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    calls: list[Entry] = field(default_factory=list)

    @property
    def user_name(self) -> str:
        """The lease's IAM user; empty if the evidence does not tell."""
        names = [event.lease.user_name for event in self.events]
        names += [self.request.user_name or ""] if self.request else []
        return next((name for name in names if name), "")

    @property
    def issued(self) -> float:
        """When Vault issued it, epoch seconds UTC."""
        if self.events:
            return self.events[0].lease.issue_time.timestamp()
        return self.request.end if self.request else 0.0

    @property
    def planned_end(self) -> float | None:
        """When Vault said, last, that it would end it; a revocation says nothing of that.

        A look that tells an earlier end counts only if the lease was renewed since: as its token
        ends, Vault moves the end of a lease forward and then ends it.
        """
        end, since = None, float("-inf")
        for time, told in sorted(self._ends_told):
            earlier = end is not None and told < end - TOLERANCE
            if not earlier or any(since < renewed <= time for renewed in self.renewals):
                end, since = told, time
        return end

    @property
    def _ends_told(self) -> list[tuple[float, float]]:
        """When Vault told an end of the lease, and which."""
        told = [
            (event.time, event.lease.expire_time.timestamp())
            for event in self.events
            if event.kind != "revoke"
        ]
        told += [(one.time, one.expire_time) for one in self.requests if one.expire_time]
        return told + [(one.time, one.expire_time) for one in self.samples if one.expire_time]

    @property
    def renewals(self) -> tuple[float, ...]:
        """When it was renewed, from Vault's audit log, else from what the lab did."""
        audited = [
            one.time
            for one in self.requests
            if one.path.startswith("sys/leases/renew") and one.error is None
        ]
        return tuple(audited or (event.time for event in self.events if event.kind == "renew"))

    @property
    def ceiling(self) -> float | None:
        """The time beyond which no renewal could go (max TTL), as last known."""
        known = [event.lease.max_ttl for event in self.events if event.lease.max_ttl]
        return self.issued + known[-1] if known else None


def by_lease(
    events: Iterable[Event], samples: Iterable[Sample], calls: Calls, requests: Requests
) -> dict[str, Facts]:
    """Return the facts of each lease that was issued, by lease_id."""
    found: dict[str, Facts] = {}
    for request in requests:
        if request.is_issue and request.lease_id:
            found[request.lease_id] = Facts(request.lease_id, request)
    for event in events:
        if event.kind == "issue":
            found.setdefault(event.lease.lease_id, Facts(event.lease.lease_id))
        if facts := found.get(event.lease.lease_id):
            facts.events.append(event)
    for request in requests:
        if facts := found.get(request.lease_id or ""):
            facts.requests.append(request)
    for sample in samples:
        if facts := found.get(sample.lease_id):
            facts.samples.append(sample)
    _add_calls(found, calls)
    return found


def _add_calls(found: dict[str, Facts], calls: Calls) -> None:
    of_user = {facts.user_name: facts for facts in found.values() if facts.user_name}
    for call in calls:
        for user in {call.target_user or "", call.caller} & of_user.keys():
            of_user[user].calls.append(call)
