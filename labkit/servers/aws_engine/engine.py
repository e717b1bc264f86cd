"""The AWS secrets engine as one piece."""

from __future__ import annotations

from functools import partial

from labkit.servers.aws_engine import rotation
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials import iam_user
from labkit.servers.aws_engine.paths import (
    config_lease,
    config_root,
    config_rotate_root,
    creds,
    roles,
    static_creds,
    static_roles,
)
from labkit.servers.aws_engine.rollback import rotation_rollback, user_rollback
from labkit.servers.aws_engine.stored import lease_entry, role_storage, root_entry, static_role
from labkit.servers.plugin.backend import Backend, SecretType
from labkit.servers.plugin.request import Request

HELP = """\
The AWS engine issues AWS credentials of Vault roles: access keys of new IAM users, and STS
credentials. An IAM user is deleted when its lease ends.

After mounting the engine, configure its own AWS credentials at config/root, and write roles at
roles/.
"""


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
            iam_user.WAL_KIND: partial(user_rollback.user, mount),
            rotation_rollback.ROOT_KEY: partial(rotation_rollback.delete_of_root, mount),
            rotation_rollback.STATIC_KEY: partial(rotation_rollback.delete_of_static_role, mount),
        },
        rollback_min_age=iam_user.WAL_MIN_AGE,
        periodic=partial(rotation.rotate_due, mount),
        initialize=partial(_initialize, mount),
        invalidate=partial(_invalidate, mount),
        seal_wrapped=[root_entry.KEY, static_role.KEYS],
        help=HELP,
    )


def _initialize(mount: AwsMount, _request: Request) -> None:
    mount.clients.warm_up()


def _invalidate(mount: AwsMount, key: str) -> None:
    if key == root_entry.KEY:
        mount.clients.drop()
    if key == lease_entry.KEY:
        mount.lease.drop()
    if (name := role_storage.name_of(key)) is not None:
        mount.roles.drop(name)
