"""Checks of what the restore of a snapshot leaves (notebook 17)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.aws.probes import access_keys
from labkit.notebook.checks.look import Look
from labkit.notebook.verdicts import Verdict, done_if, not_yet

if TYPE_CHECKING:
    from labkit.evidence.analyse.timeline import Lifetime

GRACE = 2.0  # seconds in which Vault deletes the user of a lease that expired


def key_outlives_lease(look: Look) -> Verdict:
    """Look for an IAM user with a key whose lease should have ended, and is gone (notebook 17)."""
    overdue, operator = _overdue(look), look.on.aws()
    return done_if(
        any(one.user_name and access_keys(operator, one.user_name) for one in overdue),
        f"of the leases of lab.issue(), {len(overdue)} are past their planned end, and AWS has the "
        "key of none of them",
    )


def restore_reconciled(look: Look) -> Verdict:
    """Check that an overdue user was deleted by hand, and all live leases work (notebook 17)."""
    live, users, matched = look.pairs()
    if not live == users == matched:
        return not_yet(f"{live} leases and {users} users, {matched} of them belong together")
    if not matched:
        return not_yet("no lease is alive; what Vault and AWS agree on must not end")
    by_hand = any(_deleted_by_hand(look, one) for one in _overdue(look))
    return done_if(by_hand, "0 users outlived their lease and were deleted by hand")


def _overdue(look: Look) -> list[Lifetime]:
    """Return the leases that Vault no longer has and whose planned end has passed."""
    now, live = time.time(), set(look.live_leases())
    return [
        one
        for one in look.evidence.lifetimes()
        if one.lease_id not in live and one.planned_end and one.planned_end + GRACE < now
    ]


def _deleted_by_hand(look: Look, life: Lifetime) -> bool:
    """Return whether AWS deleted the user after its planned end, and not for who created it."""
    calls = [one for one in look.evidence.calls if one.target_user == life.user_name]
    done = [one for one in calls if one.error is None]
    creators = {one.principal for one in done if one.action == "CreateUser"}
    deleted = [one for one in done if one.action == "DeleteUser"]
    late = [one for one in deleted if life.planned_end and one.time > life.planned_end]
    return any(one.principal not in creators for one in late)
