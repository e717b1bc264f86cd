"""The rotation of static roles: what is due is in storage, so that a restart forgets nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.rollback.key_creation import create_key, list_keys
from labkit.servers.aws_engine.rollback.rotation_rollback import STATIC_KEY, undo_interrupted
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
    undo_interrupted(mount, storage, role.name)
    note = {"UserName": role.username, "Role": role.name, **_make_room(iam, role.username)}
    doing = f"unable to create new access keys for user {quoted(role.username)}"
    entry, created = create_key(mount, storage, iam, STATIC_KEY, note, doing)
    key = StaticKey(created["AccessKeyId"], created["SecretAccessKey"], None)
    with_expiration(mount, key, role).store(storage, role.name)
    wal.delete(storage, entry)


def with_expiration(mount: AwsMount, key: StaticKey, role: StaticRole) -> StaticKey:
    """Return a key that is due one rotation period from now."""
    return replace(key, expiration=mount.clock() + role.rotation_period)


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


def _make_room(iam: AwsClient, username: str) -> dict[str, Any]:
    """Delete the oldest key if there is no room for another, as Vault does.

    Returns:
        What a write-ahead entry records of the keys.
    """
    listing = list_keys(iam, username, "unable to list existing access keys for IAM user")
    if len(listing.created) >= MOST_KEYS:
        oldest = min(listing.created, key=listing.created.__getitem__)
        with as_engine_error(f"unable to delete oldest access keys for user {quoted(username)}"):
            iam.delete_access_key(UserName=username, AccessKeyId=oldest)
    return listing.note()
