"""A trust policy that demands an external id is not met by a call without one."""

from __future__ import annotations

from typing import Any

from moto.iam.policy_conditions import TrustCondition

from labkit.servers.aws.patches.wrapping import wrap

KEY = "sts:ExternalId"


def mend() -> None:
    """Make moto refuse what it has nothing to compare with."""
    wrap(TrustCondition, "verify_condition", _verify)


def _verify(verify: Any, condition: Any, actual_values: list[str]) -> bool:  # noqa: ANN401 - moto's
    if KEY in condition.context_keys and not actual_values:
        return False
    return bool(verify(condition, actual_values))
