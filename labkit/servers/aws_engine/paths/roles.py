"""`roles/<name>`: the Vault roles of a mount. Writing one asks nothing of AWS."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import partial

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.stored.role_entry import Role
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response, Storage

PREFIX = "role/"
NAME = r"(?P<name>\w(?:[\w.@-]*\w)?)"
"""A role's name in an API path: letters, digits and _, with - . @ inside."""

FIELDS = {
    "credential_type": Field(Kind.STRING, "", "What is issued, for instance iam_user."),
    "role_arns": Field(Kind.COMMA_LIST, None, "AWS roles that may be assumed (assumed_role)."),
    "policy_arns": Field(Kind.COMMA_LIST, None, "Managed policies to attach."),
    "policy_document": Field(Kind.STRING, "", "IAM policy as JSON, to put inline."),
    "iam_groups": Field(Kind.COMMA_LIST, None, "IAM groups to join."),
    "iam_tags": Field(Kind.KEY_VALUES, None, "Tags of the IAM user (iam_user)."),
    "session_tags": Field(Kind.KEY_VALUES, None, "Tags of the session (assumed_role)."),
    "default_sts_ttl": Field(Kind.DURATION, 0, "TTL of an STS credential that asks for none."),
    "max_sts_ttl": Field(Kind.DURATION, 0, "Longest TTL of an STS credential."),
    "user_path": Field(Kind.STRING, "/", "Path of the IAM user (iam_user)."),
    "permissions_boundary_arn": Field(Kind.STRING, "", "Policy that bounds the IAM user."),
    "external_id": Field(Kind.STRING, "", "External id for assuming the role (assumed_role)."),
    "mfa_serial_number": Field(Kind.STRING, "", "MFA device of the session (session_token)."),
}
DEPRECATED = {"arn": "policy_arns or role_arns", "policy": "policy_document"}


def entry_path(mount: AwsMount) -> Path:
    """Return the API path roles/<name> of a mount."""
    return Path(
        pattern=f"roles/{NAME}",
        operations={
            Operation.READ: read,
            Operation.UPDATE: partial(write, mount),
            Operation.DELETE: delete,
        },
        fields={
            "name": Field(Kind.STRING, "", "The Vault role."),
            **FIELDS,
            **{name: Field(Kind.STRING, "", "Not supported.") for name in DEPRECATED},
        },
        help="Which AWS credentials a Vault role issues, and with what permissions.",
    )


def list_path() -> Path:
    """Return the API path roles/."""
    return Path(
        pattern="roles/?",
        operations={Operation.LIST: names},
        help="The names of the Vault roles.",
    )


def load(storage: Storage, name: str) -> Role | None:
    """Return a stored Vault role, None if there is none of that name."""
    stored = storage.get(PREFIX + name)
    return None if stored is None else Role.from_stored(json.loads(stored))


def names(request: Request) -> Response:
    """Return the names of all Vault roles."""
    return Response({"keys": request.storage.list(PREFIX)})


def read(request: Request) -> Response | None:
    """Return one Vault role."""
    role = load(request.storage, request.fields["name"])
    return None if role is None else Response(role.shown())


def write(mount: AwsMount, request: Request) -> None:
    """Lay the given fields over the stored Vault role, if there is one, and store the outcome.

    Raises:
        UserError: if a deprecated parameter is given, or the outcome is not a valid role.
    """
    given = request.fields.given
    _refuse_deprecated(given.keys())
    name = request.fields["name"]
    with mount.writing:
        stored = load(request.storage, name) or Role()
        role = stored.overlaid({field: given[field] for field in FIELDS if field in given})
        request.storage.put(PREFIX + name, json.dumps(role.stored()).encode())


def delete(request: Request) -> None:
    """Remove a Vault role; the leases it issued stay valid."""
    request.storage.delete(PREFIX + request.fields["name"])


def _refuse_deprecated(given: Collection[str]) -> None:
    for name, instead in DEPRECATED.items():
        if name in given:
            raise UserError(f"the deprecated parameter {name} is not supported; use {instead}")
