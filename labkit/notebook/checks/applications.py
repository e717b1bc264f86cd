"""Checks about who may ask, and what a thief can do (notebooks 08 and 09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED
from labkit.aws.trying import attempt
from labkit.evidence.analyse.calls import callers
from labkit.evidence.analyse.endings import EXPIRED, TOKEN_DIED
from labkit.flow import steps
from labkit.notebook.checks.look import ROUNDING, Look
from labkit.notebook.verdicts import Verdict, done_if, not_yet

if TYPE_CHECKING:
    import hvac


def secret_id_works_once(look: Look) -> Verdict:
    """Log in twice with one new secret-id: the second login must fail (notebook 08)."""
    setting, login = look.on.setting, look.on.login
    role_id, secret_id = steps.role_id(setting), steps.secret_id(setting)
    first, second = (attempt(login, role_id, secret_id) for _ in range(2))
    return done_if(
        first == ALLOWED != second,
        f"the first login with a new secret-id: {first}; the second: {second}",
    )


def revoking_policy(look: Look, name: str = "aws-revoke") -> Verdict:
    """Try a token with the policy: it may revoke the role's leases and nothing else (notebook 08).

    Args:
        look: the lab as the check sees it.
        name: the name of the policy.
    """
    client, role = _with_policy(look, name), f"{look.mount}/creds/{look.role_name}"
    if (answer := attempt(client.sys.revoke_prefix, role)) != ALLOWED:
        return not_yet(f"revoking the leases of {role} with a token that has {name}: {answer}")
    more = {
        "revoke the leases of the whole engine": (client.sys.revoke_prefix, f"{look.mount}/creds"),
        "read credentials": (client.read, role),
        "write a role": (client.write_data, f"{look.mount}/roles/{look.role_name}"),
        "list the engines": (client.sys.list_mounted_secrets_engines,),
    }
    allowed = [what for what, (call, *of) in more.items() if attempt(call, *of) == ALLOWED]
    return done_if(not allowed, f"a token with {name} may also {', '.join(allowed)}")


def short_lease(look: Look, most: int = 3) -> Verdict:
    """Look for a lease of a few seconds that expired and whose key AWS accepted (notebook 09).

    Args:
        look: the lab as the check sees it.
        most: the longest ttl in seconds.
    """
    evidence = look.evidence
    expired = [one for one in evidence.lifetimes() if one.ended_by == EXPIRED]
    longest = most + ROUNDING
    short = [one for one in expired if one.planned_end and one.planned_end - one.issued <= longest]
    return done_if(
        callers(evidence.calls) & {one.user_name for one in short},
        f"{len(expired)} leases expired, {len(short)} of them after {most} s or less; one is "
        "wanted whose key AWS accepted before",
    )


def stolen_token_ended(look: Look) -> Verdict:
    """Look for a lease that ended because its token was revoked (notebook 09)."""
    lives = look.evidence.lifetimes()
    return done_if(
        any(one.ended_by == TOKEN_DIED and one.cause is not None for one in lives),
        f"none of {len(lives)} leases ended because its token was revoked",
    )


def _with_policy(look: Look, name: str) -> hvac.Client:
    made = look.on.root.auth.token.create(policies=[name], no_default_policy=True, ttl="1m")
    return look.on.client(made["auth"]["client_token"])
