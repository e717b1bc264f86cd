"""How each API says that a session has expired."""
# ruff: noqa: SLF001 - a mend reaches inside moto

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from moto.core.exceptions import InvalidClientTokenIdError
from moto.core.utils import utcnow
from moto.iam.access_control import CreateAccessKeyFailure, IAMRequest, S3IAMRequest
from moto.s3.exceptions import S3ClientError

from labkit.servers.aws.patches.wrapping import wrap

EXPIRED = "Expired"


def refuse_if_expired(expiration: datetime) -> None:
    """Refuse a key whose session has ended.

    Args:
        expiration: when, in UTC without time zone, as moto keeps time.
    """
    _teach_the_word()
    if expiration <= utcnow():
        raise CreateAccessKeyFailure(reason=EXPIRED)


class _ExpiredTokenError(InvalidClientTokenIdError):
    """What the query APIs answer."""

    def __init__(self) -> None:
        message = "The security token included in the request is expired"
        super(InvalidClientTokenIdError, self).__init__("ExpiredToken", message)


class _RequestExpiredError(InvalidClientTokenIdError):
    """What EC2 answers."""

    code = 400

    def __init__(self) -> None:
        super(InvalidClientTokenIdError, self).__init__("RequestExpired", "Request has expired.")


@cache
def _teach_the_word() -> None:
    """Let moto's requests answer a reason that they do not know: a session's end."""
    wrap(IAMRequest, "_raise_invalid_access_key", _refuse)
    wrap(S3IAMRequest, "_raise_invalid_access_key", _refuse_in_s3)


def _refuse(refuse: Any, request: Any, reason: str) -> None:  # noqa: ANN401 - moto's
    if reason == EXPIRED:
        raise _RequestExpiredError if request._service == "ec2" else _ExpiredTokenError
    refuse(request, reason)


def _refuse_in_s3(refuse: Any, request: Any, reason: str) -> None:  # noqa: ANN401 - moto's
    if reason == EXPIRED:
        raise S3ClientError("ExpiredToken", "The provided token has expired.")
    refuse(request, reason)
