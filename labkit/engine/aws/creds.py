"""`creds/<name>`, also as `sts/<name>`: issues a credential of a Vault role.

Each credential type is one file with an `issue` function; a new one is a new line in `ISSUERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from labkit.engine.aws import iam_user, roles
from labkit.engine.aws.aws_mount import AwsMount
from labkit.engine.aws.role_entry import CREDENTIAL_TYPES, IAM_USER, Role, quoted
from labkit.engine.plugin.backend import Path
from labkit.engine.plugin.fields import Field, Kind
from labkit.engine.plugin.request import Operation, Request, Response, UserError

Issue = Callable[[AwsMount, Request, str, Role], Response]

ISSUERS: Mapping[str, Issue] = {IAM_USER: iam_user.issue}

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
        UserError: if there is no such role, or its credential type is not issued.
        EngineError: if the credential type's own issue fails.
    """
    name = request.fields["name"]
    role = roles.load(request.storage, name)
    if role is None:
        raise UserError(f"Role {quoted(name)} not found")
    credential_type = role.credential_types[0] if role.credential_types else ""
    return _issuer(name, credential_type)(mount, request, name, role)


def _issuer(role_name: str, credential_type: str) -> Issue:
    if credential_type in ISSUERS:
        return ISSUERS[credential_type]
    if credential_type in CREDENTIAL_TYPES:
        raise UserError(
            f"credential_type {credential_type} is not issued yet by this lab's engine; "
            f"write roles/{role_name} with credential_type {' or '.join(ISSUERS)}"
        )
    raise UserError(f"unknown credential_type: {quoted(credential_type)}")
