"""Whose an access key is, and with which secret it signs."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import get_partition

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller.parsed_signature import Signature
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Session, Sessions
from labkit.servers.aws.door.stored.account import PARTITION, iam_of_account, tags_of
from labkit.servers.aws.door.stored.policies import policies_of
from labkit.servers.aws.iam import Policies, Principal

if TYPE_CHECKING:
    from moto.iam.models import Role, User


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Args:
        principal: for the decision.
        secret: that the key signs with.
        policies: the identity-based policies, the boundary and the session policies.
        session: for a session's key.
        user_name: the IAM user of a long-term key.
    """

    principal: Principal
    secret: str = field(repr=False)
    policies: Policies = field(repr=False)
    session: Session | None = field(default=None, repr=False)
    user_name: str = ""


ANONYMOUS = Caller(Principal("*", "", "Anonymous"), "", Policies())


@dataclass(frozen=True)
class Callers:
    """Finds the caller that a key belongs to.

    Args:
        sessions: those that STS opened.
        pending: the changes of keys that have not propagated yet.
        clock: epoch seconds (UTC).
    """

    sessions: Sessions
    pending: PendingKeyChanges[Caller]
    clock: Callable[[], float]

    def find(self, signature: Signature) -> Caller:
        """Return the caller of a signed request.

        Raises:
            Refusal: the key is unknown, inactive, too new, or its session is over.
        """
        if get_partition(signature.region) != PARTITION:
            raise Refusal("UnknownKey")
        session = self.sessions.get(signature.key_id)
        if session:
            return self._of_session(session, signature)
        if signature.key_id.startswith("ASIA"):
            raise Refusal("UnknownKey")
        return self._of_user(signature)

    def _of_user(self, signature: Signature) -> Caller:
        caller = self.of_key(signature.key_id)
        if caller is None or self.pending.is_unknown(signature.key_id):
            raise Refusal("UnknownKey")
        if signature.token is not None:
            raise Refusal("InvalidToken")
        return caller

    def of_key(self, key_id: str) -> Caller | None:
        """Return the user that a long-term key belongs to, None if it is not accepted."""
        iam = iam_of_account()
        key = iam.access_keys.get(key_id)
        user = iam.users.get(key.user_name or "") if key else None
        if key is None or user is None:
            return self.pending.remembered(key_id)
        return caller_of_user(user, key.secret_access_key) if key.status == "Active" else None

    def _of_session(self, session: Session, signature: Signature) -> Caller:
        if not hmac.compare_digest((signature.token or "").encode(), session.token.encode()):
            raise Refusal("InvalidToken" if signature.token else "UnknownKey")
        caller = self.of_session(session)
        if caller is None:
            raise Refusal("UnknownKey")
        if session.expires <= self.clock():
            raise Refusal("Expired")
        return caller

    def of_session(self, session: Session) -> Caller | None:
        """Return the caller of a session, None if its role or user is gone or was made anew."""
        iam = iam_of_account()
        issuer: User | Role | None
        if session.kind == "AssumedRole":
            issuer = iam.roles.get(session.issuer_id)
        else:
            issuer = iam.users.get(session.issuer_name)
        if issuer is None or issuer.id != session.issuer_id:
            return None
        principal = Principal(
            session.arn,
            DEFAULT_ACCOUNT_ID,
            session.kind,
            session.user_id,
            "" if session.kind == "User" else str(issuer.arn),
            tags_of(issuer) | dict(session.tags),
        )
        policies = policies_of(iam, issuer, session.policies)
        return Caller(principal, session.secret, policies, session)


def caller_of_user(user: User, secret: str) -> Caller:
    """Return an IAM user as a caller."""
    principal = Principal(user.arn, DEFAULT_ACCOUNT_ID, "User", user.id, tags=tags_of(user))
    return Caller(principal, secret, policies_of(iam_of_account(), user), user_name=user.name)
