"""An inactive access key is refused, as if there were none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.iam import access_control
from moto.iam.models import iam_backends

from labkit.servers.aws.patches.key_lookup import Asked, wrap_key_lookup


def mend() -> None:
    """Make moto look at a key's status."""
    wrap_key_lookup(_refuse_inactive)


def _refuse_inactive(find: Callable[[], Any], asked: Asked) -> Any:  # noqa: ANN401 - moto's
    key = iam_backends[asked.account_id][asked.partition].access_keys.get(asked.access_key_id)
    if key is not None and key.status != "Active":
        raise access_control.CreateAccessKeyFailure(reason="InvalidId")
    return find()
