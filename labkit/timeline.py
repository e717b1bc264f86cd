"""From evidence to intervals: when each lease and its IAM user lived. No I/O, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from labkit.leases import Lease
from labkit.samples import Sample

Kind = Literal["issue", "renew", "revoke"]


@dataclass(frozen=True)
class Event:
    """Something the lab asked Vault to do with a lease.

    Args:
        time: epoch seconds UTC at which Vault was asked.
        kind: what was asked.
        lease: the lease as it stood after it.
    """

    time: float
    kind: Kind
    lease: Lease


class Call(Protocol):
    """The part of an AWS journal entry that the timeline reads."""

    @property
    def time(self) -> float:
        """Epoch seconds UTC."""
        ...

    @property
    def action(self) -> str:
        """The AWS action, CreateUser for instance."""
        ...

    @property
    def target_user(self) -> str | None:
        """The IAM user the call is about."""
        ...

    @property
    def error(self) -> str | None:
        """AWS's error code, None when the call succeeded."""
        ...


@dataclass(frozen=True)
class Lifetime:
    """One lease and its IAM user, planned and observed; times are epoch seconds UTC.

    A time is None where the evidence holds no such observation.

    Args:
        lease_id: the lease.
        user_name: its IAM user.
        issued: when Vault issued it.
        renewals: when it was renewed.
        planned_end: when Vault said, last, that it would end it.
        revoked: when it was revoked by hand.
        vault_seen: the last look at which Vault knew it.
        vault_gone: the first look at which Vault no longer knew it.
        user_created: when AWS created the user.
        user_deleted: when AWS deleted the user.
        key_refused: the first look at which AWS refused the key.
    """

    lease_id: str
    user_name: str
    issued: float
    renewals: tuple[float, ...]
    planned_end: float
    revoked: float | None
    vault_seen: float | None
    vault_gone: float | None
    user_created: float | None
    user_deleted: float | None
    key_refused: float | None

    @property
    def ended_by(self) -> str:
        """How it ended: revoked, expired, or still alive when last seen."""
        if self.revoked is not None:
            return "revoked"
        return "alive" if self.vault_gone is None else "expired"

    @property
    def due(self) -> float:
        """When it had to end: the revocation, else the planned end."""
        return self.planned_end if self.revoked is None else self.revoked

    @property
    def last_seen(self) -> float:
        """The latest time of any observation."""
        times = (self.issued, self.vault_seen, self.vault_gone, self.user_deleted, self.revoked)
        return max(time for time in times if time is not None)

    def vault_seen_until(self, now: float) -> tuple[float, float]:
        """Return when Vault surely knew the lease still, and when it surely no longer did.

        Args:
            now: what counts as the end of a lease that was never seen to end.
        """
        if self.revoked is not None:
            return self.revoked, self.revoked
        if self.vault_gone is None:
            return now, now
        return self.vault_seen or self.issued, self.vault_gone

    @property
    def delay(self) -> float | None:
        """Seconds from when it had to end until AWS was told to delete the user."""
        return None if self.user_deleted is None else self.user_deleted - self.due


def lifetimes(
    events: Sequence[Event], samples: Sequence[Sample], calls: Sequence[Call]
) -> list[Lifetime]:
    """Join the lab's events, its samples and AWS's journal by lease_id and IAM user.

    Returns:
        One `Lifetime` for each lease that was issued, in the order of issue.
    """
    return [
        _lifetime(
            event,
            [later for later in events if later.lease.lease_id == event.lease.lease_id],
            [sample for sample in samples if sample.lease_id == event.lease.lease_id],
            [call for call in calls if call.target_user == event.lease.user_name],
        )
        for event in events
        if event.kind == "issue"
    ]


def _lifetime(
    issue: Event, events: Sequence[Event], samples: Sequence[Sample], calls: Sequence[Call]
) -> Lifetime:
    revoked = _first(event.time for event in events if event.kind == "revoke")
    return Lifetime(
        lease_id=issue.lease.lease_id,
        user_name=issue.lease.user_name,
        issued=issue.lease.issue_time.timestamp(),
        renewals=tuple(event.time for event in events if event.kind == "renew"),
        planned_end=events[-1].lease.expire_time.timestamp(),
        revoked=revoked,
        vault_seen=max((one.time for one in samples if one.ttl is not None), default=None),
        vault_gone=_first(sample.time for sample in samples if sample.ttl is None),
        user_created=_time_of("CreateUser", calls),
        user_deleted=_time_of("DeleteUser", calls),
        key_refused=_first(sample.time for sample in samples if not sample.key_works),
    )


def _time_of(action: str, calls: Sequence[Call]) -> float | None:
    return _first(call.time for call in calls if call.action == action and call.error is None)


def _first(times: Iterable[float]) -> float | None:
    return min(times, default=None)
