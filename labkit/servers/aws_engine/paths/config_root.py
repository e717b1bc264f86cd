"""`config/root`: whom the mount is to AWS. Nothing is asked of AWS when it is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.stored.root_entry import KEY, RootConfig
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response

FIELDS = {
    "access_key": Field(Kind.STRING, "", "Access key id of the IAM user the mount acts as."),
    "secret_key": Field(Kind.STRING, "", "Its secret key; never returned."),
    "region": Field(Kind.STRING, "", "Region of the AWS calls."),
    "iam_endpoint": Field(Kind.STRING, "", "URL of IAM, if it is not AWS's own."),
    "sts_endpoint": Field(Kind.STRING, "", "URL of STS, if it is not AWS's own."),
    "sts_region": Field(Kind.STRING, "", "Region of sts_endpoint."),
    "sts_fallback_endpoints": Field(Kind.COMMA_LIST, None, "URLs of STS to try next, in order."),
    "sts_fallback_regions": Field(Kind.COMMA_LIST, None, "Regions of sts_fallback_endpoints."),
    "max_retries": Field(Kind.INT, -1, "Retries of an AWS call; -1 leaves it to the AWS library."),
    "username_template": Field(Kind.STRING, "", "How IAM users are named; empty is the default."),
}
ENTERPRISE = {
    "role_arn": Field(Kind.STRING, ""),
    "identity_token_audience": Field(Kind.STRING, ""),
    "identity_token_ttl": Field(Kind.DURATION, 0),
    "rotation_schedule": Field(Kind.STRING, ""),
    "rotation_period": Field(Kind.DURATION, 0),
    "rotation_window": Field(Kind.DURATION, 0),
    "disable_automated_rotation": Field(Kind.BOOL, False),  # noqa: FBT003 - a default is a value
}
"""Functions of Vault Enterprise: accepted empty, as clients like Terraform send them."""


def path(mount: AwsMount) -> Path:
    """Return the API path config/root of a mount."""
    update = partial(write, mount)
    return Path(
        pattern="config/root",
        operations={Operation.READ: read, Operation.CREATE: update, Operation.UPDATE: update},
        fields=FIELDS | ENTERPRISE,
        exists=lambda request: request.storage.get(KEY) is not None,
        help="The identity and the endpoints with which the engine calls AWS.",
    )


def read(request: Request) -> Response | None:
    """Return the root config without its secret key."""
    config = RootConfig.load(request.storage)
    if config is None:
        return None
    return Response({**config.shown(), **{name: spec.default for name, spec in ENTERPRISE.items()}})


def write(mount: AwsMount, request: Request) -> None:
    """Merge the given fields into the root config.

    Raises:
        UserError: for a function of Vault Enterprise, or fallback lists that do not match.
    """
    _refuse_enterprise(request.fields)
    given = request.fields.given
    with mount.writing:
        stored = RootConfig.load(request.storage) or RootConfig()
        config = stored.merged({name: given[name] for name in FIELDS if name in given})
        config.store(request.storage)
        mount.clients.drop()


def _refuse_enterprise(fields: Mapping[str, Any]) -> None:
    for name in ENTERPRISE:
        if fields[name]:
            instead = (
                "call config/rotate-root when the key is to be rotated"
                if "rotation" in name
                else "use access_key and secret_key"
            )
            raise UserError(f"{name} is a function of Vault Enterprise; {instead} instead")
