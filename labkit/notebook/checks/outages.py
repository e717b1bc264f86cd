"""Checks of the drills (notebook 14)."""

from __future__ import annotations

from labkit.notebook.checks.look import Look
from labkit.notebook.verdicts import Verdict, done_if

THROTTLED = "Throttling"


def throttled_issue(look: Look) -> Verdict:
    """Look for a credential that was issued although AWS throttled CreateUser (notebook 14)."""
    asked = [one for one in look.evidence.calls if one.action == "CreateUser"]
    throttled = [one.target_user for one in asked if one.error == THROTTLED]
    made = {one.target_user for one in asked if one.error is None}
    return done_if(
        any(user in made for user in throttled),
        f"AWS throttled CreateUser {len(throttled)} times, and none of these users was made "
        "by another try",
    )


def revoked_after_throttling(look: Look) -> Verdict:
    """Look for a user that AWS deleted only after it had throttled DeleteUser (notebook 14)."""
    asked = [one for one in look.evidence.calls if one.action == "DeleteUser"]
    throttled = {one.target_user for one in asked if one.error == THROTTLED}
    deleted = {one.target_user for one in asked if one.error is None}
    return done_if(
        throttled and throttled <= deleted,
        f"AWS throttled DeleteUser for {len(throttled)} users; {len(throttled & deleted)} of them "
        "were deleted by another try",
    )
