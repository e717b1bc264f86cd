"""What the three credential types of STS have in common: a TTL, session policies, a lease.

Their leases cannot be renewed, and revoking one does nothing: AWS keeps a session until it expires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.servers.aws_engine.aws_calls.clients import AwsClient, client_for_issue
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.group_policies import read_group_policies
from labkit.servers.aws_engine.credentials.iam_user import SECRET
from labkit.servers.aws_engine.credentials.policy_documents import combined_documents
from labkit.servers.aws_engine.stored.role_entry import Role
from labkit.servers.plugin.request import Request, Response, Secret

DEFAULT_TTL = 3600  # seconds


@dataclass(frozen=True)
class SessionPolicies:
    """What narrows a session down: a policy document, empty if there is none, and policy ARNs."""

    document: str
    arns: tuple[str, ...]

    def parameters(self) -> dict[str, Any]:
        """Return them as parameters of an STS call."""
        given: dict[str, Any] = {}
        if self.document:
            given["Policy"] = self.document
        if self.arns:
            given["PolicyArns"] = [{"arn": arn} for arn in self.arns]
        return given


def session_policies(mount: AwsMount, request: Request, role: Role) -> SessionPolicies:
    """Return a role's policies, those of its IAM groups included.

    Raises:
        UserError: if AWS refuses to show a group's policies, or they cannot be combined.
    """
    document, arns = role.policy_document, list(role.policy_arns or ())
    if role.iam_groups:
        iam = client_for_issue(mount.clients.iam, request.storage)
        documents, attached = read_group_policies(iam, role.iam_groups)
        arns += attached
        if documents:
            document = combined_documents([*documents, document])
    return SessionPolicies(document, tuple(arns))


def sts_client(mount: AwsMount, request: Request) -> AwsClient:
    """Return the mount's STS client.

    Raises:
        UserError: if no STS answers, or the root config is not sound.
    """
    return client_for_issue(mount.clients.sts, request.storage)


def session_seconds(request: Request, role: Role) -> int:
    """Return how long a session is to last: as asked, else as the role says, within its limit."""
    asked = request.fields.given.get("ttl")
    wanted: int = asked if asked is not None else role.default_sts_ttl or DEFAULT_TTL
    return min(wanted, role.max_sts_ttl or request.system.max_lease_ttl())


def sts_response(
    mount: AwsMount,
    credentials: Mapping[str, Any],
    username: str,
    policy: str,
    shown: Mapping[str, str] | None = None,
) -> Response:
    """Return an STS credential with a lease that lasts as long as AWS keeps the session.

    Args:
        mount: its clock tells how long that is.
        credentials: as STS answers them.
        username: the session's name, for the lease.
        policy: what the session was narrowed down to, for the lease.
        shown: what a client gets to see besides.
    """
    # At least one second: 0 would mean the mount's own TTL, which is far longer.
    ttl = max(1, int(credentials["Expiration"].timestamp() - mount.clock()))
    return Response(
        data={
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "security_token": credentials["SessionToken"],
            **(shown or {}),
            "ttl": ttl,
        },
        secret=Secret(
            type=SECRET,
            internal={"username": username, "policy": policy, "is_sts": True},
            ttl=ttl,
            renewable=False,
        ),
    )
