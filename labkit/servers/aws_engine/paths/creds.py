"""`creds/<name>`, also as `sts/<name>`: issues a credential of a Vault role.

Each credential type is one file with an `issue` function; a new type is a new line in `ISSUERS`.
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
from labkit.servers.aws_engine.paths.names import name_pattern
from labkit.servers.aws_engine.stored import role_storage
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
    "name": Field(Kind.STRING, None, "Name of the Vault role."),
    "role_arn": Field(
        Kind.STRING,
        None,
        "ARN of the AWS role to assume, if the Vault role allows several. Only for assumed_role.",
        query=True,
    ),
    "ttl": Field(
        Kind.DURATION, 3600, "Time-to-live of an STS credential. Not for iam_user.", query=True
    ),
    "role_session_name": Field(
        Kind.STRING,
        None,
        "Name of the session, at most 64 characters. Only for assumed_role.",
        query=True,
    ),
    "mfa_code": Field(Kind.STRING, None, "Code that the MFA device shows. Only for session_token."),
}


def path(mount: AwsMount) -> Path:
    """Return the API paths creds/<name> and sts/<name> of a mount."""
    handler = partial(issue, mount)
    return Path(
        pattern=f"(creds|sts)/{name_pattern()}",
        operations={Operation.READ: handler, Operation.UPDATE: handler},
        fields=FIELDS,
        help="Issue an AWS credential of a Vault role.",
        description=(
            'The Vault role is the last part of the path: "aws/creds/deploy" issues a credential '
            'of the role "deploy" if the engine is mounted at "aws". Each credential has a lease. '
            "Revoking the lease of an IAM user deletes the user with its access key. Revoking the "
            "lease of an STS credential (assumed_role, federation_token, session_token) does not "
            "end the session at AWS."
        ),
        operation_ids={
            Operation.READ: "aws-generate-credentials|aws-generate-sts-credentials",
            Operation.UPDATE: "aws-generate-credentials-with-parameters"
            "|aws-generate-sts-credentials-with-parameters",
        },
    )


def issue(mount: AwsMount, request: Request) -> Response:
    """Return a new credential of the Vault role in the path.

    Raises:
        UserError: if there is no such role, its type is unknown, or its issue is refused.
        EngineError: if the credential type's own issue fails.
    """
    name = request.fields["name"]
    role = mount.roles.get(name, lambda: role_storage.load(request.storage, name))
    if role is None:
        raise UserError(f"Role {quoted(name)} not found")
    credential_type = _credential_type(role, request.path)
    if credential_type not in ISSUERS:
        raise UserError(f"unknown credential_type: {quoted(credential_type)}")
    return ISSUERS[credential_type](mount, request, name, role)


def _credential_type(role: Role, path: str) -> str:
    """Return the type to issue; a role of a deprecated parameter may have two.

    Raises:
        UserError: if a role of a deprecated parameter does not issue its type through this path.
    """
    through_creds = path.startswith("creds")
    chosen = next(iter(role.credential_types), "")
    if len(role.credential_types) > 1:
        chosen = IAM_USER if through_creds else FEDERATION_TOKEN
    if role.prohibit_flexible_cred_path and through_creds != (chosen == IAM_USER):
        raise UserError(
            f"attempted to retrieve {chosen} credentials through the "
            f"{'creds' if through_creds else 'sts'} path; this is not allowed for legacy roles"
        )
    return chosen
