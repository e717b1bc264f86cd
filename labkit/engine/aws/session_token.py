"""The credential type `session_token`: each lease is a session of the mount's user itself."""

from __future__ import annotations

from typing import Any

from labkit.engine.aws.aws_errors import failing_the_request
from labkit.engine.aws.aws_mount import AwsMount
from labkit.engine.aws.role_entry import Role
from labkit.engine.aws.sts_credential import session_seconds, sts_client, sts_response
from labkit.engine.aws.usernames import sts_username
from labkit.engine.plugin.request import Request, Response


def issue(mount: AwsMount, request: Request, _role_name: str, role: Role) -> Response:
    """Open a session of the mount's own user, with its MFA device if the Vault role names one.

    Raises:
        UserError: if AWS refuses.
        EngineError: if the lease's name cannot be made.
    """
    sts = sts_client(mount, request)
    config = mount.clients.config(request.storage)
    username = sts_username(config.username_template, mount.clock())
    wanted: dict[str, Any] = {"DurationSeconds": session_seconds(request, role)}
    if role.mfa_serial_number:
        wanted["SerialNumber"] = role.mfa_serial_number
    if request.fields["mfa_code"]:
        wanted["TokenCode"] = request.fields["mfa_code"]
    with failing_the_request("Error generating STS keys"):
        session = sts.get_session_token(**wanted)
    return sts_response(mount, session["Credentials"], username, "")
