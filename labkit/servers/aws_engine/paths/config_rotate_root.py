"""`config/rotate-root`: exchanges the access key of the root config for one only Vault knows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.rollback.rejected_calls import delete_wal_entry_if_rejected
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
        help="Exchanges the access key of the root config for a new one that only Vault knows.",
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
            username = iam.get_user()["User"]["UserName"]
        # Until the entry is struck out, the rollback deletes all keys but the one in use by then.
        note = {"UserName": username}
        entry = wal.put(request.storage, ROOT_KEY, note, clock=mount.clock)
        new = _new_key(iam, request.storage, entry, username)
        _store(request.storage, config, new)
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


def _new_key(iam: AwsClient, storage: Storage, entry: str, username: str) -> dict[str, str]:
    with (
        delete_wal_entry_if_rejected(storage, entry),
        as_engine_error("error calling CreateAccessKey"),
    ):
        created: dict[str, str] = iam.create_access_key(UserName=username)["AccessKey"]
        return created


def _store(storage: Storage, config: RootConfig, key: dict[str, str]) -> None:
    rotated = replace(config, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    try:
        rotated.store(storage)
    except EngineError as error:
        raise EngineError(f"error saving new config/root: {error}") from error
