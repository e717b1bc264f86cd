"""`config/rotate-root`: exchanges the access key of the root config for one only Vault knows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.rollback.key_creation import create_key, list_keys
from labkit.servers.aws_engine.rollback.rotation_rollback import ROOT_KEY
from labkit.servers.aws_engine.stored.root_entry import RootConfig
from labkit.servers.plugin import wal
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.errors import EngineError, UserError
from labkit.servers.plugin.request import Operation, Request, Response, Storage


def path(mount: AwsMount) -> Path:
    """Return the API path config/rotate-root of a mount."""
    return Path(
        pattern="config/rotate-root",
        operations={Operation.UPDATE: partial(rotate, mount)},
        help="Rotate the access key with which the engine calls AWS.",
        description=(
            "Makes a new access key for the IAM user of config/root, stores it, and deletes the "
            "old key. Afterwards only the engine knows the key. config/root must hold an access "
            "key and a secret key."
        ),
        operation_ids={Operation.UPDATE: "aws-rotate-root-iam-credentials"},
    )


def rotate(mount: AwsMount, request: Request) -> Response:
    """Make a new access key for the mount's own IAM user, store it, then delete the old one.

    Raises:
        UserError: if the root config has no access key or no secret key.
        EngineError: if there is no root config, or AWS refuses. If only the deletion of the old key
            fails, the new one is in use already, and the rollback deletes the old one later.
    """
    with mount.writing:
        iam = mount.clients.iam(request.storage)
        config = _rotatable(request.storage)
        with as_engine_error("error calling GetUser"):
            username = iam.get_user()["User"].get("UserName")
        if not username:  # the root user of an AWS account has none
            raise EngineError("nil UserName returned from GetUser")
        note = {"UserName": username, "Old": config.access_key, **_known_keys(iam, username)}
        doing = "error calling CreateAccessKey"
        entry, new = create_key(mount, request.storage, iam, ROOT_KEY, note, doing)
        try:
            _store(request.storage, config, new)
        finally:
            mount.clients.drop()
        # By the old key itself: it needs no waiting until AWS knows the new one everywhere.
        with as_engine_error("error deleting old access key"):
            iam.delete_access_key(UserName=username, AccessKeyId=config.access_key)
        wal.delete(request.storage, entry)
    return Response({"access_key": new["AccessKeyId"]})


def _rotatable(storage: Storage) -> RootConfig:
    config = RootConfig.load(storage)
    if config is None:
        raise EngineError("no configuration found for config/root")
    if not (config.access_key and config.secret_key):
        raise UserError(
            "Cannot call config/rotate-root when either access_key or secret_key is empty"
        )
    return config


def _known_keys(iam: AwsClient, username: str) -> dict[str, Any]:
    """Return what the write-ahead entry records of the keys.

    Vault does not list them, so a policy may not allow it: the rollback then deletes no key that
    AWS did not return.
    """
    try:
        return list_keys(iam, username).note()
    except EngineError:
        return {"Known": None, "Since": None}


def _store(storage: Storage, config: RootConfig, key: dict[str, str]) -> None:
    rotated = replace(config, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    try:
        rotated.store(storage)
    except EngineError as error:
        raise EngineError(f"error saving new config/root: {error}") from error
