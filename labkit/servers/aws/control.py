"""The lab's own endpoints on the AWS side: `/_lab/...`."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws.api.interface import PREFIX, TOKEN_HEADER, Identity
from labkit.servers.aws.api.propagation import Propagation
from labkit.servers.aws.door.caller.callers import Caller, Callers
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.decision.asking import decision_for
from labkit.servers.aws.faults import Faults
from labkit.servers.aws.journal.journal import Journal

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Control:
    """Answers the lab's questions about the AWS side; all but `health` need the token."""

    identities: Sequence[Identity]
    journal: Journal
    faults: Faults
    pending: PendingKeyChanges[Caller]
    callers: Callers
    token: str = field(repr=False)

    def admits(self, request: Request) -> bool:
        """Say whether a request carries the admin token."""
        given = request.headers.get(TOKEN_HEADER, "")
        return hmac.compare_digest(given.encode(), self.token.encode())

    def answer(self, request: Request) -> Response:
        """Answer a request below `/_lab/`."""
        try:
            return self._handler(request)(request)
        except HTTPException as refusal:
            return _json({"error": refusal.description}, status=refusal.code or 500)

    def _handler(self, request: Request) -> Callable[[Request], Response]:
        name = request.path.removeprefix(PREFIX)
        if name != "health" and not self.admits(request):
            raise Forbidden(f"{request.path} needs the admin token in the header {TOKEN_HEADER}")
        methods = self._routes().get(name)
        if methods is None:
            raise NotFound(f"{request.path} does not exist; there are {sorted(self._routes())}")
        if request.method not in methods:
            raise MethodNotAllowed(None, f"{request.path} answers {', '.join(methods)}")
        return methods[request.method]

    def _routes(self) -> dict[str, dict[str, Callable[[Request], Response]]]:
        return {
            "health": {"GET": self._health},
            "identities": {"GET": self._identities},
            "journal": {"GET": self._journal},
            "faults": {"GET": self._get_faults, "PUT": self._put_faults},
            "decision": {"POST": self._post_decision},
            "propagation": {"GET": self._get_propagation, "PUT": self._put_propagation},
        }

    def _health(self, _: Request) -> Response:
        return _json({"status": "ready"})

    def _identities(self, _: Request) -> Response:
        return _json({identity.user_name: asdict(identity) for identity in self.identities})

    def _journal(self, request: Request) -> Response:
        after = request.args.get("after", "0")
        if not after.isdecimal():
            raise BadRequest(f"after must be the number of an entry, not {after!r}")
        lines = "".join(f"{entry}\n" for entry in self.journal.after(int(after)))
        dropped = {"X-Labkit-Dropped": str(self.journal.dropped)}
        return Response(lines, content_type="application/x-ndjson", headers=dropped)

    def _post_decision(self, request: Request) -> Response:
        asked = _read_json("the question must be a JSON object", request.get_data())
        if not isinstance(asked, dict):
            raise BadRequest("the question must be a JSON object")
        return _json(asdict(decision_for(self.callers, asked)))

    def _get_faults(self, _: Request) -> Response:
        return _json([asdict(fault) for fault in self.faults.current_faults()])

    def _put_faults(self, request: Request) -> Response:
        self.faults.set(read_faults(request.get_data()))
        return self._get_faults(request)

    def _get_propagation(self, _: Request) -> Response:
        return _json(asdict(self.pending.current_faults()))

    def _put_propagation(self, request: Request) -> Response:
        self.pending.set(read_propagation(request.get_data()))
        return self._get_propagation(request)


def read_faults(body: bytes) -> list[Fault]:
    """Read a JSON list of faults.

    Raises:
        BadRequest: it is none; the text says what is wrong with which of them.
    """
    wanted = _read_json("the faults must be a JSON list", body)
    if not isinstance(wanted, list):
        raise BadRequest("the faults must be a JSON list, such as [] to take all of them back")
    return [_read(f"fault {place}", Fault, fields) for place, fields in enumerate(wanted)]


def read_propagation(body: bytes) -> Propagation:
    """Read a propagation from a JSON object; what it does not name is 0.

    Raises:
        BadRequest: it is none; the text says why.
    """
    wanted = _read_json("the propagation must be a JSON object", body)
    return _read("the propagation", Propagation, wanted)


def _read_json(demand: str, body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadRequest(f"{demand}, but this is no JSON: {error}") from error


def _read(name: str, kind: type[Kind], fields: object) -> Kind:
    if not isinstance(fields, dict):
        raise BadRequest(f"{name} must be a JSON object")
    try:
        return kind(**fields)
    except (TypeError, ValueError) as error:
        reason = str(error).removeprefix(f"{kind.__name__}.__init__() ")
        raise BadRequest(f"{name} is not valid: {reason}") from error


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
