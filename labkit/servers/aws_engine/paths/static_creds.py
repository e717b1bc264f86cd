"""`static-creds/<name>`: the access key that a static role holds now; there is no lease."""

from __future__ import annotations

from labkit.servers.aws_engine.paths.names import name_pattern
from labkit.servers.aws_engine.stored.static_role import StaticKey
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response


def path() -> Path:
    """Return the API path static-creds/<name>."""
    return Path(
        pattern=f"static-creds/{name_pattern()}",
        operations={Operation.READ: read},
        fields={"name": Field(Kind.STRING, None, "Name of the static role.")},
        help="Read the access key of a static role.",
        description=(
            "The access key that a static role holds now, with the time of its next rotation. "
            "Every read returns the same key until the rotation. There is no lease."
        ),
    )


def read(request: Request) -> Response | None:
    """Return the key with the time of its rotation."""
    key = StaticKey.load(request.storage, request.fields["name"])
    return None if key is None else Response(key.shown())
