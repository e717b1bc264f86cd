"""What the AWS side does as AWS does, although moto (5.2.5) by itself does not.

Each mend is one file with one function `mend`, and wraps a function of moto; its test in
tests/.../test_mends.py shows the gap on plain moto first, and so fails once a newer moto needs
the mend no more.

    mend                moto alone                              with the mend, as in AWS
    ------------------  --------------------------------------  --------------------------------
    inactive_keys       an inactive access key works on         is refused like a deleted one
    expired_roles       a role session never ends               ExpiredToken, in EC2 RequestExpired
    session_policies    AssumeRole's Policy and PolicyArns      the session may do what the role
                        are ignored                             and they both permit
    session_tokens      GetSessionToken and GetFederationToken  a key that works until it expires
                        return a key that nothing accepts
    account_principals  a trust policy that names the account   admits everybody in the account
                        (`:root`) admits nobody                 whose own policy permits it
    external_ids        a call without ExternalId passes a      is denied
                        trust policy that demands one
    propagation         a new key works at once, and a deleted  both take as long as the
                        one never again                         `Propagation` in force says

What no mend covers (a lab must not claim it):

* `Condition` in any other policy is ignored, and so are permissions boundaries and session tags.
* `Resource` is matched only for S3 and for a role that is assumed; else only `*` permits.
* AWS's own managed policies (`arn:aws:iam::aws:policy/...`) do not exist; create one's own.
* A role that does not exist can be assumed, and a deleted role's sessions answer 500.
* Trust between accounts is not checked. MFA codes are accepted unread.
* DurationSeconds has no bounds (AWS: at least 900, at most the role's own limit), which lets a lab
  show the end of a session within seconds.
* All is consistent at once, but for the keys of IAM users while a `Propagation` is in force; and
  then all services learn of a key at the same moment, where in AWS each server has its own.
* A user that still has access keys, or is in a group, can be deleted (AWS: DeleteConflict).
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

    from labkit.servers.aws.pending_key_changes import PendingKeyChanges

# The last one asked is the outermost: an inactive key is refused whatever else it might be.
MENDS = (
    "account_principals",
    "external_ids",
    "session_policies",
    "expired_roles",
    "session_tokens",
    "inactive_keys",
)


class PatchedMoto:
    """Moto's WSGI application, mended before its first call.

    Not at start: the parts of moto to be mended take a while to load, which readiness need not
    wait for.

    Args:
        aws: moto's WSGI application.
        pending: the changes of keys that have not propagated yet.
    """

    def __init__(self, aws: WSGIApplication, pending: PendingKeyChanges) -> None:
        self._aws = aws
        self._underway = pending
        self._lock = Lock()
        self._done = False

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI wants it."""
        with self._lock:
            if not self._done:
                for name in MENDS:
                    import_module(f"{__name__}.{name}").mend()
                import_module(f"{__name__}.propagation").mend(self._underway)
                self._done = True
        return self._aws(environ, start_response)
