"""Checks about the root credentials (notebook 02)."""

from __future__ import annotations

import json

from labkit.aws.probes import ALLOWED, access_keys, user_of_key
from labkit.aws.trying import attempt
from labkit.errors import LabError
from labkit.evidence.analyse.calls import succeeded
from labkit.flow import steps
from labkit.notebook.checks.look import Look, random_name
from labkit.notebook.verdicts import DONE, Verdict, done_if, not_yet
from labkit.redact import shorten_key_id
from labkit.vault import leases

WRONG_SECRET = "SignatureDoesNotMatch"  # noqa: S105 - an error code of AWS


def root_key_rotated(look: Look, times: int = 2) -> Verdict:
    """Check that Vault has a new root key that works, and AWS no older key (notebook 02).

    Args:
        look: the lab as the check sees it.
        times: how often the key must have been changed since the lab's start; the notebook
            itself changes it once. Not counted where AWS keeps no journal.
    """
    now, operator = _root_key(look), look.on.aws()
    if now == look.on.access.identities.vault_root.access_key_id:
        return not_yet(f"Vault still uses {shorten_key_id(now)}, the key it was given first")
    owner = user_of_key(operator, now)
    keys = (access_keys(operator, owner) if owner else None) or []
    if keys != [now]:
        shown = ", ".join(map(shorten_key_id, keys)) or "none"
        return not_yet(f"Vault uses {shorten_key_id(now)}; its user's keys in AWS: {shown}")
    if (changes := _keys_made_for(look, owner or "")) is not None and changes < times:
        return not_yet(f"changed {changes} times; {times} times are wanted")
    _issue_with_root_key(look)
    return DONE


def wrong_secret_noticed(look: Look) -> Verdict:
    """Check that Vault's secret key is wrong and that AWS says so at an issue (notebook 02)."""
    now = _root_key(look)
    answer = attempt(_issue_with_root_key, look)
    if answer == ALLOWED:
        return not_yet(f"Vault issues credentials with {shorten_key_id(now)}: its secret is right")
    return done_if(
        WRONG_SECRET in answer,
        f"AWS must refuse the signature ({WRONG_SECRET}); the answer was: {answer}",
    )


def _root_key(look: Look) -> str:
    path = f"{look.mount}/config/root"
    answer = look.on.root.read(path)
    if not answer:
        raise LabError(f"{path} is not written yet. Configure the root credentials.")
    return str(answer["data"]["access_key"])


def _keys_made_for(look: Look, user: str) -> int | None:
    """Return how many access keys a user got since the lab's start; None without a journal."""
    calls = look.evidence.calls
    made = succeeded("CreateAccessKey", calls)
    return sum(one.target_user == user for one in made) if calls else None


def _issue_with_root_key(look: Look) -> None:
    """Let Vault use its root key, with a role that exists only for this check.

    Raises:
        LabError: Vault could not issue.
    """
    vault, mount, role_name = look.on.root, look.mount, random_name()
    document = json.dumps(steps.POLICY_DOCUMENT)
    role = {"credential_type": "iam_user", "policy_document": document}
    vault.write_data(f"{mount}/roles/{role_name}", data=role)
    try:
        _, lease = leases.issue(vault, role_name, mount=mount)
        leases.revoke(vault, lease)
    finally:
        vault.delete(f"{mount}/roles/{role_name}")
