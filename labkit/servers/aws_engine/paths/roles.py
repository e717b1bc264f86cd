"""`roles/<name>`: the Vault roles of a mount. A write calls nothing at AWS.

A field of a role is listed in `FIELDS` here and in `Role` (`stored/role_entry.py`); the modules of
`credentials` use it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.paths.names import name_pattern
from labkit.servers.aws_engine.stored import role_storage
from labkit.servers.aws_engine.stored.legacy_role import role_from_text
from labkit.servers.aws_engine.stored.role_entry import Role, quoted
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.errors import EngineError, UserError
from labkit.servers.plugin.fields import Field, Fields, Kind
from labkit.servers.plugin.request import Operation, Request, Response

PAIRS = "A map, or a list of key=value pairs."
FIELDS = {
    "credential_type": Field(
        Kind.STRING,
        None,
        "What is issued: iam_user, assumed_role, federation_token or session_token.",
    ),
    "role_arns": Field(
        Kind.COMMA_LIST,
        None,
        "ARNs of the AWS roles that may be assumed. Only for assumed_role.",
        display={"name": "Role ARNs"},
    ),
    "policy_arns": Field(
        Kind.COMMA_LIST,
        None,
        "ARNs of managed policies. For iam_user they are attached to the new user; for "
        "assumed_role and federation_token they limit what the session may do.",
        display={"name": "Policy ARNs"},
    ),
    "policy_document": Field(
        Kind.STRING,
        None,
        "IAM policy as JSON. For iam_user it becomes an inline policy of the new user; for "
        "assumed_role and federation_token it limits what the session may do.",
    ),
    "iam_groups": Field(
        Kind.COMMA_LIST,
        None,
        "Names of IAM groups. For iam_user the new user joins them; for assumed_role and "
        "federation_token their policies are added to policy_arns and policy_document.",
        display={"name": "IAM Groups", "value": "group1,group2"},
    ),
    "iam_tags": Field(
        Kind.KEY_VALUES,
        None,
        f"Tags of the new IAM user. {PAIRS}",
        display={"name": "IAM Tags", "value": "[key1=value1, key2=value2]"},
    ),
    "session_tags": Field(
        Kind.KEY_VALUES,
        None,
        f"Tags of the session. Only for assumed_role. {PAIRS}",
        display={"name": "Session Tags", "value": "[key1=value1, key2=value2]"},
    ),
    "external_id": Field(
        Kind.STRING,
        None,
        "External ID that the AWS role asks for. Only for assumed_role.",
        display={"name": "External ID"},
    ),
    "default_sts_ttl": Field(
        Kind.DURATION,
        None,
        "TTL of an STS credential when a request names none. Not for iam_user.",
        display={"name": "Default STS TTL"},
    ),
    "max_sts_ttl": Field(
        Kind.DURATION,
        None,
        "Longest TTL of an STS credential. Not for iam_user.",
        display={"name": "Max STS TTL"},
    ),
    "user_path": Field(
        Kind.STRING,
        "/",
        "IAM path of the new user. Only for iam_user.",
        display={"name": "User Path", "value": "/"},
    ),
    "permissions_boundary_arn": Field(
        Kind.STRING,
        None,
        "ARN of the managed policy that limits the new user. Only for iam_user.",
        display={"name": "Permissions Boundary ARN"},
    ),
    "mfa_serial_number": Field(
        Kind.STRING,
        None,
        "Serial number or ARN of the MFA device of the mount's IAM user. Only for session_token.",
        display={"name": "MFA Device Serial Number"},
    ),
}
DEPRECATED = {
    "arn": Field(Kind.STRING, None, "Use role_arns or policy_arns instead.", deprecated=True),
    "policy": Field(Kind.STRING, None, "Use policy_document instead.", deprecated=True),
}
EXCLUSIVE = (
    "credential_type",
    "role_arns",
    "policy_arns",
    "policy_document",
    "default_sts_ttl",
    "max_sts_ttl",
    "user_path",
    "permissions_boundary_arn",
)
"""Fields that a write with a deprecated parameter must not give, in the order of the check."""
DEPRECATION = (
    "Detected use of legacy role or policy parameter. Please upgrade to use the new parameters."
)


def entry_path(mount: AwsMount) -> Path:
    """Return the API path roles/<name> of a mount."""
    name = Field(Kind.STRING, None, "Name of the Vault role.", display={"name": "Role Name"})
    return Path(
        pattern=f"roles/{name_pattern()}",
        operations={
            Operation.READ: read,
            Operation.UPDATE: partial(write, mount),
            Operation.DELETE: partial(delete, mount),
        },
        fields={"name": name, **FIELDS, **DEPRECATED},
        help="Read, write and delete the Vault roles that credentials are issued for.",
        description=(
            "A Vault role says which AWS credentials its holders get and what these may do. With "
            'the engine mounted at "aws", the role "deploy" is written at "aws/roles/deploy", and '
            'its credentials are read at "aws/creds/deploy". A write changes the fields that it '
            "gives and keeps the others. The policy document is only checked to be JSON. ARNs are "
            "not looked up at AWS: read a credential to see whether the role works."
        ),
        operation_ids={
            Operation.READ: "aws-read-role",
            Operation.UPDATE: "aws-write-role",
            Operation.DELETE: "aws-delete-role",
        },
    )


def list_path() -> Path:
    """Return the API path roles/."""
    return Path(
        pattern="roles/?",
        operations={Operation.LIST: names},
        help="List the Vault roles.",
        description="Vault roles are listed by their names.",
        operation_ids={Operation.LIST: "aws-list-roles"},
    )


def names(request: Request) -> Response:
    """Return the names of all Vault roles."""
    return Response({"keys": role_storage.names(request.storage)})


def read(request: Request) -> Response | None:
    """Return one Vault role."""
    role = role_storage.load(request.storage, request.fields["name"])
    return None if role is None else Response(role.shown())


def write(mount: AwsMount, request: Request) -> Response | None:
    """Store a Vault role: the given fields over the stored role, or a deprecated parameter.

    Raises:
        UserError: if the result is not a valid role.
        EngineError: if both deprecated parameters are given.
    """
    name, fields = request.fields["name"], request.fields
    with mount.writing:
        stored = role_storage.load(request.storage, name) or Role()
        text = _legacy_text(fields)
        role = _from_legacy(text, fields.given) if text else _overlaid(stored, fields)
        try:
            role_storage.store(request.storage, name, role)
        finally:
            mount.roles.drop(name)
    warnings = []
    if stored.invalid_data:
        warnings.append(f"Invalid data of {quoted(stored.invalid_data)} cleared out of role")
    if text:
        warnings.append(DEPRECATION)
    return Response(warnings=tuple(warnings)) if warnings else None


def delete(mount: AwsMount, request: Request) -> None:
    """Delete a Vault role; the leases it issued stay valid."""
    name = request.fields["name"]
    try:
        role_storage.delete(request.storage, name)
    finally:
        mount.roles.drop(name)


def _legacy_text(fields: Fields) -> str:
    arn, policy = str(fields["arn"]), str(fields["policy"])
    if arn and policy:
        raise EngineError("only one of policy or arn should be provided")
    return arn or policy


def _overlaid(stored: Role, fields: Fields) -> Role:
    return stored.overlaid({name: fields.given[name] for name in FIELDS if name in fields.given})


def _from_legacy(text: str, given: Collection[str]) -> Role:
    for name in (name for name in EXCLUSIVE if name in given):
        what = "an explicit credential_type" if name == "credential_type" else name
        raise UserError(f"cannot supply deprecated role or policy parameters with {what}")
    role = role_from_text(text)
    if role.invalid_data:
        raise UserError(f"unable to parse supplied data: {quoted(role.invalid_data)}")
    role.validate()
    return role
