"""From evidence to intervals: when each lease and its IAM user lived. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labkit.aws.probes import DENIED, REFUSED
from labkit.evidence.analyse import endings
from labkit.evidence.analyse.calls import Calls, succeeded
from labkit.evidence.analyse.endings import Cause, Causes
from labkit.evidence.analyse.facts import Facts, by_lease
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.requests import Requests
from labkit.evidence.model.samples import Sample


@dataclass(frozen=True)
class Lifetime:
    """One lease and its IAM user, planned and observed; times are epoch seconds UTC.

    A time is None where the evidence holds no such observation.

    Args:
        lease_id: the lease.
        user_name: its IAM user; empty if the evidence does not tell.
        issued: when Vault issued it.
        renewals: when it was renewed.
        planned_end: when Vault said, last, that it would end it.
        revoked: when Vault was asked for what ended it before its time.
        vault_seen: the last look at which Vault knew it.
        vault_gone: the first look at which Vault no longer knew it.
        user_created: when AWS created the user.
        user_deleted: when AWS deleted the user.
        key_refused: when AWS was first seen to refuse the key, once it had known it.
        key_accepted: when AWS was last seen to accept the key.
        ceiling: the time beyond which no renewal could go (max TTL).
        ended_by: how it ended, or `alive`: the words of `labkit.evidence.analyse.endings`.
        cause: what ended it before its time, with the request to Vault.
    """

    lease_id: str
    user_name: str
    issued: float
    renewals: tuple[float, ...]
    planned_end: float | None
    revoked: float | None
    vault_seen: float | None
    vault_gone: float | None
    user_created: float | None
    user_deleted: float | None
    key_refused: float | None
    key_accepted: float | None = None
    ceiling: float | None = None
    ended_by: str = endings.ALIVE
    cause: Cause | None = field(default=None, repr=False, compare=False)

    @property
    def due(self) -> float | None:
        """The time of what ended the lease before its planned end, else the planned end."""
        return self.planned_end if self.revoked is None else self.revoked

    @property
    def gone(self) -> float | None:
        """When AWS had deleted its user, or else when Vault no longer knew the lease."""
        if (seen := _first((self.vault_gone, self.user_deleted))) is not None:
            return seen
        return self.revoked if self.ended_by != endings.ALIVE else None

    @property
    def last_seen(self) -> float:
        """The latest time of any observation."""
        times = (self.vault_seen, self.vault_gone, self.user_deleted, self.revoked)
        return max(self.issued, *(time for time in times if time is not None), self.issued)

    def vault_seen_until(self, now: float) -> tuple[float, float]:
        """Return when Vault surely knew the lease still, and when it surely no longer did.

        Args:
            now: what counts as the end of a lease that was never seen to end.
        """
        if self.revoked is not None:
            return self.revoked, self.revoked
        if self.gone is None:
            return now, now
        return min(self.vault_seen or self.issued, self.gone), self.vault_gone or self.gone

    @property
    def delay(self) -> float | None:
        """Seconds from when it had to end until AWS was told to delete the user."""
        if self.user_deleted is None or self.due is None:
            return None
        return self.user_deleted - self.due


def lifetimes(
    events: Sequence[Event], samples: Sequence[Sample], calls: Calls, requests: Requests = ()
) -> list[Lifetime]:
    """Return when each lease lived, from what `labkit.evidence.analyse.facts.by_lease` joined.

    Args:
        events: what the lab did with leases.
        samples: its looks at them.
        calls: AWS's journal.
        requests: the audit log, named; without it, only what the lab did is known.

    Returns:
        One `Lifetime` for each lease that was issued, in the order of issue.
    """
    known = endings.causes(requests)
    found = by_lease(events, samples, calls, requests).values()
    return sorted((_lifetime(facts, known) for facts in found), key=lambda one: one.issued)


def _lifetime(facts: Facts, known: Causes) -> Lifetime:
    vault_gone = _first(one.time for one in facts.samples if one.lease_present is False)
    user_deleted = _time_of("DeleteUser", facts.calls)
    gone = _first((vault_gone, user_deleted))
    cause = _cause(facts, known, gone)
    uses = [*_uses(facts)]
    token_expires = facts.request.token_expires if facts.request else None
    return Lifetime(
        lease_id=facts.lease_id,
        user_name=facts.user_name,
        issued=facts.issued,
        renewals=facts.renewals,
        planned_end=facts.planned_end,
        revoked=cause.time if cause else None,
        vault_seen=_last(one.time for one in facts.samples if one.lease_present),
        vault_gone=vault_gone,
        user_created=_time_of("CreateUser", facts.calls),
        user_deleted=user_deleted,
        key_refused=_refused(uses),
        key_accepted=_last(time for time, accepted in uses if accepted),
        ceiling=facts.ceiling,
        ended_by=endings.classify_ending(cause, gone, facts.planned_end, token_expires),
        cause=cause,
    )


def _cause(facts: Facts, known: Causes, gone: float | None) -> Cause | None:
    """Return what ended a lease: by Vault's audit log, else by what the lab remembers."""
    accessor = facts.request.accessor if facts.request else ""
    if found := known.of(facts.lease_id, accessor, facts.issued, gone):
        return found
    asked = _first(event.time for event in facts.events if event.kind == "revoke")
    if asked is None or (gone is not None and asked > gone + endings.TOLERANCE):
        return None
    return Cause(asked, endings.REVOKED)


def _uses(facts: Facts) -> Iterable[tuple[float, bool]]:
    """Return when the key was used, and whether AWS accepted it."""
    for call in facts.calls:
        if call.caller == facts.user_name and call.error in (None, *DENIED, *REFUSED):
            yield call.time, call.error not in REFUSED
    for one in facts.samples:
        if one.key_works is not None:
            yield one.time, one.key_works


def _refused(uses: Sequence[tuple[float, bool]]) -> float | None:
    """Return when the key was first refused; that AWS did not know it at first is no end of it."""
    known = _first(time for time, accepted in uses if accepted)
    refusals = (time for time, accepted in uses if not accepted)
    return _first(time for time in refusals if known is None or time > known)


def _time_of(action: str, calls: Calls) -> float | None:
    return _first(call.time for call in succeeded(action, calls))


def _first(times: Iterable[float | None]) -> float | None:
    return min((time for time in times if time is not None), default=None)


def _last(times: Iterable[float]) -> float | None:
    return max(times, default=None)
