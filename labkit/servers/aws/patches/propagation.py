"""A new key is refused for a while and a deleted one works on for a while, on request.

A deleted key is remembered as it was: its secret, its user and its policies. A session of
GetSessionToken or GetFederationToken that it opens meanwhile keeps these policies to its end.
"""
# ruff: noqa: SLF001 - a mend reaches inside moto

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.credentials import Credentials
from moto.iam.access_control import CreateAccessKeyFailure, IAMPolicy, IAMUserAccessKey
from moto.iam.models import IAMBackend, iam_backends

from labkit.servers.aws.patches.key_lookup import Asked, wrap_key_lookup
from labkit.servers.aws.patches.session_tokens import TOKEN_HEADER
from labkit.servers.aws.patches.wrapping import wrap
from labkit.servers.aws.pending_key_changes import PendingKeyChanges


@dataclass(frozen=True)
class DeletedKey:
    """An access key as it was when it was deleted, with the interface of moto's own.

    Args:
        iam: moto's IAM that had it.
        user: moto's user, whose key it was.
        credentials: what its calls are signed with.
        policies: the policy documents of its user and of the user's groups.
    """

    iam: Any = field(repr=False)
    user: Any
    credentials: Credentials = field(repr=False)
    policies: tuple[str, ...]

    @property
    def _access_key_id(self) -> str:  # the name under which moto's requests look for it
        return str(self.credentials.access_key)

    @property
    def arn(self) -> str:
        """Who the key is to AWS."""
        return str(self.user.arn)

    def create_credentials(self) -> Credentials:
        """Return what its calls are signed with."""
        return self.credentials

    def collect_policies(self) -> list[str]:
        """Return the policies that its user had."""
        return [*self.policies]


def mend(pending: PendingKeyChanges) -> None:
    """Make moto act as if it did not know of the changes that are pending."""
    wrap(IAMBackend, "create_access_key", partial(_create, pending))
    wrap(IAMBackend, "delete_access_key_by_name", partial(_delete, pending))
    wrap(IAMBackend, "delete_user", partial(_delete_user, pending))
    wrap(IAMBackend, "get_user_from_access_key_id", partial(_find_user, pending))
    wrap_key_lookup(partial(_find_key, pending))


def _create(pending: PendingKeyChanges, create: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - moto's
    key = create(*arguments, **named)
    pending.created(key.access_key_id)
    return key


def _delete(pending: PendingKeyChanges, delete: Any, iam: Any, name: str) -> None:  # noqa: ANN401 - moto's
    # Noted first: at no moment in between is the key refused, to work again afterwards.
    _note(pending, _as_they_are(pending, iam, [name]))
    delete(iam, name)


def _delete_user(pending: PendingKeyChanges, delete: Any, iam: Any, user_name: str) -> None:  # noqa: ANN401 - moto's
    """Delete a user; moto, unlike AWS, does so even if it still has keys."""
    names = [key.access_key_id for key in iam.list_access_keys(user_name)]
    keys = _as_they_are(pending, iam, names)
    delete(iam, user_name)
    _note(pending, keys)


def _note(pending: PendingKeyChanges, keys: Iterable[DeletedKey]) -> None:
    for key in keys:
        pending.deleted(key.credentials.access_key, key)


def _as_they_are(pending: PendingKeyChanges, iam: Any, names: Iterable[str]) -> list[DeletedKey]:  # noqa: ANN401 - moto's
    """Return those of the keys that work; none at all if nobody will ask for them."""
    if not pending.current_faults().deleted_keys:
        return []
    keys = [iam.access_keys[name] for name in names if name in iam.access_keys]
    return [
        _as_it_is(iam, key) for key in keys if key.user_name in iam.users and key.status == "Active"
    ]


def _as_it_is(iam: Any, key: Any) -> DeletedKey:  # noqa: ANN401 - moto's
    now = IAMUserAccessKey(iam.account_id, iam.partition, key.access_key_id, {})
    documents = (json.dumps(IAMPolicy(each)._policy_json) for each in now.collect_policies())
    user = iam.get_user(key.user_name)
    return DeletedKey(iam, user, now.create_credentials(), tuple(documents))


def _remembered(pending: PendingKeyChanges, iam: Any, key_id: str) -> DeletedKey | None:  # noqa: ANN401 - moto's
    key: DeletedKey | None = pending.remembered(key_id)
    return key if key and key.iam is iam else None


def _find_user(pending: PendingKeyChanges, find: Any, iam: Any, access_key_id: str) -> Any:  # noqa: ANN401 - moto's
    key = _remembered(pending, iam, access_key_id)
    return find(iam, access_key_id) or (key and key.user)


def _find_key(pending: PendingKeyChanges, find: Callable[[], Any], asked: Asked) -> Any:  # noqa: ANN401 - moto's
    if pending.is_unknown(asked.access_key_id):
        raise CreateAccessKeyFailure(reason="InvalidId")
    try:
        return find()
    except CreateAccessKeyFailure:
        key = _remembered(
            pending, iam_backends[asked.account_id][asked.partition], asked.access_key_id
        )
        if key is None or TOKEN_HEADER in asked.headers:
            raise
        return key
