"""An inactive access key is refused, as if there were none."""

from __future__ import annotations

from typing import Any

from moto.iam import access_control
from moto.iam.models import iam_backends

from labkit.cloud.mends.wrapping import wrap


def mend() -> None:
    """Make moto look at a key's status."""
    wrap(access_control, "create_access_key", _refuse_inactive)


def _refuse_inactive(
    create: Any,  # noqa: ANN401 - moto's
    account_id: str,
    partition: str,
    access_key_id: str,
    headers: dict[str, str],
) -> Any:  # noqa: ANN401 - moto's
    key = iam_backends[account_id][partition].access_keys.get(access_key_id)
    if key is not None and key.status != "Active":
        raise access_control.CreateAccessKeyFailure(reason="InvalidId")
    return create(account_id, partition, access_key_id, headers)
