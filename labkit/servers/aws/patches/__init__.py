"""What moto (5.2.5) does differently from AWS behind the door, and what is done about it.

The door decides who may do what; moto's own enforcement is off. Each patch is one file with one
function `patch(state)`, and wraps or replaces functions of moto:

    patch               moto alone                              patched, as in AWS
    ------------------  --------------------------------------  --------------------------------
    operations          picks the operation anew, from fewer    executes the operation that the
                        parts of the request                    door has decided on
    sts                 roles need not exist, session tokens    sessions of existing roles and
                        are made up                             users, which the door knows
    boundaries          users have no permissions boundary      they have
    managed_policies    AWS's own managed policies are absent   loaded when first asked for
    simulation          SimulatePrincipalPolicy fails           answered by the door's decision
    propagation         a new key works at once, and a deleted  both take as long as the
                        one never again                         `Propagation` in force says
    instances           keeps each object of IAM in a list,     keeps none that is deleted
                        also when it is deleted
    users               walks over all users to find the        finds it by its name or key
                        one of a name or a key
    searches            lists folders, hosts and methods again  lists them once
                        at each call

`DIFFERENCES` lists what still differs from AWS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Sessions

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from labkit.servers.aws.door.caller.callers import Caller

PATCHES = (
    "operations",
    "sts",
    "boundaries",
    "managed_policies",
    "simulation",
    "propagation",
    "instances",
    "users",
    "searches",
)

# What still differs from AWS: a short name, and what a lab must not claim.
DIFFERENCES = {
    "short sessions": "DurationSeconds may be less than 900, to show a session's end in seconds",
    "one account": "there is one account; roles of other accounts cannot be assumed",
    "mfa codes": "the codes of MFA devices are accepted unread",
    "signing region": "IAM and STS accept signatures for every region of AWS",
    "no root user": "the account has no root user, and no organization with its policies",
    "web identity": "AssumeRoleWithWebIdentity and AssumeRoleWithSAML do not answer",
    "consistency": "changes are visible at once, but for keys while a Propagation is in force",
    "bucket acls": "S3 access control lists grant nothing",
}


@dataclass(frozen=True)
class State:
    """What the patches share with the door.

    Args:
        sessions: the sessions that STS opens.
        pending: the changes of keys that have not propagated yet.
        clock: epoch seconds (UTC).
    """

    sessions: Sessions
    pending: PendingKeyChanges[Caller]
    clock: Callable[[], float]


class PatchedMoto:
    """Moto, patched before its first call.

    Not at start: the parts of moto to be patched take a while to load, which readiness need not
    wait for.

    Args:
        aws: moto.
        state: what the patches share with the door.
    """

    def __init__(self, aws: Callable[[dict[str, Any]], Response], state: State) -> None:
        self._aws = aws
        self._state = state
        self._lock = Lock()
        self._done = False

    def __call__(self, environ: dict[str, Any]) -> Response:
        """Answer one request that the door has decided on."""
        with self._lock:
            if not self._done:
                for name in PATCHES:
                    import_module(f"{__name__}.{name}").patch(self._state)
                self._done = True
        return self._aws(environ)
