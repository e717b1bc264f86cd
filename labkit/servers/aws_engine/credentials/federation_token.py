"""The credential type `federation_token`: each lease is a narrowed session of the mount's user."""

from __future__ import annotations

from labkit.servers.aws_engine.aws_calls.aws_errors import as_user_error
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.sts_credential import (
    session_policies,
    session_seconds,
    sts_client,
    sts_response,
)
from labkit.servers.aws_engine.credentials.usernames import sts_username
from labkit.servers.aws_engine.stored.role_entry import Role
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.request import Request, Response


def issue(mount: AwsMount, request: Request, _role_name: str, role: Role) -> Response:
    """Federate a session that may do what both the mount's user and the Vault role's policies may.

    Raises:
        UserError: if the Vault role has no policy, or AWS refuses.
        EngineError: if the session's name cannot be made.
    """
    policies = session_policies(mount, request, role)
    sts = sts_client(mount, request)
    config = mount.clients.config(request.storage)
    username = sts_username(config.username_template, mount.clock())
    if not (policies.document or policies.arns):
        raise UserError(
            "must specify at least one of policy_arns or policy_document "
            "with federation_token credential_type"
        )
    with as_user_error("Error generating STS keys"):
        session = sts.get_federation_token(
            Name=username,
            DurationSeconds=session_seconds(request, role),
            **policies.parameters(),
        )
    return sts_response(mount, session["Credentials"], username, policies.document)
