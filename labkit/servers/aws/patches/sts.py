"""The sessions of STS: keys that work until they expire, of roles and users that exist."""
# ruff: noqa: SLF001 - a patch reaches inside moto

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

from labkit.servers.aws.door.caller.callers import Caller
from labkit.servers.aws.door.caller.sessions import Session, SessionKind
from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.door.stored.policies import managed
from labkit.servers.aws.iam import Policy, parse_policy
from labkit.servers.aws.patches.wrapping import wrap
from labkit.servers.aws.rules.documents import check_document

if TYPE_CHECKING:
    from moto.iam.models import ManagedPolicy, Role, User

    from labkit.servers.aws.patches import State

MAX_POLICY = 2048  # characters of all session policies together
MAX_ARNS = 10
CHAINED = 3600  # seconds; a role assumed by a role's session


class STSError(ServiceException):
    """An error that STS answers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code


def patch(state: State) -> None:
    """Replace moto's STS operations that open or show a session."""
    wrap(TokenResponse, "assume_role", partial(_assume_role, state))
    wrap(TokenResponse, "get_session_token", partial(_get_session_token, state))
    wrap(TokenResponse, "get_federation_token", partial(_get_federation_token, state))
    wrap(TokenResponse, "get_caller_identity", _get_caller_identity)


def _caller(response: TokenResponse) -> Caller:
    caller: Caller = response.normalized_request.environ["labkit.caller"]
    return caller


def _assume_role(state: State, _: object, response: TokenResponse) -> ActionResult:
    arn, name = response._get_param("RoleArn"), response._get_param("RoleSessionName")
    role = next(each for each in list(iam_of_account().roles.values()) if each.arn == arn)
    seconds = response._get_int_param("DurationSeconds", CHAINED)
    _check_duration(seconds, role, _caller(response))
    policies = session_policies(response)
    session = _open(
        state,
        seconds,
        kind="AssumedRole",
        arn=f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/{role.name}/{name}",
        user_id=f"{role.id}:{name}",
        issuer=role,
        policies=policies or None,
        tags={tag["Key"]: tag["Value"] for tag in response._get_param("Tags") or []},
    )
    user = {"AssumedRoleId": session.user_id, "Arn": session.arn}
    return ActionResult(
        {
            "Credentials": credentials(session),
            "AssumedRoleUser": user,
            "PackedPolicySize": _packed(response),
        }
    )


def _check_duration(seconds: int, role: Role, caller: Caller) -> None:
    longest = int(role.max_session_duration or CHAINED)
    if seconds > longest:
        raise STSError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    if caller.session and caller.session.kind == "AssumedRole" and seconds > CHAINED:
        raise STSError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining",
        )


def _get_session_token(state: State, _: object, response: TokenResponse) -> ActionResult:
    user = _user(response)
    session = _open(
        state,
        response._get_int_param("DurationSeconds", 43_200),
        kind="User",
        arn=user.arn,
        user_id=user.id,
        issuer=user,
        mfa=bool(response._get_param("TokenCode")),
    )
    return ActionResult({"Credentials": credentials(session)})


def _get_federation_token(state: State, _: object, response: TokenResponse) -> ActionResult:
    name = response._get_param("Name")
    federated = {
        "FederatedUserId": f"{DEFAULT_ACCOUNT_ID}:{name}",
        "Arn": f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:federated-user/{name}",
    }
    session = _open(
        state,
        response._get_int_param("DurationSeconds", 43_200),
        kind="FederatedUser",
        arn=federated["Arn"],
        user_id=federated["FederatedUserId"],
        issuer=_user(response),
        policies=session_policies(response),  # none at all permit nothing
        tags={tag["Key"]: tag["Value"] for tag in response._get_param("Tags") or []},
    )
    return ActionResult(
        {
            "Credentials": credentials(session),
            "FederatedUser": federated,
            "PackedPolicySize": _packed(response),
        }
    )


def _get_caller_identity(_: object, response: TokenResponse) -> ActionResult:
    principal = _caller(response).principal
    return ActionResult(
        {"UserId": principal.user_id, "Account": principal.account, "Arn": principal.arn}
    )


def _user(response: TokenResponse) -> User:
    """Return the IAM user that calls; the door admits no session here."""
    user = iam_of_account().users.get(_caller(response).user_name)
    if user is None:  # its key was deleted with it, and works on for a while
        raise STSError("AccessDenied", "The user does not exist any more.")
    return user


def session_policies(response: TokenResponse) -> tuple[Policy, ...]:
    """Return the session policies of an STS call.

    Raises:
        STSError: they are too long, malformed, or do not exist.
    """
    document = response._get_param("Policy")
    arns: list[Mapping[str, str]] = response._get_param("PolicyArns") or []
    if len(document or "") > MAX_POLICY:
        raise STSError(
            "ValidationError",
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_POLICY}",
        )
    if len(arns) > MAX_ARNS:
        raise STSError(
            "ValidationError",
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_ARNS}",
        )
    if document and (reason := check_document(document)):
        raise STSError("MalformedPolicyDocument", reason)
    own = [parse_policy("session policy", document)] if document else []
    return (*own, *(managed(_managed(each["arn"])) for each in arns))


def _managed(arn: str) -> ManagedPolicy:
    policy = iam_of_account().managed_policies.get(arn)
    if policy is None:
        raise STSError("ValidationError", f"Policy {arn} does not exist or is not attachable.")
    return policy


def _packed(response: TokenResponse) -> int:
    return 100 * len(response._get_param("Policy") or "") // MAX_POLICY


def _open(  # noqa: PLR0913 - a session has this many parts
    state: State,
    seconds: int,
    *,
    kind: SessionKind,
    arn: str,
    user_id: str,
    issuer: User | Role,
    policies: tuple[Policy, ...] | None = None,
    tags: Mapping[str, str] | None = None,
    mfa: bool = False,
) -> Session:
    key = iam_of_account().create_temp_access_key()
    key.role_arn = arn
    now = state.clock()
    session = Session(
        access_key_id=key.access_key_id,
        secret=key.secret_access_key,
        token=random_session_token(),
        kind=kind,
        arn=arn,
        user_id=user_id,
        issuer_id=issuer.id,
        issuer_name=issuer.name,
        issued=now,
        expires=now + seconds,
        policies=policies,
        tags=tags or {},
        mfa=mfa,
    )
    state.sessions.add(session)
    return session


def credentials(session: Session) -> dict[str, Any]:
    """Return a session as STS hands it out."""
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": datetime.fromtimestamp(session.expires, UTC).replace(tzinfo=None),
    }
