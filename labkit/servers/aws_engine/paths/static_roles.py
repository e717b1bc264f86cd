"""`static-roles/<name>`: IAM users that exist already, whose access keys the engine rotates."""

from __future__ import annotations

from functools import partial

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error, code
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.paths.names import name_pattern
from labkit.servers.aws_engine.rotation import replace_key, user_id, with_expiration
from labkit.servers.aws_engine.stored.role_entry import quoted
from labkit.servers.aws_engine.stored.static_role import KEYS, ROLES, StaticKey, StaticRole
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.errors import EngineError, UserError
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response

SHORTEST_PERIOD = 60  # seconds; the server lets an engine look after its roles once a minute

FIELDS = {
    "name": Field(Kind.STRING, None, "Name of the static role."),
    "username": Field(Kind.STRING, None, "Name of the IAM user whose access key is rotated."),
    "rotation_period": Field(
        Kind.DURATION,
        None,
        "Time between two rotations, at least a minute: seconds, or a Go duration such as 24h.",
    ),
}


def entry_path(mount: AwsMount) -> Path:
    """Return the API path static-roles/<name> of a mount."""
    return Path(
        pattern=f"static-roles/{name_pattern()}",
        operations={
            Operation.READ: read,
            Operation.UPDATE: partial(write, mount),
            Operation.DELETE: partial(delete, mount),
        },
        fields=FIELDS,
        help="Read, write and delete static roles.",
        description=(
            "A static role holds an access key of an IAM user that exists already, and replaces "
            "the key each rotation_period. To make room for a new key it deletes the user's oldest "
            "key. Deleting the static role deletes the key that it holds; the IAM user stays."
        ),
    )


def list_path() -> Path:
    """Return the API path static-roles/."""
    return Path(
        pattern="static-roles/?",
        operations={Operation.LIST: names},
        help="List the static roles.",
        description="Static roles are listed by their names.",
    )


def names(request: Request) -> Response:
    """Return the names of all static roles."""
    return Response({"keys": request.storage.list(ROLES)})


def read(request: Request) -> Response | None:
    """Return one static role."""
    role = StaticRole.load(request.storage, request.fields["name"])
    return None if role is None else Response(role.shown())


def write(mount: AwsMount, request: Request) -> Response:
    """Store a static role, and give it its first key if it holds none.

    A changed role keeps its key, for as long from now on as its rotation period says.

    Raises:
        UserError: if a field is missing.
        EngineError: if the period is too short, or AWS knows no such user or refuses.
    """
    with mount.rotating:
        role = _validated(mount, request)
        role.store(request.storage)
        key = StaticKey.load(request.storage, role.name)
        if key is None:
            try:
                replace_key(mount, request.storage, role)
            except EngineError as error:
                text = f"failed to create new credentials for role {quoted(role.name)}: {error}"
                raise EngineError(text) from error
        else:
            with_expiration(mount, key, role).store(request.storage, role.name)
    return Response(role.shown())


def delete(mount: AwsMount, request: Request) -> None:
    """Delete a static role with the key it holds; the IAM user stays.

    Raises:
        EngineError: if AWS does not delete the key; the role then stays, to be deleted again.
    """
    name, storage = request.fields["name"], request.storage
    with mount.rotating:
        role, key = StaticRole.load(storage, name), StaticKey.load(storage, name)
        if role is not None and key is not None:
            _delete_key(mount, request, role, key)
        storage.delete(KEYS + name)
        storage.delete(ROLES + name)


def _validated(mount: AwsMount, request: Request) -> StaticRole:
    given, name = request.fields.given, request.fields["name"]
    stored = StaticRole.load(request.storage, name)
    username = given.get("username", stored and stored.username)
    period = given.get("rotation_period", stored and stored.rotation_period)
    if username is None:
        raise UserError('missing "username" parameter')
    found = stored.id if stored else ""
    if "username" in given or stored is None:
        found = user_id(mount.clients.iam(request.storage), username, expected=found)
    if period is None:
        raise UserError('missing "rotation_period" parameter')
    if period < SHORTEST_PERIOD:
        raise EngineError(
            f"role rotation period out of range: must be greater than {SHORTEST_PERIOD:.2f} seconds"
        )
    return StaticRole(name, found, username, period)


def _delete_key(mount: AwsMount, request: Request, role: StaticRole, key: StaticKey) -> None:
    failed = f"failed to clean credentials while deleting role {quoted(role.name)}"
    doing = ": ".join([failed, "couldn't delete from IAM"])
    try:
        with as_engine_error(doing):
            mount.clients.iam(request.storage).delete_access_key(
                UserName=role.username, AccessKeyId=key.access_key
            )
    except EngineError as error:
        if code(error.__cause__) != "NoSuchEntity":  # an earlier deletion may have come this far
            raise
