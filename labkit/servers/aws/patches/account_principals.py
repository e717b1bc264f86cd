"""A trust policy that names an account trusts everybody in it."""
# ruff: noqa: SLF001 - a mend reaches inside moto

from __future__ import annotations

from typing import Any

from moto.iam.access_control import IAMPolicyStatement

from labkit.servers.aws.patches.wrapping import wrap


def mend() -> None:
    """Make moto understand `arn:aws:iam::<account>:root`, and `<account>` alone."""
    wrap(IAMPolicyStatement, "_check_principal", _check_account)


def _check_account(check: Any, statement: Any, principal: str) -> bool:  # noqa: ANN401 - moto's
    trusted = (statement._statement.get("Principal") or {}).get("AWS", [])
    _, partition, _, _, account, _ = principal.split(":", maxsplit=5)
    whole = {account, f"arn:{partition}:iam::{account}:root"}
    named = {trusted} if isinstance(trusted, str) else set(trusted)
    return bool(whole & named) or bool(check(statement, principal))
