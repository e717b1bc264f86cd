"""A role session ends when STS said it would."""

from __future__ import annotations

from typing import Any

from moto.iam import access_control
from moto.sts.models import sts_backends

from labkit.cloud.mends.expiry import refuse_if_expired
from labkit.cloud.mends.wrapping import wrap


def mend() -> None:
    """Make moto look at a role session's expiration."""
    wrap(access_control, "create_access_key", _refuse_expired)


def _refuse_expired(
    create: Any,  # noqa: ANN401 - moto's
    account_id: str,
    partition: str,
    access_key_id: str,
    headers: dict[str, str],
) -> Any:  # noqa: ANN401 - moto's
    key = create(account_id, partition, access_key_id, headers)
    # Only now: a wrong session token is called wrong, not old.
    sts = sts_backends[account_id][partition]
    if session := sts.get_assumed_role_from_access_key(access_key_id):
        refuse_if_expired(session.expiration)
    return key
