"""Checks about rate limits (notebook 15)."""

from __future__ import annotations

import time
from collections.abc import Callable

from labkit.aws.trying import attempt
from labkit.notebook.checks.look import Look
from labkit.notebook.verdicts import Verdict, done_if, not_yet

EXCEEDED = "rate limit quota exceeded"
REQUESTS = 30
OF_THE_TOKEN = "auth/token/lookup-self"  # noqa: S105 - a path


def storm_refused(look: Look, most: int = 5) -> Verdict:
    """Ask the mount and another path in quick succession: only the mount refuses (notebook 15).

    Args:
        look: the lab as the check sees it.
        most: how many requests in a second Vault may answer.
    """
    path = f"{look.mount}/roles/{look.role_name}"
    refused, seconds = _refused(look, path)
    answered = REQUESTS - refused
    if answered > most * (seconds + 1):
        return not_yet(f"of {REQUESTS} quick requests to {path} Vault refused {refused}")
    elsewhere, _ = _refused(look, OF_THE_TOKEN)
    return done_if(
        not elsewhere,
        f"Vault also refused {elsewhere} of {REQUESTS} requests to {OF_THE_TOKEN}: the quota "
        f"must have the path {look.mount}/",
    )


def refusals_recorded(look: Look) -> Verdict:
    """Look for a request to the mount in the audit log that a quota refused (notebook 15)."""
    asked = [one for one in look.evidence.requests if one.path.startswith(f"{look.mount}/")]
    return done_if(
        any(EXCEEDED in (one.error or "") for one in asked),
        f"no request to {look.mount}/ in Vault's audit log has the error {EXCEEDED!r}",
    )


def _refused(
    look: Look, path: str, clock: Callable[[], float] = time.monotonic
) -> tuple[int, float]:
    """Return how many of some quick requests a quota refused, and the seconds they took."""
    began = clock()
    answers = [attempt(look.on.root.read, path) for _ in range(REQUESTS)]
    return sum(EXCEEDED in answer for answer in answers), clock() - began
