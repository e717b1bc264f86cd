"""What the clients of a workload need on Vault and AWS, made before and removed after."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.evidence.analyse.workload import PREFIX
from labkit.flow.names import Names

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession

WRAP_TTL = "120s"
ROLE_ID, WRAPPED = "role-id", "wrapped-secret-id"


@dataclass(frozen=True)
class Ground:
    """Where a workload runs.

    Args:
        vault: client with the root token.
        operator: boto3 session of the operator.
        names: the lab's names on Vault.
        bucket: the S3 bucket of the clients; a new name, because others may use AWS too.
    """

    vault: hvac.Client = field(repr=False)
    operator: LabSession = field(repr=False)
    names: Names
    bucket: str = field(default_factory=lambda: f"labkit-workload-{secrets.token_hex(4)}")

    @property
    def policy_document(self) -> str:
        """What the key of a client may do."""
        objects = f"arn:aws:s3:::{self.bucket}/*"
        statements = [
            {"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": objects},
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def prefix(self, client: str) -> str:
        """Return the prefix of a client's leases, which is the path of its credentials."""
        return f"{self.names.mount}/creds/{PREFIX}{client}"


@contextmanager
def prepared(ground: Ground, clients: Sequence[str]) -> Iterator[None]:
    """Make a bucket, and an engine role and an AppRole for each client; remove all at the end."""
    with ExitStack() as stack:
        _bucket(ground, stack)
        _policy(ground, stack)
        for client in clients:
            _engine_role(ground, client, stack)
            _approle(ground, client, stack)
        yield


def deliver(ground: Ground, client: str, folder: Path) -> None:
    """Write a client's role-id and wrapped secret-id into its folder."""
    mount, role, approle = ground.names.approle_mount, PREFIX + client, ground.vault.auth.approle
    answer = approle.read_role_id(role, mount_point=mount)
    _write(folder / ROLE_ID, answer["data"]["role_id"])
    wrapped = approle.generate_secret_id(role, wrap_ttl=WRAP_TTL, mount_point=mount)
    _write(folder / WRAPPED, wrapped["wrap_info"]["token"])


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{content}\n")


def _bucket(ground: Ground, stack: ExitStack) -> None:
    s3 = ground.operator.client("s3")
    region = ground.operator.region_name
    place = {"LocationConstraint": region}
    s3.create_bucket(Bucket=ground.bucket, CreateBucketConfiguration=place)
    stack.callback(s3.delete_bucket, Bucket=ground.bucket)
    stack.callback(s3.delete_object, Bucket=ground.bucket, Key="report")


def _policy(ground: Ground, stack: ExitStack) -> None:
    rule = f'path "{ground.names.mount}/creds/{PREFIX}*" {{ capabilities = ["read"] }}'
    ground.vault.sys.create_or_update_acl_policy(ground.names.probe, rule)
    stack.callback(ground.vault.sys.delete_acl_policy, ground.names.probe)


def _engine_role(ground: Ground, client: str, stack: ExitStack) -> None:
    path = f"{ground.names.mount}/roles/{PREFIX}{client}"
    role = {"credential_type": "iam_user", "policy_document": ground.policy_document}
    ground.vault.write_data(path, data=role)
    stack.callback(ground.vault.delete, path)
    stack.callback(ground.vault.sys.revoke_prefix, ground.prefix(client))


def _approle(ground: Ground, client: str, stack: ExitStack) -> None:
    settings = {"token_policies": [ground.names.probe], "token_ttl": "1h"}
    role = {"mount_point": ground.names.approle_mount, "role_name": PREFIX + client}
    ground.vault.auth.approle.create_or_update_approle(**role, **settings)
    stack.callback(ground.vault.auth.approle.delete_role, **role)
