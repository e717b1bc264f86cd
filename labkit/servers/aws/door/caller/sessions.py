"""The sessions that STS has opened, with what they are bound to."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from labkit.servers.aws.iam import Policy

CAPACITY = 100_000
SessionKind = Literal["AssumedRole", "User", "FederatedUser"]


@dataclass(frozen=True)
class Session:
    """A session of a role or of an IAM user.

    Args:
        access_key_id: of its key.
        secret: of its key.
        token: goes with each call.
        kind: the principal's type; User for a session of GetSessionToken.
        arn: who the session is to AWS.
        user_id: likewise.
        issuer_id: the unique id of the role or user that issued it; a new role of the same name
            has another id, and the session is not its own.
        issuer_name: the name of that role or user.
        issued: when it was opened, in epoch seconds (UTC).
        expires: its end, in epoch seconds (UTC).
        policies: the session policies; None if it has none.
        tags: the session tags.
        mfa: whether it was opened with a code of an MFA device.
    """

    access_key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(repr=False)
    kind: SessionKind
    arn: str
    user_id: str
    issuer_id: str
    issuer_name: str
    issued: float
    expires: float
    policies: tuple[Policy, ...] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    mfa: bool = False


class Sessions:
    """The sessions by access key id; thread-safe.

    Args:
        capacity: how many are kept; beyond it the oldest are forgotten.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def add(self, session: Session) -> None:
        """Keep a session."""
        with self._lock:
            self._sessions[session.access_key_id] = session
            if len(self._sessions) > self._capacity:
                self._sessions.popitem(last=False)

    def get(self, access_key_id: str) -> Session | None:
        """Return the session with this key, None if there is none."""
        with self._lock:
            return self._sessions.get(access_key_id)
