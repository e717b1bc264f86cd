"""What the AWS side does as AWS does, although moto (5.2.5) by itself does not.

Each mend is one file with one function `mend`, and wraps a function of moto; its test in
tests/cloud/test_mends.py shows the gap on plain moto first, and so fails once a newer moto needs
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

What no mend covers (a lab must not claim it):

* `Condition` in any other policy is ignored, and so are permissions boundaries and session tags.
* `Resource` is matched only for S3 and for a role that is assumed; else only `*` permits.
* AWS's own managed policies (`arn:aws:iam::aws:policy/...`) do not exist; create one's own.
* A role that does not exist can be assumed, and a deleted role's sessions answer 500.
* Trust between accounts is not checked. MFA codes are accepted unread.
* DurationSeconds has no bounds (AWS: at least 900, at most the role's own limit), which lets a lab
  show the end of a session within seconds.
* All is consistent at once; in AWS a new key takes seconds to work, and a deleted one to stop.
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

# The last one asked is the outermost: an inactive key is refused whatever else it might be.
MENDS = (
    "account_principals",
    "external_ids",
    "session_policies",
    "expired_roles",
    "session_tokens",
    "inactive_keys",
)


class Mended:
    """Moto's WSGI application, mended before its first call.

    Not at start: the parts of moto to be mended take a while to load, which readiness need not
    wait for.
    """

    def __init__(self, aws: WSGIApplication) -> None:
        self._aws = aws
        self._lock = Lock()
        self._done = False

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI wants it."""
        with self._lock:
            if not self._done:
                for name in MENDS:
                    import_module(f"{__name__}.{name}").mend()
                self._done = True
        return self._aws(environ, start_response)
