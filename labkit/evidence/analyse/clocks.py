"""Clocks that differ: the AWS calls of an issue lie within the request that caused them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labkit.evidence.analyse.calls import Calls
from labkit.evidence.model.requests import AuditedRequest, Requests
from labkit.servers.aws.api.entry import Entry


def lead(calls: Calls, requests: Requests) -> float:
    """Return how many seconds AWS's clock is at least ahead of Vault's; negative if behind.

    Only an issue and the calls that it made are compared: Vault's CreateUser for its IAM user and
    Vault's CreateAccessKey for its access key. They lie between the request and its answer. If all
    of them do, the clocks may agree, and the result is 0. If two issues contradict each other, no
    call is moved before the request that caused it.

    Args:
        calls: AWS's journal.
        requests: Vault's audit log, named.
    """
    least, most = float("-inf"), float("inf")
    made = _made_users(calls)
    for request in requests:
        for call in _caused(request, made):
            most = min(most, call.time - request.time)
            if request.duration is not None:
                least = max(least, call.time + call.duration - request.end)
    return min(max(0.0, least), most)


def _made_users(calls: Calls) -> dict[str, list[Entry]]:
    """Return the calls that created each IAM user and its keys."""
    found: dict[str, list[Entry]] = {}
    for call in calls:
        if call.error is None and call.target_user and call.action.startswith("Create"):
            found.setdefault(call.target_user, []).append(call)
    return found


def _caused(request: AuditedRequest, made: dict[str, list[Entry]]) -> Iterator[Entry]:
    """Yield the calls with which Vault created the user and the key of an issue."""
    calls = made.get(request.user_name or "", []) if request.is_issue else []
    user = next((call for call in calls if call.action == "CreateUser"), None)
    if user is None:
        return
    yield user
    for call in calls:
        is_its_key = call.action == "CreateAccessKey" and call.target_key_id == request.access_key
        if is_its_key and call.principal == user.principal:
            yield call


def shifted(calls: Calls, seconds: float) -> list[Entry]:
    """Return calls as a clock shows them that is behind by some seconds."""
    if not seconds:
        return list(calls)
    return [replace(call, time=call.time - seconds) for call in calls]
