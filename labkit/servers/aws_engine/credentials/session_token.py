"""The credential type `session_token`: each lease is a session of the mount's user itself."""

from __future__ import annotations

from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_user_error
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.sts_credential import (
    session_seconds,
    sts_client,
    sts_response,
)
from labkit.servers.aws_engine.stored.role_entry import Role
from labkit.servers.plugin.request import Request, Response


def issue(mount: AwsMount, request: Request, _role_name: str, role: Role) -> Response:
    """Open a session of the mount's own user, with its MFA device if the Vault role names one.

    Raises:
        UserError: if AWS refuses.
    """
    sts = sts_client(mount, request)
    wanted: dict[str, Any] = {"DurationSeconds": session_seconds(request, role)}
    if role.mfa_serial_number:
        wanted["SerialNumber"] = role.mfa_serial_number
    if request.fields["mfa_code"]:
        wanted["TokenCode"] = request.fields["mfa_code"]
    with as_user_error("Error generating STS keys"):
        session = sts.get_session_token(**wanted)
    return sts_response(mount, session["Credentials"], username="", policy="")
