"""The sessions of GetSessionToken and GetFederationToken: keys that work until they expire."""
# ruff: noqa: SLF001 - a mend reaches inside moto

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.credentials import Credentials
from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam import access_control
from moto.iam.models import iam_backends
from moto.sts.models import STSBackend
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

from labkit.servers.aws.patches.expiry import refuse_if_expired
from labkit.servers.aws.patches.key_lookup import Asked, wrap_key_lookup
from labkit.servers.aws.patches.session_policies import narrow, session_policies
from labkit.servers.aws.patches.wrapping import wrap

TOKEN_HEADER = "X-Amz-Security-Token"  # noqa: S105 - a header's name
DEFAULT_SECONDS = 43_200
SESSION_MAY = {"sts:AssumeRole", "sts:GetCallerIdentity"}
FEDERATED_MAY = {"sts:GetCallerIdentity"}

_sessions: dict[str, Session] = {}


@dataclass(frozen=True)
class Session:
    """A session of an IAM user.

    Args:
        access_key: moto's key, which belongs to no user.
        token: goes with each call.
        expiration: its end, in UTC without time zone, as moto keeps time.
        owner: moto's key of the IAM user that asked for it; it lends its policies.
        arn: who the session is to AWS.
        user_id: likewise.
        may: what it may ask of IAM and STS; AWS forbids such sessions the rest.
    """

    access_key: Any = field(repr=False)
    token: str = field(repr=False)
    expiration: datetime
    owner: Any = field(repr=False)
    arn: str
    user_id: str
    may: frozenset[str]

    @property
    def _access_key_id(self) -> str:  # the name under which moto's requests look for it
        return str(self.access_key.access_key_id)

    def create_credentials(self) -> Credentials:
        """Return what its calls are signed with."""
        return Credentials(self._access_key_id, self.access_key.secret_access_key, self.token)

    def collect_policies(self) -> list[Any]:
        """Return the policies of its owner as they are now."""
        policies: list[Any] = self.owner.collect_policies()
        return policies

    def answer(self) -> dict[str, Any]:
        """Return it as STS hands it out."""
        return {
            "AccessKeyId": self._access_key_id,
            "SecretAccessKey": self.access_key.secret_access_key,
            "SessionToken": self.token,
            "Expiration": self.expiration,
        }


def mend() -> None:
    """Make moto keep these sessions, and accept their keys."""
    wrap_key_lookup(_find_session)
    wrap(access_control.IAMRequestBase, "check_action_permitted", _check_service)
    wrap(STSBackend, "get_caller_identity", _identify)
    wrap(TokenResponse, "get_session_token", _get_session_token)
    wrap(TokenResponse, "get_federation_token", _get_federation_token)


def _find_session(find: Callable[[], Any], asked: Asked) -> Any:  # noqa: ANN401 - moto's
    session = _sessions.get(asked.access_key_id)
    if session is None or TOKEN_HEADER not in asked.headers:
        return find()
    if asked.headers[TOKEN_HEADER] != session.token:
        raise access_control.CreateAccessKeyFailure(reason="InvalidToken")
    refuse_if_expired(session.expiration)
    return session


def _check_service(check: Any, request: Any, resource: str) -> None:  # noqa: ANN401 - moto's
    session = _sessions.get(request._access_key._access_key_id)
    if session and request._service in ("iam", "sts") and request._action not in session.may:
        request._raise_access_denied()
    check(request, resource)


def _identify(identify: Any, sts: Any, access_key_id: str, region: str) -> Any:  # noqa: ANN401 - moto's
    if session := _sessions.get(access_key_id):
        return session.user_id, session.arn, sts.account_id
    return identify(sts, access_key_id, region)


def _get_session_token(_: Any, response: Any) -> ActionResult:  # noqa: ANN401 - moto's
    """Open a session that may do what its user may, but ask IAM nothing."""
    user = _calling_user(response, "sts:GetSessionToken")
    session = _open(response, arn=user.arn, user_id=user.id, may=SESSION_MAY)
    return ActionResult({"Credentials": session.answer()})


def _get_federation_token(_: Any, response: Any) -> ActionResult:  # noqa: ANN401 - moto's
    """Open a session that may do what both its user and its session policies permit."""
    _calling_user(response, "sts:GetFederationToken")
    policies = session_policies(response)
    account, name = response.current_account, response._get_param("Name")
    federated = {
        "FederatedUserId": f"{account}:{name}",
        "Arn": f"arn:{response.partition}:sts::{account}:federated-user/{name}",
    }
    session = _open(
        response, arn=federated["Arn"], user_id=federated["FederatedUserId"], may=FEDERATED_MAY
    )
    narrow(session.access_key.access_key_id, policies)
    packed = 100 * sum(len(each) for each in policies if isinstance(each, str)) // 2048
    return ActionResult(
        {
            "Credentials": session.answer(),
            "FederatedUser": federated,
            "PackedPolicySize": packed,
        }
    )


def _calling_user(response: Any, action: str) -> Any:  # noqa: ANN401 - moto's
    """Return the IAM user that calls; AWS gives no such session to a session."""
    iam = iam_backends[response.current_account][response.partition]
    user = iam.get_user_from_access_key_id(response.get_access_key())
    if user is None:
        raise AccessDeniedError(user_arn="a session", action=action)
    return user


def _open(response: Any, *, arn: str, user_id: str, may: set[str]) -> Session:  # noqa: ANN401 - moto's
    account, partition = response.current_account, response.partition
    key = iam_backends[account][partition].create_temp_access_key()
    key.role_arn = arn  # so that the journal knows whose it is
    seconds = response._get_int_param("DurationSeconds", DEFAULT_SECONDS)
    owner = access_control.create_access_key(account, partition, response.get_access_key(), {})
    session = Session(
        access_key=key,
        token=random_session_token(),
        expiration=utcnow() + timedelta(seconds=seconds),
        owner=owner,
        arn=arn,
        user_id=user_id,
        may=frozenset(may),
    )
    _sessions[key.access_key_id] = session
    return session
