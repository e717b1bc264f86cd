"""The credential type `federation_token`: each lease is a narrowed session of the mount's user."""

from __future__ import annotations

from labkit.engine.aws.aws_errors import failing_the_request
from labkit.engine.aws.aws_mount import AwsMount
from labkit.engine.aws.role_entry import Role
from labkit.engine.aws.sts_credential import (
    session_policies,
    session_seconds,
    sts_client,
    sts_response,
)
from labkit.engine.aws.usernames import sts_username
from labkit.engine.plugin.errors import UserError
from labkit.engine.plugin.request import Request, Response


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
    with failing_the_request("Error generating STS keys"):
        session = sts.get_federation_token(
            Name=username,
            DurationSeconds=session_seconds(request, role),
            **policies.parameters(),
        )
    return sts_response(mount, session["Credentials"], username, policies.document)
