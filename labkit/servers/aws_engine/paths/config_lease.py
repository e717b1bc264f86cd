"""`config/lease`: how long the leases of IAM users last."""

from __future__ import annotations

from functools import partial

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.stored.lease_entry import KEY, LeaseConfig
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.durations import format_duration, parse_duration
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response

FIELDS = {
    "lease": Field(Kind.STRING, None, "How long a lease lasts, for instance 30m. Required."),
    "lease_max": Field(
        Kind.STRING, None, "How long a lease lasts with renewals, for instance 24h. Required."
    ),
}


def path(mount: AwsMount) -> Path:
    """Return the API path config/lease of a mount."""
    return Path(
        pattern="config/lease",
        operations={Operation.READ: read, Operation.UPDATE: partial(write, mount)},
        fields=FIELDS,
        help="Configure how long the leases of IAM users last.",
        description=(
            "The lease and the longest lease of credentials of the type iam_user. Both are "
            "durations: seconds, days such as 2d, or a Go duration such as 1h30m. The leases of "
            "STS credentials last as long as the credentials."
        ),
        operation_ids={
            Operation.READ: "aws-read-lease-configuration",
            Operation.UPDATE: "aws-configure-lease",
        },
    )


def read(request: Request) -> Response | None:
    """Return the lease config as Go writes durations."""
    if request.storage.get(KEY) is None:
        return None
    config = LeaseConfig.load(request.storage)
    return Response(
        {"lease": format_duration(config.lease), "lease_max": format_duration(config.lease_max)}
    )


def write(mount: AwsMount, request: Request) -> None:
    """Store the lease config; both fields are needed each time.

    Raises:
        UserError: if one is missing or no duration.
    """
    for name in FIELDS:
        if not request.fields[name]:
            raise UserError(f"'{name}' is a required parameter")
    config = LeaseConfig(**{name: _seconds(request, name) for name in FIELDS})
    try:
        config.store(request.storage)
    finally:
        mount.lease.drop()


def _seconds(request: Request, name: str) -> float:
    try:
        return parse_duration(request.fields[name])
    except ValueError as error:
        raise UserError(f"Invalid {name}: {error}") from error
