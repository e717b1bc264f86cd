"""Remove orphans: those that are surely this Vault's, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from labkit.aws import users
from labkit.aws.probes import user_exists
from labkit.errors import AwsSideError
from labkit.evidence.analyse.orphans import DELETE_KEY, DELETE_USER, REVOKE, Orphan

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession

SERVER_FAULT = 500


class NoAnswerError(AwsSideError):
    """AWS is down: what comes next would fail too."""


def remove_all(orphans: Sequence[Orphan], vault: hvac.Client, operator: LabSession) -> None:
    """Remove the orphans that have a remedy; leave the others. Idempotent.

    An orphan that AWS refuses to delete does not keep the others. If AWS is down, the rest is
    left for the next call.

    Raises:
        AwsSideError: AWS is down, or refused; the message names what is left.
        LabError: Vault refused to revoke a lease.
    """
    removable = [orphan for orphan in orphans if orphan.remedy]
    failures: list[str] = []
    for done, orphan in enumerate(removable):
        try:
            _remove(orphan, vault, operator)
        except NoAnswerError as error:
            raise AwsSideError(
                f"Removed {done - len(failures)} of {len(removable)} orphans, then AWS was down: "
                f"{error} Call lab.orphans(remove=True) again when AWS answers."
            ) from error
        except AwsSideError as error:
            failures.append(f"{orphan.name}: {error}")
    if failures:
        raise AwsSideError(
            f"Removed {len(removable) - len(failures)} of {len(removable)} orphans. AWS refused: "
            f"{'; '.join(failures)} Remove the reason, then call lab.orphans(remove=True) again."
        )


def _remove(orphan: Orphan, vault: hvac.Client, operator: LabSession) -> None:
    iam = operator.client_without_retries("iam")
    if orphan.remedy == DELETE_USER:
        delete_user(operator, orphan.name)
    elif orphan.remedy == DELETE_KEY:
        with _absence_ignored():
            iam.delete_access_key(UserName=orphan.user_name, AccessKeyId=orphan.access_key)
    elif orphan.remedy == REVOKE:
        revoke(vault, operator, orphan.name, orphan.user_name)


def revoke(vault: hvac.Client, operator: LabSession, lease_id: str, user: str) -> None:
    """Revoke a lease; by force if the engine cannot, provided that AWS has no such user."""
    from hvac.exceptions import VaultError

    from labkit.vault.client import refusal

    try:
        vault.write_data("sys/leases/revoke", data={"lease_id": lease_id, "sync": True})
    except VaultError as error:
        if user_exists(operator, user):
            raise refusal(f"revoke the orphan {lease_id}", error) from error
        vault.write_data(f"sys/leases/revoke-force/{lease_id}")


def delete_user(operator: LabSession, user: str) -> None:
    """Delete an IAM user with all that it has. Idempotent."""
    with _absence_ignored():
        users.delete_user(operator.client_without_retries("iam"), user)


def delete_login_profile(operator: LabSession, user: str) -> None:
    """Delete the console password of an IAM user. Idempotent."""
    with _absence_ignored():
        users.delete_login_profile(operator.client_without_retries("iam"), user)


@contextmanager
def _absence_ignored() -> Iterator[None]:
    """Turn AWS's errors into AwsSideError; NoSuchEntity is success.

    Raises:
        NoAnswerError: AWS did not answer, or answered with a fault of its own.
        AwsSideError: AWS refused.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except BotoCoreError as error:
        raise NoAnswerError(f"no answer ({type(error).__name__}).") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code != "NoSuchEntity":
            kind = NoAnswerError if status >= SERVER_FAULT else AwsSideError
            raise kind(f"{error.operation_name}: AWS answered {code}.") from error
