"""How many leases and IAM users there were at each time. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from labkit.evidence.analyse.calls import Calls
from labkit.evidence.analyse.timeline import Lifetime


@dataclass(frozen=True)
class Population:
    """Two counts over time, as steps.

    Args:
        times: when a count changed, epoch seconds UTC, ascending; the last is that of the last
            observation.
        leases: the live leases from each of these times on.
        users: the IAM users of Vault from each of these times on.
    """

    times: tuple[float, ...]
    leases: tuple[int, ...]
    users: tuple[int, ...]

    @property
    def orphans(self) -> int:
        """How many more users than leases there were in the end; negative for fewer."""
        return self.users[-1] - self.leases[-1] if self.times else 0


def count(lifetimes: Sequence[Lifetime], calls: Calls) -> Population:
    """Count live leases, and the users that the same identity created in AWS.

    Users are counted from AWS's journal alone, so that one without a lease counts too.

    Args:
        lifetimes: the leases.
        calls: AWS's journal, by Vault's clock.
    """
    found = sorted(calls, key=lambda call: call.time)
    makers = _makers(lifetimes, found)
    changes = [(one.issued, 1, 0) for one in lifetimes]
    changes += [(one.gone, -1, 0) for one in lifetimes if one.gone is not None]
    alive: set[str] = set()
    for call in found:
        user = call.target_user
        if call.error is not None or user is None:
            continue
        if call.action == "CreateUser" and call.principal in makers:
            alive.add(user)
            changes.append((call.time, 0, 1))
        elif call.action == "DeleteUser" and user in alive:
            alive.remove(user)
            changes.append((call.time, 0, -1))
    changes += [(max((one.last_seen for one in lifetimes), default=0.0), 0, 0)] if changes else []
    changes.sort()
    return Population(
        tuple(time for time, _, _ in changes),
        leases=tuple(accumulate(leases for _, leases, _ in changes)),
        users=tuple(accumulate(users for _, _, users in changes)),
    )


def _makers(lifetimes: Sequence[Lifetime], calls: Calls) -> set[str | None]:
    """Return who creates the users of leases: Vault's own identity."""
    users = {one.user_name for one in lifetimes if one.user_name}
    made = [call for call in calls if call.action == "CreateUser"]
    return {call.principal for call in made if call.target_user in users} or {
        call.principal for call in made if (call.principal or "").endswith("vault-root")
    }
