"""What the checks ask of the lives of leases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.evidence.analyse.timeline import Lifetime
    from labkit.evidence.evidence import Evidence

ROUNDING = 1.0  # seconds: Vault plans the end of a lease in whole seconds


def is_at_most(life: Lifetime, seconds: float) -> bool:
    """Return whether Vault planned to end a lease within a number of seconds."""
    return life.planned_end is not None and life.planned_end - life.issued <= seconds + ROUNDING


def readers(evidence: Evidence) -> dict[str | None, str]:
    """Return the accessor of the token that read each lease, by lease_id."""
    return {one.lease_id: one.accessor for one in evidence.requests if one.is_issue}


def ended_by_their_readers(evidence: Evidence) -> list[Lifetime]:
    """Return the leases that were ended by the token that had read them."""
    by_lease = readers(evidence)
    return [one for one in evidence.lifetimes() if _ended_with(one, by_lease.get(one.lease_id))]


def users_by_token(evidence: Evidence) -> dict[str, set[str]]:
    """Return the IAM users of the leases that each token read, by the token's accessor."""
    by_lease, found = readers(evidence), dict[str, set[str]]()
    for life in evidence.lifetimes():
        if accessor := by_lease.get(life.lease_id):
            found.setdefault(accessor, set()).add(life.user_name)
    return found


def _ended_with(life: Lifetime, reader: str | None) -> bool:
    request = life.cause and life.cause.request
    return bool(request and reader and request.accessor == reader)
