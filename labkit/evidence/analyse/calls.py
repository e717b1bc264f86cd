"""Calls of AWS's journal: which succeeded, whose key was accepted, who got which key."""

from __future__ import annotations

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


def users_of_keys(calls: Iterable[Entry]) -> dict[str, str]:
    """Return the IAM user of each access key that AWS created."""
    made = succeeded("CreateAccessKey", calls)
    return {call.target_key_id: call.target_user or "" for call in made if call.target_key_id}
