"""`config/root`: the mount's identity to AWS. A write calls nothing at AWS."""

from __future__ import annotations

from functools import partial

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.stored.root_entry import KEY, RootConfig
from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response

ROTATION = {"group": "default"}
FIELDS = {
    "access_key": Field(Kind.STRING, None, "Access key ID of the IAM user that the mount acts as."),
    "secret_key": Field(
        Kind.STRING,
        None,
        "Secret access key of this IAM user. It is never returned.",
        display={"sensitive": True},
    ),
    "region": Field(Kind.STRING, None, "AWS region of the calls."),
    "iam_endpoint": Field(Kind.STRING, None, "URL of IAM, if it is not AWS's own."),
    "sts_endpoint": Field(Kind.STRING, None, "URL of STS, if it is not AWS's own."),
    "sts_region": Field(
        Kind.STRING, None, "AWS region of sts_endpoint, if it is not that of the other calls."
    ),
    "sts_fallback_endpoints": Field(
        Kind.COMMA_LIST, None, "URLs of STS to try in this order if sts_endpoint does not answer."
    ),
    "sts_fallback_regions": Field(
        Kind.COMMA_LIST, None, "AWS regions of sts_fallback_endpoints, in the same order."
    ),
    "max_retries": Field(
        Kind.INT, -1, "Retries of an AWS call that failed; -1 is the AWS library's own number."
    ),
    "username_template": Field(
        Kind.STRING, None, "Template of the names of new IAM users; empty means Vault's default."
    ),
    "role_arn": Field(
        Kind.STRING, None, "ARN of the AWS role to assume with a plugin identity token."
    ),
    "identity_token_audience": Field(Kind.STRING, "", "Audience of plugin identity tokens."),
    "identity_token_ttl": Field(Kind.DURATION, 3600, "Time-to-live of plugin identity tokens."),
    "rotation_schedule": Field(
        Kind.STRING,
        None,
        "Cron expression that says when to rotate the access key. It excludes rotation_period.",
        display=ROTATION,
    ),
    "rotation_window": Field(
        Kind.DURATION,
        None,
        "Time after each moment of rotation_schedule in which the rotation may happen.",
        display=ROTATION,
    ),
    "rotation_period": Field(
        Kind.DURATION,
        None,
        "Time between two rotations of the access key. It excludes rotation_schedule.",
        display=ROTATION,
    ),
    "disable_automated_rotation": Field(
        Kind.BOOL, None, "Whether the access key is exempt from rotation.", display=ROTATION
    ),
    "rotation_policy": Field(
        Kind.STRING, None, "Name of the policy for retries of a rotation.", display=ROTATION
    ),
}


def path(mount: AwsMount) -> Path:
    """Return the API path config/root of a mount."""
    update = partial(write, mount)
    return Path(
        pattern="config/root",
        operations={Operation.READ: read, Operation.CREATE: update, Operation.UPDATE: update},
        fields=FIELDS,
        exists=lambda request: request.storage.get(KEY) is not None,
        help="Configure the credentials with which the engine manages IAM.",
        description=(
            "The engine needs AWS credentials that may manage IAM users, access keys and policies. "
            "They need not be those of the account's root user. A write replaces the fields that "
            "it gives; only username_template is reset if it is left out."
        ),
        operation_ids={
            Operation.READ: "aws-read-root-iam-credentials-configuration",
            Operation.UPDATE: "aws-configure-root-iam-credentials",
        },
    )


def read(request: Request) -> Response | None:
    """Return the root config without its secret key."""
    config = RootConfig.load(request.storage)
    return None if config is None else Response(config.shown())


def write(mount: AwsMount, request: Request) -> None:
    """Merge the given fields into the root config.

    Raises:
        UserError: if the fields do not fit each other, or need Vault Enterprise.
    """
    given = request.fields.given
    with mount.writing:
        stored = RootConfig.load(request.storage) or RootConfig()
        config = stored.merged({name: given[name] for name in FIELDS if name in given})
        try:
            config.store(request.storage)
        finally:
            mount.clients.drop()
