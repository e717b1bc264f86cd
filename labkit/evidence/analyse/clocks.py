"""Clocks that differ: what Vault caused in AWS must lie within the request that caused it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.evidence.collect.audit import Request
    from labkit.servers.aws.journal import Entry

ISSUING = frozenset({"CreateUser", "PutUserPolicy", "AttachUserPolicy", "CreateAccessKey"})


def lead(calls: Iterable[Entry], requests: Iterable[Request]) -> float:
    """Return how many seconds AWS's clock is ahead of Vault's, at least.

    An issue and its AWS calls are joined by IAM user. As long as the calls lie between the request
    and its answer, the clocks may well agree: then the answer is 0.

    Args:
        calls: AWS's journal.
        requests: Vault's audit log, named.
    """
    spans: dict[str, list[Entry]] = {}
    for call in calls:
        if call.target_user and call.action in ISSUING:
            spans.setdefault(call.target_user, []).append(call)
    leads = [
        _beyond(one, spans[one.user_name])
        for one in requests
        if one.is_issue and one.user_name in spans
    ]
    return median(leads) if leads else 0.0


def _beyond(request: Request, calls: Sequence[Entry]) -> float:
    """Return by how much calls lie after (or, negative, before) the request that caused them."""
    first = min(call.time for call in calls)
    last = max(call.time + call.duration for call in calls)
    if first < request.time:
        return first - request.time
    return max(last - request.end, 0.0)


def shifted(calls: Sequence[Entry], seconds: float) -> list[Entry]:
    """Return calls as a clock shows them that is behind by some seconds."""
    if not seconds:
        return list(calls)
    return [replace(call, time=call.time - seconds) for call in calls]
