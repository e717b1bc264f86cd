"""Users that are found without a walk over all users."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.iam.models import IAMBackend

from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.door.stored.users import IndexedUsers
from labkit.servers.aws.patches.wrapping import add, wrap

if TYPE_CHECKING:
    from labkit.servers.aws.patches import State


def patch(_: State) -> None:
    """Keep the users by name in lower case, too, and find a key's user by the key."""
    iam = iam_of_account()
    add(iam, "users", IndexedUsers(iam.users))
    wrap(IAMBackend, "get_access_key_last_used", _last_used)


def _last_used(
    walk: Callable[[IAMBackend, str], dict[str, Any]], iam: IAMBackend, key_id: str
) -> dict[str, Any]:
    key = iam.access_keys.get(key_id)
    if key is None or key.user_name not in iam.users:
        return walk(iam, key_id)  # which raises moto's error
    return {"user_name": key.user_name, "last_used": key.last_used}
