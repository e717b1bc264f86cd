"""The AWS secrets engine as one piece."""

from __future__ import annotations

from functools import partial

from labkit.engine.aws import (
    config_lease,
    config_root,
    config_rotate_root,
    creds,
    iam_user,
    lease_entry,
    lost_keys,
    roles,
    rollback,
    root_entry,
    rotation,
    static_creds,
    static_role,
    static_roles,
)
from labkit.engine.aws.aws_mount import AwsMount
from labkit.engine.plugin.backend import Backend, SecretType
from labkit.engine.plugin.request import Request


def backend(mount: AwsMount | None = None) -> Backend:
    """Return the AWS secrets engine of one mount.

    Args:
        mount: what its handlers share; a fresh one unless a test passes its own clock.
    """
    mount = mount or AwsMount()
    return Backend(
        paths=[
            config_root.path(mount),
            config_rotate_root.path(mount),
            config_lease.path(mount),
            roles.entry_path(mount),
            roles.list_path(),
            static_roles.entry_path(mount),
            static_roles.list_path(),
            static_creds.path(),
            creds.path(mount),
        ],
        secrets=[
            SecretType(
                iam_user.SECRET, partial(iam_user.renew, mount), partial(iam_user.revoke, mount)
            )
        ],
        rollback={
            iam_user.WAL_KIND: partial(rollback.user, mount),
            lost_keys.ROOT_KEY: partial(lost_keys.delete_of_root, mount),
            lost_keys.STATIC_KEY: partial(lost_keys.delete_of_static_role, mount),
        },
        rollback_min_age=iam_user.WAL_MIN_AGE,
        periodic=partial(rotation.rotate_due, mount),
        initialize=partial(_initialize, mount),
        invalidate=partial(_invalidate, mount),
        seal_wrapped=[root_entry.KEY, static_role.KEYS],
        help="Issues AWS credentials that end with their lease.",
    )


def _initialize(mount: AwsMount, _request: Request) -> None:
    mount.clients.warm_up()


def _invalidate(mount: AwsMount, key: str) -> None:
    if key == root_entry.KEY:
        mount.clients.drop()
    if key == lease_entry.KEY:
        mount.lease.drop()
