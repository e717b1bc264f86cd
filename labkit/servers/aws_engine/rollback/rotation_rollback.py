"""Undo a rotation that broke off: delete the access key whose secret nobody knows.

Vault's own engine leaves such a key. It uses up one of the two that IAM allows a user, so that the
next `config/rotate-root` fails until somebody deletes it by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.rollback.key_creation import KeyListing, list_keys, lost_keys
from labkit.servers.aws_engine.stored.static_role import StaticKey
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Request, Storage

STATIC_KEY = "static_key"
ROOT_KEY = "root_key"

_log = logging.getLogger(__name__)


def delete_of_static_role(mount: AwsMount, request: Request, data: Mapping[str, Any]) -> None:
    """Delete the key that an interrupted rotation of a static role made.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    with mount.rotating:  # a key just made may not be stored yet
        _delete_of_static_role(mount, request.storage, data)


def undo_interrupted(mount: AwsMount, storage: Storage, role_name: str) -> None:
    """Undo the interrupted rotations of a static role at once; `mount.rotating` must be held.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    for entry, data in wal.entries(storage, STATIC_KEY):
        if data["Role"] == role_name:
            _delete_of_static_role(mount, storage, data)
            wal.delete(storage, entry)


def delete_of_root(mount: AwsMount, request: Request, data: Mapping[str, Any]) -> None:
    """Delete the old key if the new one is in use, else the new key.

    If the root config has meanwhile been given to another user, nothing is deleted.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    with mount.writing:  # a key just made may not be stored yet
        in_use = mount.clients.config(request.storage).access_key
        iam = mount.clients.iam(request.storage)
        listing = list_keys(iam, data["UserName"])
        if in_use not in listing.created:
            return
        if in_use != data.get("Made"):
            _delete_lost(iam, data, listing, in_use)
        elif data["Old"] in listing.created:
            _delete(iam, data["UserName"], data["Old"])


def _delete_of_static_role(mount: AwsMount, storage: Storage, data: Mapping[str, Any]) -> None:
    held = StaticKey.load(storage, data["Role"])
    iam = mount.clients.iam(storage)
    listing = list_keys(iam, data["UserName"])
    _delete_lost(iam, data, listing, held.access_key if held else "")


def _delete_lost(iam: AwsClient, data: Mapping[str, Any], listing: KeyListing, stored: str) -> None:
    username = data["UserName"]
    lost, unsure = lost_keys(data, listing, stored)
    for key in lost:
        if key == data.get("Made") or _never_used(iam, key):
            _delete(iam, username, key)
        else:
            unsure.append(key)
    for key in unsure:
        _log.warning(
            "An interrupted rotation may have created access key %s of IAM user %s, but somebody "
            "else may have created it too. The rollback leaves it; delete it if nobody uses it.",
            key,
            username,
        )


def _never_used(iam: AwsClient, key: str) -> bool:
    """Tell whether AWS is sure that nobody has used a key; False if AWS does not tell."""
    try:
        with as_engine_error("unable to look up the last use"):
            used = iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
    except EngineError:
        return False
    return "LastUsedDate" not in used


def _delete(iam: AwsClient, username: str, key: str) -> None:
    with as_engine_error(f"unable to delete a lost access key of IAM user {username}"):
        iam.delete_access_key(UserName=username, AccessKeyId=key)
