"""`creds/<name>`, also as `sts/<name>`: issues a credential of a Vault role.

Each credential type is one file with an `issue` function; a new one is a new line in `ISSUERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials import (
    assumed_role,
    federation_token,
    iam_user,
    session_token,
)
from labkit.servers.aws_engine.paths import roles
from labkit.servers.aws_engine.stored.role_entry import (
    ASSUMED_ROLE,
    FEDERATION_TOKEN,
    IAM_USER,
    SESSION_TOKEN,
    Role,
    quoted,
)
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response

Issue = Callable[[AwsMount, Request, str, Role], Response]

ISSUERS: Mapping[str, Issue] = {
    IAM_USER: iam_user.issue,
    ASSUMED_ROLE: assumed_role.issue,
    FEDERATION_TOKEN: federation_token.issue,
    SESSION_TOKEN: session_token.issue,
}

FIELDS = {
    "name": Field(Kind.STRING, "", "The Vault role."),
    "role_arn": Field(Kind.STRING, "", "AWS role to assume (assumed_role)."),
    "ttl": Field(Kind.DURATION, 3600, "TTL of an STS credential."),
    "role_session_name": Field(Kind.STRING, "", "Name of the session (assumed_role)."),
    "mfa_code": Field(Kind.STRING, "", "Code of the MFA device (session_token)."),
}


def path(mount: AwsMount) -> Path:
    """Return the API paths creds/<name> and sts/<name> of a mount."""
    handler = partial(issue, mount)
    return Path(
        pattern=f"(?:creds|sts)/{roles.NAME}",
        operations={Operation.READ: handler, Operation.UPDATE: handler},
        fields=FIELDS,
        help="Issues an AWS credential of a Vault role, with a lease.",
    )


def issue(mount: AwsMount, request: Request) -> Response:
    """Return a new credential of the Vault role in the path.

    Raises:
        UserError: if there is no such role, its type is unknown, or its issue is refused.
        EngineError: if the credential type's own issue fails.
    """
    name = request.fields["name"]
    role = roles.load(request.storage, name)
    if role is None:
        raise UserError(f"Role {quoted(name)} not found")
    credential_type = role.credential_types[0] if role.credential_types else ""
    if credential_type not in ISSUERS:
        raise UserError(f"unknown credential_type: {quoted(credential_type)}")
    return ISSUERS[credential_type](mount, request, name, role)
