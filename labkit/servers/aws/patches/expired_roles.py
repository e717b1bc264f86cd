"""A role session ends when STS said it would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sts.models import sts_backends

from labkit.servers.aws.patches.expiry import refuse_if_expired
from labkit.servers.aws.patches.key_lookup import Asked, wrap_key_lookup


def mend() -> None:
    """Make moto look at a role session's expiration."""
    wrap_key_lookup(_refuse_expired)


def _refuse_expired(find: Callable[[], Any], asked: Asked) -> Any:  # noqa: ANN401 - moto's
    key = find()
    # Only now: a wrong session token is called wrong, not old.
    sts = sts_backends[asked.account_id][asked.partition]
    if session := sts.get_assumed_role_from_access_key(asked.access_key_id):
        refuse_if_expired(session.expiration)
    return key
