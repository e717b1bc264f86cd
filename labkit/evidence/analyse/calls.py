"""Calls of AWS's journal: which succeeded, whose key was accepted, who got which key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from labkit.aws.probes import DENIED
from labkit.servers.aws.api.entry import Entry

Calls = Sequence[Entry]


def succeeded(action: str, calls: Iterable[Entry]) -> list[Entry]:
    """Return the calls of an action that AWS did not refuse."""
    return [call for call in calls if call.action == action and call.error is None]


def callers(calls: Iterable[Entry]) -> set[str]:
    """Return the names of the IAM users and roles that AWS allowed a call."""
    return {call.caller for call in calls if call.error is None} - {""}


def is_accepted(call: Entry) -> bool:
    """Return whether AWS accepted the key of a call, whatever it permitted."""
    return call.error is None or call.error in DENIED


def users_of_role(role_name: str) -> re.Pattern[str]:
    """Return what the names of the IAM users of a Vault role have in them."""
    return re.compile(rf"-{re.escape(role_name)}-\d{{10}}-")


def times_of(
    action: str, users: re.Pattern[str], calls: Iterable[Entry], start: float
) -> list[tuple[str, float]]:
    """Return when AWS did something with the IAM users whose names fit: user and time of each call.

    Args:
        action: such as "DeleteUser".
        users: what the names have in them.
        calls: AWS's journal.
        start: what the times count from, epoch seconds UTC; earlier calls are left out.
    """
    done = [call for call in succeeded(action, calls) if call.time >= start]
    return [
        (call.target_user, call.time - start)
        for call in done
        if call.target_user and users.search(call.target_user)
    ]


def users_of_keys(calls: Iterable[Entry]) -> dict[str, str]:
    """Return the IAM user of each access key that AWS created."""
    made = succeeded("CreateAccessKey", calls)
    return {call.target_key_id: call.target_user or "" for call in made if call.target_key_id}
