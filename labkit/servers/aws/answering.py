"""Answers AWS's calls: past the door, by moto, and noted in the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from labkit.servers.aws.api.entry import UNVERIFIED, Entry
from labkit.servers.aws.door.absent_objects import hides_absence
from labkit.servers.aws.door.answers.error_answer import error_answer
from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.answers.wording import words
from labkit.servers.aws.door.caller.parsed_signature import Signature, parse_signature
from labkit.servers.aws.door.caller.signature_check import check_signature
from labkit.servers.aws.door.decision.authorization import Authorization, DeniedCall
from labkit.servers.aws.door.decision.explaining import decided
from labkit.servers.aws.door.door import Admission, Door
from labkit.servers.aws.door.request.received import Received, receive
from labkit.servers.aws.door.request.services import guess, protocol_of
from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.faults import Faults
from labkit.servers.aws.journal.answers import error_code, issued_key_id
from labkit.servers.aws.journal.calls import ApiCall, read_call
from labkit.servers.aws.journal.journal import Journal
from labkit.servers.aws.journal.principals import Principals
from labkit.servers.aws.log import log_failure
from labkit.servers.aws.rules import check as check_rules

if TYPE_CHECKING:
    from labkit.servers.aws.door.caller.callers import Caller

EMPTY = Received("GET", "/", "", {}, b"")


@dataclass
class RequestState:
    """What is known of a request so far.

    Args:
        call: what it asks for, by its own account until the door has decided.
        received: the request.
        principal: who sent it.
        service: botocore's name of its service.
        authorization: what was decided.
    """

    call: ApiCall
    received: Received = EMPTY
    principal: str | None = None
    service: str = ""
    authorization: Authorization | None = field(default=None, repr=False)

    @property
    def protocol(self) -> str:
        """The protocol of the answer."""
        if self.service:
            return protocol_of(self.service)
        if self.call.service:
            return guess(self.call.service)
        if "x-amz-target" in self.received.headers:
            return "json"
        try:
            parameters = dict(self.received.form + self.received.parameters)
        except Refusal:  # there are too many of them
            return "query"
        if "Action" in parameters:
            return "ec2" if parameters.get("Version") == "2016-11-15" else "query"
        return "query" if self.received.is_form else "s3"


@dataclass(frozen=True)
class Answering:
    """Answers one call after the other.

    Args:
        aws: moto.
        door: decides before moto is asked.
        journal: notes each call.
        faults: those in force.
        principals: knows whose a key is or was.
        clock: seconds since the epoch (UTC).
        sleep: waits for a number of seconds.
    """

    aws: Callable[[dict[str, Any]], Response]
    door: Door
    journal: Journal
    faults: Faults
    principals: Principals
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def answer(self, environ: dict[str, Any]) -> Response:
        """Answer a call, and note who asked for what with which outcome."""
        started = self.clock()
        progress = RequestState(read_call(environ))
        try:
            response = self._admitted(environ, progress)
        except Refusal as refusal:
            response = self._refused(refusal, progress)
        except Exception as error:
            log_failure(f"{progress.call.service} {progress.call.action}", error)
            message = "moto failed; its traceback is in the log of the AWS server"
            response = error_answer(
                progress.protocol, error="InternalFailure", status=500, message=message
            )
        self._note(progress, response, started)
        return response

    def _admitted(self, environ: dict[str, Any], progress: RequestState) -> Response:
        received = progress.received = receive(environ)
        form = received.body if received.is_form else b""
        call = progress.call = read_call(environ, form)
        if call.access_key_id is not None:
            progress.principal = UNVERIFIED
        signature = parse_signature(received)
        if signature:
            progress.service = self.door.services.signed_as(signature.service) or ""
            self.principals.of(call.target_key_id)  # a key to be deleted keeps its owner's name
        caller = self._identified(received, signature, progress)
        admission = self._decide(environ, progress, signature, caller)
        return self._by_moto(admission)

    def _identified(
        self, received: Received, signature: Signature | None, progress: RequestState
    ) -> Caller:
        """Return the caller, unless a fault is in force or the key is not accepted."""
        try:
            self._inject_fault(progress.call.action)
            caller = self.door.identify(received, signature)
        except Refusal:
            if signature:
                progress.principal = self._former_owner(received, signature)
            raise
        if signature:
            progress.principal = caller.principal.arn
        return caller

    def _inject_fault(self, action: str) -> None:
        if fault := self.faults.take(action):
            self.sleep(fault.delay)
            raise Refusal(fault.error, fault.message, fault.status, verbatim=True)

    def _decide(
        self,
        environ: dict[str, Any],
        progress: RequestState,
        signature: Signature | None,
        caller: Caller,
    ) -> Admission:
        try:
            admission = self.door.admit(environ, progress.received, signature, caller)
        except DeniedCall as denied:
            progress.authorization = denied.authorization
            raise
        operation = admission.operation
        progress.service, progress.authorization = operation.service, admission.authorization
        progress.call = replace(progress.call, action=operation.name)
        if admission.caller is not caller:  # an HTML form carries its own signature
            progress.principal = admission.caller.principal.arn
        return admission

    def _by_moto(self, admission: Admission) -> Response:
        operation = admission.operation
        if operation.service == "ec2" and operation.parameters.get("DryRun"):
            raise Refusal(
                "DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412
            )
        check_rules(iam_of_account(), operation)
        response = self.aws(admission.environ)
        if hides_absence(admission, response.status_code):
            raise Refusal("Denied")
        return response

    def _refused(self, refusal: Refusal, progress: RequestState) -> Response:
        protocol = progress.protocol
        if refusal.verbatim:
            code, status, message = refusal.reason, refusal.status or 500, refusal.message
        else:
            code, status, message = words(refusal, protocol)
        head = progress.received.method == "HEAD"
        return error_answer(protocol, error=code, status=status, message=message, head=head)

    def _former_owner(self, received: Received, signature: Signature) -> str:
        """Return who holds or held the key, if the request was signed with its secret."""
        owner = self.principals.of(signature.key_id)
        if owner is None:
            return UNVERIFIED
        try:
            check_signature(owner.secret, received, signature)
        except Refusal:
            return UNVERIFIED
        return owner.arn

    def _note(self, progress: RequestState, response: Response, started: float) -> None:
        call = progress.call
        target_key_id = issued_key_id(call, response) or call.target_key_id
        self.principals.of(target_key_id)  # its user may be gone before it is ever used
        entry = Entry(
            time=started,
            duration=self.clock() - started,
            service=call.service,
            action=call.action,
            region=call.region,
            access_key_id=call.access_key_id,
            principal=progress.principal,
            target_user=call.target_user,
            target_key_id=target_key_id,
            status=response.status_code,
            error=response.headers.pop("X-Labkit-Error", None) or error_code(response),
            decision=decided(progress.authorization) if progress.authorization else None,
        )
        self.journal.add(entry)
