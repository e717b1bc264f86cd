"""Checks about leases: how many there are, how they end (notebooks 00, 04, 06 and 07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from labkit.aws.probes import access_keys
from labkit.evidence.analyse.endings import TOKEN_DIED, UNMOUNTED
from labkit.notebook.checks.look import ROUNDING, Look
from labkit.notebook.verdicts import DONE, Verdict, done_if, not_yet
from labkit.vault import leases

if TYPE_CHECKING:
    from labkit.evidence.analyse.timeline import Lifetime

CREATION = 2.0  # seconds between AWS's CreateDate and what the journal or Vault remembers


def revoked_at_once(look: Look, at_least: int = 2) -> Verdict:
    """Check that one request ended the latest leases and left nothing (notebook 00).

    Args:
        look: the lab as the check sees it.
        at_least: how many of the latest leases it must have ended.
    """
    return _ended_by_one_request(look, at_least)


def key_without_role(look: Look) -> Verdict:
    """Look for a live lease with an IAM user whose Vault role is gone (notebook 00)."""
    roles, names = look.roles(), look.user_names()
    live = look.live_leases(f"{look.mount}/creds/")
    without_role = [one for one in live if one.split("/")[-2] not in roles]
    users = [names.get(one, "") for one in without_role]
    return done_if(
        any(user and access_keys(look.on.aws(), user) for user in users),
        f"{len(live)} leases are alive, {len(without_role)} of them of a role that is gone; "
        f"the roles are: {', '.join(roles) or 'none'}",
    )


def leases_and_users_agree(look: Look, at_least: int = 4) -> Verdict:
    """Match Vault's live leases of the role with AWS's users, one to one (notebook 04).

    Args:
        look: the lab as the check sees it.
        at_least: how many leases must be alive; the notebook itself leaves three.
    """
    live, users, matched = look.pairs()
    return done_if(
        matched == live == users >= at_least,
        f"{live} leases and {users} users, {matched} of them belong together; {at_least} are "
        "wanted",
    )


def creation_times(look: Look, times: Mapping[str, datetime]) -> Verdict:
    """Compare the creation times with AWS's journal, or else with the leases (notebook 04).

    Args:
        look: the lab as the check sees it.
        times: when each user was created, by its name; more users do no harm.
    """
    lives = look.evidence.lifetimes()
    began = {one.user_name: one.user_created or one.issued for one in lives}
    users = sorted(look.users() & began.keys())
    if missing := [user for user in users if user not in times]:
        return not_yet(f"no time is given for {len(missing)} of {len(users)} users")
    wrong = [user for user in users if abs(times[user].timestamp() - began[user]) > CREATION]
    if wrong:
        return not_yet(f"{len(wrong)} of {len(users)} times differ from the issue of the lease")
    return DONE if users else not_yet("no user of the role exists; issue credentials first")


def at_the_ceiling(look: Look, renewals: int = 1) -> Verdict:
    """Look for a lease that was renewed up to its max TTL (notebook 06).

    Args:
        look: the lab as the check sees it.
        renewals: how often it was renewed; the notebook itself renews a lease three times.
    """
    renewed = [one for one in look.evidence.lifetimes() if one.renewals]
    found = [one for one in renewed if _ends_at_ceiling(look, one)]
    return done_if(
        any(len(one.renewals) == renewals for one in found),
        f"{len(renewed)} leases were renewed, {len(found)} of them up to issue_time + max TTL; "
        f"one is wanted that got there with {renewals} renewals",
    )


def token_ends_lease(look: Look) -> Verdict:
    """Look for a lease that ended early because its token expired by itself (notebook 06)."""
    lives = look.evidence.lifetimes()
    with_token = [one for one in lives if one.ended_by == TOKEN_DIED]
    return done_if(
        any(one.cause is None for one in with_token),
        f"of {len(lives)} leases {len(with_token)} ended with their tokens, and each of those "
        "tokens was revoked; one is wanted whose token expired",
    )


def nothing_left(look: Look, at_least: int = 5) -> Verdict:
    """Check that one request ended the latest leases and left nothing (notebook 07).

    Args:
        look: the lab as the check sees it.
        at_least: how many of the latest leases it must have ended. Which request ended a
            lease stands in Vault's audit log; without the log it is not asked for.
    """
    return _ended_by_one_request(look, at_least)


def disabled_without_orphans(look: Look) -> Verdict:
    """Check that the engine was disabled with a live lease, and no user is left (notebook 07)."""
    if f"{look.mount}/" in look.aws_mounts():
        return not_yet(f"the engine at {look.mount}/ is enabled")
    evidence = look.evidence
    ended = [one for one in evidence.lifetimes() if one.ended_by == UNMOUNTED]
    if evidence.requests and not ended:
        return not_yet("the engine had no live lease when it was disabled")
    left = look.users()
    return done_if(not left, f"{len(left)} users are left in AWS")


def _ended_by_one_request(look: Look, at_least: int) -> Verdict:
    live, users = look.live_leases(), look.users()
    if live or users:
        return not_yet(f"{len(live)} leases and {len(users)} users are left")
    evidence = look.evidence
    of_role = [one for one in evidence.lifetimes() if one.lease_id.startswith(look.prefix)]
    if len(latest := of_role[-at_least:]) < at_least:
        return not_yet(f"{len(latest)} leases were issued; issue {at_least} first")
    requests = {one.revoked for one in latest}
    return done_if(
        not evidence.requests or (len(requests) == 1 and None not in requests),
        f"the latest {at_least} leases did not end by one and the same request",
    )


def _ends_at_ceiling(look: Look, life: Lifetime) -> bool:
    lease = leases.look_up(look.on.vault, life.lease_id)
    end = lease.expire_time.timestamp() if lease else life.planned_end
    most = leases.max_ttl(look.on.vault, mount=look.mount)
    ceiling = life.ceiling or (life.issued + most if most else None)
    return end is not None and ceiling is not None and abs(end - ceiling) <= ROUNDING
