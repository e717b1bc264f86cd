"""Checks of an incident with a leaked key (notebook 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.evidence.analyse.calls import users_of_keys
from labkit.notebook.checks.look import Look
from labkit.notebook.verdicts import Verdict, done_if, not_yet
from labkit.redact import shorten_key_id

if TYPE_CHECKING:
    from labkit.experiments.incident.incident import Incident

SEED, LEVEL = 9, 2  # of the incident in the exercises


def leak_traced(look: Look, incident: Incident, lease_id: str) -> Verdict:
    """Compare a lease with the one whose IAM user has the leaked key (notebook 16).

    Args:
        look: the lab as the check sees it.
        incident: the running incident.
        lease_id: the lease that you found.
    """
    if other := _other(incident):
        return other
    owner = users_of_keys(look.evidence.calls).get(incident.access_key_id)
    key, user = shorten_key_id(incident.access_key_id), look.user_names().get(lease_id)
    if user is None:
        return not_yet(f"{lease_id!r} is no lease that Vault issued; which lease has {key}?")
    return done_if(
        user and user == owner, f"AWS made {key} for another IAM user than {user} of this lease"
    )


def thief_stopped(look: Look, incident: Incident) -> Verdict:
    """Check that AWS refuses each key of the thief, and that nobody else lost a key (notebook 16).

    Args:
        look: the lab as the check sees it.
        incident: the running incident.
    """
    if other := _other(incident):
        return other
    found = incident.report()
    if not found.contained:
        return not_yet(f"AWS accepts a key of the thief; {_further_keys(look, incident)}")
    if found.killed:
        return not_yet(
            f"AWS refuses the thief, but {len(found.killed)} innocent leases ended, too; stop this "
            "incident and start it again"
        )
    if found.leak_left:
        return not_yet("AWS refuses the thief, but Vault still has the lease of the leaked key")
    return done_if(not found.orphans, f"left over: {', '.join(found.orphans)}")


def _further_keys(look: Look, incident: Incident) -> str:
    """Say which keys AWS made for the leaked key, as its journal shows."""
    asked = [one for one in look.evidence.calls if one.access_key_id == incident.access_key_id]
    shown = ", ".join(map(shorten_key_id, users_of_keys(asked))) or "none"
    return f"further keys that were made with the leaked one: {shown}"


def _other(incident: Incident) -> Verdict | None:
    if (incident.seed, incident.level) == (SEED, LEVEL):
        return None
    return not_yet(
        f"this is the incident of seed={incident.seed}, level={incident.level}; start "
        f"incident = lab.incident(seed={SEED}, level={LEVEL})"
    )
