"""What undoes a rotation that broke off: an access key of which nobody knows the secret is deleted.

Vault's own engine has no such thing, and leaves the key. It uses up one of the two that IAM allows
a user, so that a rotation of the root config then fails until somebody deletes it by hand.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error, code
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.stored.static_role import StaticKey
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Request

STATIC_KEY = "static_key"
ROOT_KEY = "root_key"


def delete_of_static_role(mount: AwsMount, request: Request, data: Mapping[str, Any]) -> None:
    """Delete the keys of a static role's user that it neither holds nor found there.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    with mount.rotating:  # a key just made may not be stored yet
        held = StaticKey.load(request.storage, data["Role"])
        keep = {*data["Known"], held.access_key if held else ""}
        iam = mount.clients.iam(request.storage)
        _delete_others(iam, data["UserName"], _key_ids(iam, data["UserName"]), keep)


def delete_of_root(mount: AwsMount, request: Request, data: Mapping[str, Any]) -> None:
    """Delete the keys of the mount's own user but the one of the root config.

    If the root config has meanwhile been given to another user, nothing is deleted.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    with mount.writing:  # a key just made may not be stored yet
        config = mount.clients.config(request.storage)
        iam = mount.clients.iam(request.storage)
        ids = _key_ids(iam, data["UserName"])
        if config.access_key in ids:
            _delete_others(iam, data["UserName"], ids, {config.access_key})


def _key_ids(iam: AwsClient, username: str) -> list[str]:
    """Return the ids of a user's keys; a user that is gone has none."""
    try:
        with as_engine_error(f"unable to list access keys of IAM user {username}"):
            keys = iam.list_access_keys(UserName=username)["AccessKeyMetadata"]
    except EngineError as error:
        if code(error.__cause__) == "NoSuchEntity":
            return []
        raise
    return [key["AccessKeyId"] for key in keys]


def _delete_others(iam: AwsClient, username: str, ids: list[str], keep: Container[str]) -> None:
    with as_engine_error(f"unable to delete a lost access key of IAM user {username}"):
        for each in ids:
            if each not in keep:
                iam.delete_access_key(UserName=username, AccessKeyId=each)
