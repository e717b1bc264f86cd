"""Names of leases: `<mount>/creds/<role>/<random>`, `<mount>/sts/<role>/<random>`."""

from __future__ import annotations

import re

ELLIPSIS = "…"  # stands for what outputs leave out of names and key ids
_NAME = re.compile(r"(?P<mount>.+?)/(?P<kind>creds|sts)/(?P<role>.+)/(?P<random>[^/]+)")
_OF_TOKEN = re.compile(r"h[0-9a-f]{64}")


def shorten(lease_id: str) -> str:
    """Return a lease_id as outputs show it, by its last characters: the rest is a common prefix."""
    return f"{ELLIPSIS}{lease_id[-4:]}"


def role_of(lease_id: str) -> str:
    """Return the role that a lease was issued from, empty if the name shows none."""
    found = _NAME.fullmatch(lease_id)
    return found["role"] if found else ""


def is_of_sts_path(lease_id: str) -> bool:
    """Return whether a lease was issued under `sts/`: it stands for a temporary key."""
    found = _NAME.fullmatch(lease_id)
    return found is not None and found["kind"] == "sts"


def is_of_token(lease_id: str) -> bool:
    """Return whether a lease is that of a token: a response-wrapping token has one there too."""
    return _OF_TOKEN.fullmatch(lease_id.rpartition("/")[2]) is not None
