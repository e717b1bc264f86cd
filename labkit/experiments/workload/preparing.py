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
class WorkloadEnvironment:
    """Where a workload runs.

    Args:
        vault: client with the root token.
        operator: boto3 session of the operator.
        names: the lab's names on Vault.
        vault_url: where Vault answers programs.
        aws_url: where AWS answers.
        namespace: the lab's namespace on Vault; empty is the root.
        bucket: the S3 bucket of the clients; a new name, because others may use AWS too.
    """

    vault: hvac.Client = field(repr=False)
    operator: LabSession = field(repr=False)
    names: Names
    vault_url: str
    aws_url: str
    namespace: str = ""
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
def prepared(where: WorkloadEnvironment, clients: Sequence[str]) -> Iterator[None]:
    """Make a bucket, and an engine role and an AppRole for each client; remove all at the end."""
    with ExitStack() as stack:
        _bucket(where, stack)
        _policy(where, stack)
        for client in clients:
            _engine_role(where, client, stack)
            _approle(where, client, stack)
        yield


def deliver(where: WorkloadEnvironment, client: str, folder: Path) -> None:
    """Write a client's role-id and wrapped secret-id into its folder."""
    mount, role, approle = where.names.approle_mount, PREFIX + client, where.vault.auth.approle
    answer = approle.read_role_id(role, mount_point=mount)
    _write(folder / ROLE_ID, answer["data"]["role_id"])
    wrapped = approle.generate_secret_id(role, wrap_ttl=WRAP_TTL, mount_point=mount)
    _write(folder / WRAPPED, wrapped["wrap_info"]["token"])


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{content}\n")


def _bucket(where: WorkloadEnvironment, stack: ExitStack) -> None:
    s3 = where.operator.client("s3")
    place = {"LocationConstraint": where.operator.region_name}
    s3.create_bucket(Bucket=where.bucket, CreateBucketConfiguration=place)
    stack.callback(s3.delete_bucket, Bucket=where.bucket)
    stack.callback(s3.delete_object, Bucket=where.bucket, Key="report")


def _policy(where: WorkloadEnvironment, stack: ExitStack) -> None:
    rule = f'path "{where.names.mount}/creds/{PREFIX}*" {{ capabilities = ["read"] }}'
    where.vault.sys.create_or_update_acl_policy(where.names.probe, rule)
    stack.callback(where.vault.sys.delete_acl_policy, where.names.probe)


def _engine_role(where: WorkloadEnvironment, client: str, stack: ExitStack) -> None:
    path = f"{where.names.mount}/roles/{PREFIX}{client}"
    role = {"credential_type": "iam_user", "policy_document": where.policy_document}
    where.vault.write_data(path, data=role)
    stack.callback(where.vault.delete, path)
    stack.callback(where.vault.sys.revoke_prefix, where.prefix(client))


def _approle(where: WorkloadEnvironment, client: str, stack: ExitStack) -> None:
    settings = {"token_policies": [where.names.probe], "token_ttl": "1h"}
    role = {"mount_point": where.names.approle_mount, "role_name": PREFIX + client}
    where.vault.auth.approle.create_or_update_approle(**role, **settings)
    stack.callback(where.vault.auth.approle.delete_role, **role)
