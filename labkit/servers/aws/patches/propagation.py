"""Keys whose creation or deletion has not propagated yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ParamSpec

from moto.iam.models import IAMBackend

from labkit.servers.aws.door.caller.callers import Caller, caller_of_user
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.patches.wrapping import wrap

P = ParamSpec("P")

if TYPE_CHECKING:
    from moto.iam.models import AccessKey

    from labkit.servers.aws.patches import State


def patch(state: State) -> None:
    """Note the creation and deletion of keys, with what a deleted key could do."""
    wrap(IAMBackend, "create_access_key", partial(_create, state.pending))
    wrap(IAMBackend, "delete_access_key_by_name", partial(_delete, state.pending))


def _create(
    pending: PendingKeyChanges[Caller],
    create: Callable[P, AccessKey],
    *arguments: P.args,
    **named: P.kwargs,
) -> AccessKey:
    key = create(*arguments, **named)
    pending.created(key.access_key_id)
    return key


def _delete(
    pending: PendingKeyChanges[Caller],
    delete: Callable[[IAMBackend, str], None],
    iam: IAMBackend,
    name: str,
) -> None:
    # Noted first: at no moment in between is the key refused, to work again afterwards.
    _note(pending, iam, [name])
    delete(iam, name)


def _note(pending: PendingKeyChanges[Caller], iam: IAMBackend, names: Iterable[str]) -> None:
    """Remember the keys as they are, if they work and anybody will ask for them."""
    if not pending.current_faults().deleted_keys:
        return
    for name in names:
        key = iam.access_keys.get(name)
        user = iam.users.get(key.user_name or "") if key else None
        if key and user and key.status == "Active":
            pending.deleted(name, caller_of_user(user, key.secret_access_key))
