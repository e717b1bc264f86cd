"""What the door would decide, asked by the lab and not by a call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import BadRequest

from labkit.servers.aws.api.entry import Decided
from labkit.servers.aws.door.caller.callers import Callers
from labkit.servers.aws.door.decision.authorization import decision_on
from labkit.servers.aws.door.decision.context import request_context
from labkit.servers.aws.door.decision.explaining import of_decision
from labkit.servers.aws.door.request.received import Received
from labkit.servers.aws.door.stored.resources import tag_context
from labkit.servers.aws.iam import Call

REGION = "us-east-1"


def decision_for(callers: Callers, asked: Mapping[str, Any]) -> Decided:
    """Return the decision on an action and a resource by the owner of a key, with all rows.

    Args:
        callers: finds the owner.
        asked: `access_key_id`, `action`, `resource` and, if wanted, `context`.

    Raises:
        BadRequest: the key is not known, or something is missing.
    """
    names = ("access_key_id", "action", "resource")
    key_id, action, resource = (asked.get(name) for name in names)
    if not (isinstance(key_id, str) and isinstance(action, str) and isinstance(resource, str)):
        raise BadRequest(f"a question needs {', '.join(names)}")
    session = callers.sessions.get(key_id)
    caller = callers.of_session(session) if session else callers.of_key(key_id)
    if caller is None:
        raise BadRequest("AWS does not accept this access key: it is deleted, inactive or unknown")
    request = Received("POST", "/", "", {}, b"")
    context = request_context(caller, request, None, address="127.0.0.1", now=time.time())
    context |= tag_context(resource, REGION) | dict(asked.get("context") or {})
    decision = decision_on(Call(caller.principal, action, resource, context), caller.policies)
    return of_decision(decision, "asked", decision.trace)
