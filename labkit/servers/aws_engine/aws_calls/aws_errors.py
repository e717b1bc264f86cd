"""What AWS refuses, in the words of an engine error: `<doing>: <Code>: <message>`.

The text has the same form whatever botocore prints, so that a client may rely on it: AWS's error
code and message, or the kind of botocore's error where AWS gave no answer, for instance
`Error creating IAM user: Throttling: Rate exceeded`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from labkit.servers.plugin.errors import EngineError, RateLimitedError, UserError

THROTTLES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
SERVER_FAULT = 500


@contextmanager
def as_user_error(doing: str) -> Iterator[None]:
    """Turn an AWS error into HTTP 400, a throttle into 502.

    Raises:
        UserError: with `<doing>: <Code>: <message>`; a `RateLimitedError` if AWS throttles.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        kind = RateLimitedError if code(error) in THROTTLES else UserError
        raise kind(f"{doing}: {text(error)}") from error


@contextmanager
def as_read_error(doing: str) -> Iterator[None]:
    """Turn an AWS error into HTTP 400, a throttle too: so Vault answers if AWS shows no group.

    Raises:
        UserError: with `<doing>: <Code>: <message>`.
    """
    try:
        with as_user_error(doing):
            yield
    except RateLimitedError as error:
        raise UserError(str(error)) from error.__cause__


@contextmanager
def as_engine_error(doing: str) -> Iterator[None]:
    """Turn an AWS error into HTTP 500.

    Raises:
        EngineError: with `<doing>: <Code>: <message>`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise EngineError(f"{doing}: {text(error)}") from error


def code(error: BaseException | None) -> str:
    """Return AWS's error code, or the kind of an error that is not an answer of AWS."""
    return str(_answer(error).get("Error", {}).get("Code") or type(error).__name__)


def text(error: BaseException) -> str:
    """Return `<Code>: <message>`."""
    answer = _answer(error)
    message = answer["Error"].get("Message") if answer else error
    return f"{code(error)}: {message or ''}"


def definitely_not_applied(error: BaseException | None) -> bool:
    """Tell whether AWS refused a call at the first try; otherwise the call may have been done.

    A lost answer, a server fault, and a refused second try leave it open.
    """
    about = _answer(error).get("ResponseMetadata")
    return bool(
        about and about["HTTPStatusCode"] < SERVER_FAULT and not about.get("RetryAttempts", 0)
    )


def _answer(error: BaseException | None) -> dict[str, dict[str, Any]]:
    return getattr(error, "response", None) or {}
