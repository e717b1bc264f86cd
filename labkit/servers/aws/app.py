"""The AWS side as one WSGI application: the lab's endpoints, and moto behind faults and journal."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_input_stream

from labkit.servers.aws.answers import error_answer, error_code, issued_key_id
from labkit.servers.aws.calls import Call, is_form, read_call
from labkit.servers.aws.control import Control
from labkit.servers.aws.interface import PREFIX, TOKEN_HEADER
from labkit.servers.aws.journal import Entry
from labkit.servers.aws.principals import Principals

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

MOTO_ADMIN = "/moto-api"
METADATA = "/latest/"  # moto answers EC2's instance metadata here, with keys that it makes up

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class App:
    """Routes a request to the lab's endpoints or, journalled, to AWS.

    Args:
        aws: moto's WSGI application.
        control: the lab's endpoints, with the journal and the faults they show.
        principals: knows whose a key is.
        clock: seconds since the epoch (UTC).
        sleep: waits for a number of seconds.
    """

    aws: WSGIApplication
    control: Control
    principals: Principals
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI wants it."""
        return self._route(environ)(environ, start_response)

    def _route(self, environ: dict[str, Any]) -> WSGIApplication:
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            return self.control.answer(Request(environ))
        if path.startswith(MOTO_ADMIN):  # it can switch enforcement off and shows every secret
            return self.aws if self.control.admits(Request(environ)) else _closed()
        if path.startswith(METADATA):
            return Response("there is no instance metadata here\n", status=404)
        return self._journalled(environ)

    def _journalled(self, environ: dict[str, Any]) -> Response:
        """Let AWS answer, and note who asked for what with which outcome."""
        started = self.clock()
        call = read_call(environ, _form_body(environ))
        principal = self.principals.of(call.access_key_id)
        self.principals.of(call.target_key_id)  # a key about to be deleted keeps its owner's name
        response = self._answer(environ, call)
        target_key_id = issued_key_id(call, response) or call.target_key_id
        self.principals.of(target_key_id)  # its user may be gone before it is ever used
        entry = Entry(
            time=started,
            duration=self.clock() - started,
            service=call.service,
            action=call.action,
            region=call.region,
            access_key_id=call.access_key_id,
            principal=principal,
            target_user=call.target_user,
            target_key_id=target_key_id,
            status=response.status_code,
            error=error_code(response),
        )
        self.control.journal.add(entry)
        return response

    def _answer(self, environ: dict[str, Any], call: Call) -> Response:
        """Decide who answers: a fault in force, else moto."""
        if fault := self.control.faults.take(call.action):
            self.sleep(fault.delay)
            return error_answer(
                environ, call, error=fault.error, status=fault.status, message=fault.message
            )
        try:
            return Response.from_app(self.aws, environ, buffered=True)
        except Exception:
            log.exception("moto failed at %s %s", call.service, call.action)
            message = "moto failed; its traceback is in the log of the AWS server"
            return error_answer(environ, call, error="InternalFailure", status=500, message=message)


def _form_body(environ: dict[str, Any]) -> bytes:
    """Return the body if it is a form, chunked or not, and leave it for moto to read again."""
    if not is_form(environ):
        return b""
    body = get_input_stream(environ).read()
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _closed() -> Response:
    return Response(f"moto's admin API needs the header {TOKEN_HEADER}\n", status=403)
