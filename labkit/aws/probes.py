"""Questions to AWS itself: what can this key do now, does this user exist, whose is this key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.errors import AwsSideError

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession

ALLOWED = "allowed"
# The key is accepted, but what was asked is not permitted.
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
# The key itself is not accepted: each API has its own word for it.
REFUSED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


@dataclass(frozen=True)
class Probe:
    """What AWS answered a key: "allowed" or AWS's error code.

    Args:
        ec2: the answer to EC2 DescribeInstances.
        s3: the answer to S3 ListBuckets.
        sts: the answer to STS GetCallerIdentity, which every valid key may ask.
    """

    ec2: str
    s3: str
    sts: str

    @property
    def key_accepted(self) -> bool:
        """Whether AWS accepted the key, whatever it permits."""
        return self.sts == ALLOWED


def probe(session: LabSession) -> Probe:
    """Use a key for real and return what AWS answers; each call is made once.

    Raises:
        AwsSideError: AWS could not be reached, or answered neither "allowed" nor a refusal.
    """
    return Probe(
        ec2=outcome(session.client_without_retries("ec2").describe_instances),
        s3=outcome(session.client_without_retries("s3").list_buckets),
        sts=outcome(session.client_without_retries("sts").get_caller_identity),
    )


def user_exists(operator: LabSession, user_name: str) -> bool:
    """Ask AWS whether an IAM user exists.

    Args:
        operator: session of somebody who may call iam:GetUser.
        user_name: the user's name, without path.

    Raises:
        AwsSideError: AWS did not say.
    """
    return _find(operator.client_without_retries("iam").get_user, UserName=user_name) is not None


def user_names(operator: LabSession) -> list[str]:
    """Return the names of all IAM users, from all pages of iam:ListUsers.

    Raises:
        AwsSideError: AWS did not answer.
    """
    from botocore import exceptions

    pages = operator.client("iam").get_paginator("list_users").paginate()
    try:
        return [user["UserName"] for page in pages for user in page["Users"]]
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise AwsSideError(f"ListUsers: no list from AWS ({error}). Does AWS answer?") from error


def access_keys(operator: LabSession, user_name: str) -> list[str] | None:
    """Ask AWS which access keys an IAM user has; None if there is no such user.

    Args:
        operator: session of somebody who may call iam:ListAccessKeys.
        user_name: the user's name, without path.

    Raises:
        AwsSideError: AWS did not say.
    """
    found = _find(operator.client_without_retries("iam").list_access_keys, UserName=user_name)
    return None if found is None else [key["AccessKeyId"] for key in found["AccessKeyMetadata"]]


def user_of_key(operator: LabSession, access_key_id: str) -> str | None:
    """Ask AWS whose an access key is; None if there is no such key.

    Args:
        operator: session of somebody who may call iam:GetAccessKeyLastUsed.
        access_key_id: the key's id.

    Raises:
        AwsSideError: AWS did not say.
    """
    found = _find(
        operator.client_without_retries("iam").get_access_key_last_used, AccessKeyId=access_key_id
    )
    return found["UserName"] if found else None


def outcome(call: Callable[..., Any], **parameters: str) -> str:
    """Make one call and return "allowed" or AWS's error code.

    Args:
        call: a method of a boto3 client that tries once (`LabSession.client_without_retries`).
        parameters: what it is called with.

    Raises:
        AwsSideError: AWS could not be reached, or answered neither "allowed" nor a refusal.
    """
    _, code = _ask(call, **parameters)
    if code not in (None, *DENIED, *REFUSED):
        raise AwsSideError(f"{call.__name__}: AWS answered {code}, which is no verdict on the key")
    return code or ALLOWED


def _find(call: Callable[..., Any], **of: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """Return what AWS knows of something, None if it does not exist."""
    found, code = _ask(call, **of)
    if code not in (None, "NoSuchEntity"):
        raise AwsSideError(f"{call.__name__} {of}: AWS answered {code} instead of yes or no")
    return found


def _ask(call: Callable[..., Any], **parameters: str) -> tuple[Any, str | None]:
    """Return AWS's answer, or the error code it answered.

    Raises:
        AwsSideError: there was no answer.
    """
    from botocore import exceptions

    try:
        return call(**parameters), None
    except exceptions.ClientError as error:
        return None, error.response["Error"]["Code"]
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        message = f"{call.__name__}: no answer from AWS ({error}). Is the AWS server running?"
        raise AwsSideError(message) from error
