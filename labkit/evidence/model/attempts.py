"""Attempts: who asked for what, and whether Vault or AWS allowed it."""

from __future__ import annotations

from dataclasses import dataclass

BY_VAULT, BY_AWS = "denied by Vault", "denied by AWS"


@dataclass(frozen=True)
class Attempt:
    """One real request and what came of it.

    Args:
        identity: who asked.
        action: what was asked.
        outcome: `allowed`, `denied by Vault` or `denied by AWS`.
    """

    identity: str
    action: str
    outcome: str
