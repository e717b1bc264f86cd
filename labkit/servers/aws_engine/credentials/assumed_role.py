"""The credential type `assumed_role`: each lease is a session of an AWS role."""

from __future__ import annotations

from labkit.servers.aws_engine.aws_calls.aws_errors import as_user_error
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.sts_credential import (
    session_policies,
    session_seconds,
    sts_client,
    sts_response,
)
from labkit.servers.aws_engine.credentials.usernames import iam_username, normalize
from labkit.servers.aws_engine.stored.role_entry import Role, quoted
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.request import Request, Response


def issue(mount: AwsMount, request: Request, role_name: str, role: Role) -> Response:
    """Assume an AWS role, narrowed down to the Vault role's policies.

    Raises:
        UserError: if the AWS role is not clear or not allowed, or AWS refuses.
        EngineError: if the session's name cannot be made.
    """
    role_arn = _role_arn(request.fields["role_arn"], role_name, role)
    policies = session_policies(mount, request, role)
    sts = sts_client(mount, request)
    wanted = {
        "RoleArn": role_arn,
        "RoleSessionName": _session_name(mount, request, role_name),
        "DurationSeconds": session_seconds(request, role),
        **policies.parameters(),
    }
    if role.external_id:
        wanted["ExternalId"] = role.external_id
    if role.session_tags:
        wanted["Tags"] = [{"Key": key, "Value": tag} for key, tag in role.session_tags.items()]
    with as_user_error("Error assuming role"):
        session = sts.assume_role(**wanted)
    return sts_response(
        mount,
        session["Credentials"],
        wanted["RoleSessionName"],
        role_arn,
        shown={"arn": session["AssumedRoleUser"]["Arn"]},
    )


def _role_arn(asked: str, role_name: str, role: Role) -> str:
    allowed = role.role_arns or ()
    if not asked and len(allowed) == 1:
        return allowed[0]
    if not asked:
        raise UserError("did not supply a role_arn parameter and unable to determine one")
    if asked not in allowed:
        raise UserError(
            f"role_arn {quoted(asked)} not in allowed role arns for Vault role {quoted(role_name)}"
        )
    return asked


def _session_name(mount: AwsMount, request: Request, role_name: str) -> str:
    if asked := request.fields["role_session_name"]:
        return normalize(asked)
    config = mount.clients.config(request.storage)
    template = config.username_template
    return iam_username(template, request.display_name, role_name, mount.clock())
