"""The rotation of static roles: what is due is in storage, so that a restart forgets nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.rollback.rejected_calls import delete_wal_entry_if_rejected
from labkit.servers.aws_engine.rollback.rotation_rollback import STATIC_KEY
from labkit.servers.aws_engine.stored.role_entry import quoted
from labkit.servers.aws_engine.stored.static_role import KEYS, StaticKey, StaticRole
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError, combined, described
from labkit.servers.plugin.request import Request, Storage

MOST_KEYS = 2  # IAM's limit for a user


def rotate_due(mount: AwsMount, request: Request) -> None:
    """Rotate the key of every static role that is due; one that fails is tried again next time.

    Raises:
        EngineError: if some failed, after all have been tried.
    """
    errors = []
    for name in request.storage.list(KEYS):
        try:
            with mount.rotating:
                _rotate_if_due(mount, request.storage, name)
        except Exception as error:  # one that fails must not keep the others
            errors.append(described(error))
    if errors:
        text = "error(s) occurred while rotating expired static credentials"
        raise EngineError(f"{text}: {combined(errors)}")


def replace_key(mount: AwsMount, storage: Storage, role: StaticRole) -> None:
    """Make a new access key for a static role's user, and store it.

    The key before it works on until the next time, so that whoever uses it may change over.

    Raises:
        EngineError: if the user is not the role's any more, or AWS refuses.
    """
    iam = mount.clients.iam(storage)
    try:
        user_id(iam, role.username, expected=role.id)
    except EngineError as error:
        text = "iam user didn't exist, or username/userid didn't match"
        raise EngineError(f"{text}: {error}") from error
    held = StaticKey.load(storage, role.name)
    known = _make_room(iam, role.username, held.access_key if held else "")
    # The entry comes before the key: if this process dies in between, the rollback deletes what
    # is neither known here nor stored by then.
    note = {"UserName": role.username, "Role": role.name, "Known": known}
    entry = wal.put(storage, STATIC_KEY, note, clock=mount.clock)
    created = _create(iam, storage, entry, role.username)
    key = StaticKey(created["AccessKeyId"], created["SecretAccessKey"], None)
    with_expiration(mount, key, role).store(storage, role.name)
    wal.delete(storage, entry)


def with_expiration(mount: AwsMount, key: StaticKey, role: StaticRole) -> StaticKey:
    """Return a key that is due one rotation period from now."""
    return replace(key, expiration=int(mount.clock()) + role.rotation_period)


def user_id(iam: AwsClient, username: str, *, expected: str = "") -> str:
    """Return IAM's own id of a user.

    Raises:
        EngineError: if AWS shows no such user, another one, or one with another id than expected.
    """
    with as_engine_error(f"unable to validate username {quoted(username)}"):
        user = iam.get_user(UserName=username)["User"]
    found, own_id = user["UserName"], str(user["UserId"])
    if found != username:
        raise EngineError(
            "AWS GetUser returned a username, but it didn't match: "
            f"{quoted(username)} was requested, but {quoted(found)} was returned"
        )
    if expected and own_id != expected:
        raise EngineError(
            "AWS GetUser returned a user, but the ID did not match: "
            f"{quoted(expected)} was requested, but {quoted(own_id)} was returned"
        )
    return own_id


def _rotate_if_due(mount: AwsMount, storage: Storage, name: str) -> None:
    role, key = StaticRole.load(storage, name), StaticKey.load(storage, name)
    if role is None or key is None:  # deleted just now
        return
    if key.expiration is None:
        with_expiration(mount, key, role).store(storage, name)
    elif key.expiration <= mount.clock():
        replace_key(mount, storage, role)


def _make_room(iam: AwsClient, username: str, held: str) -> list[str]:
    """Delete a key if there is no room for another; return the ids of those that stay.

    It is the oldest that is not held: the one before the held one, or one that got lost.
    """
    of_user = f"for IAM user {quoted(username)}"
    with as_engine_error(f"unable to list existing access keys {of_user}"):
        keys = _by_age(iam.list_access_keys(UserName=username)["AccessKeyMetadata"])
    ids = [key["AccessKeyId"] for key in keys]
    if len(ids) < MOST_KEYS:
        return ids
    oldest = next((each for each in ids if each != held), ids[0])
    doing = f"unable to delete oldest access keys for user {quoted(username)}"
    with as_engine_error(doing):
        iam.delete_access_key(UserName=username, AccessKeyId=oldest)
    return [each for each in ids if each != oldest]


def _create(iam: AwsClient, storage: Storage, entry: str, username: str) -> dict[str, str]:
    doing = f"unable to create new access keys for user {quoted(username)}"
    with delete_wal_entry_if_rejected(storage, entry), as_engine_error(doing):
        created: dict[str, str] = iam.create_access_key(UserName=username)["AccessKey"]
        return created


def _by_age(keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(keys, key=lambda key: key["CreateDate"])
