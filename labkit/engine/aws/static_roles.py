"""`static-roles` and `static-creds`: not supported yet; each path says so."""

from __future__ import annotations

from labkit.engine.aws.roles import NAME
from labkit.engine.plugin.backend import Path
from labkit.engine.plugin.fields import Field, Kind
from labkit.engine.plugin.request import Operation, Request, UserError

FIELDS = {
    "name": Field(Kind.STRING, "", "The static role."),
    "username": Field(Kind.STRING, "", "The IAM user whose key it keeps."),
    "rotation_period": Field(Kind.DURATION, None, "How long a key lives."),
}


def paths() -> list[Path]:
    """Return the API paths of static roles."""
    return [
        _path(f"static-roles/{NAME}", Operation.READ, Operation.UPDATE, Operation.DELETE),
        _path("static-roles/?", Operation.LIST),
        _path(f"static-creds/{NAME}", Operation.READ),
    ]


def refuse(request: Request) -> None:
    """Say that there are no static roles yet.

    Raises:
        UserError: always.
    """
    raise UserError(
        f"{request.path}: static roles are not supported yet by this lab's engine; "
        "for a credential of its own per lease, write roles/<name> and read creds/<name>"
    )


def _path(pattern: str, *operations: Operation) -> Path:
    return Path(pattern, dict.fromkeys(operations, refuse), FIELDS, help="Not supported yet.")
