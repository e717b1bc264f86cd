"""The front door: from a request to what is decided on it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from botocore.loaders import Loader

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller import chunks, post_form
from labkit.servers.aws.door.caller.callers import ANONYMOUS, Caller, Callers
from labkit.servers.aws.door.caller.parsed_signature import Signature
from labkit.servers.aws.door.caller.signature_check import check_signature, check_time
from labkit.servers.aws.door.decision.authorization import Authorization, authorize
from labkit.servers.aws.door.decision.context import request_context
from labkit.servers.aws.door.forwarding import anew
from labkit.servers.aws.door.request.operations import (
    ServerRequest,
    ServiceOperation,
    is_post_form,
    read_operation,
)
from labkit.servers.aws.door.request.received import Received
from labkit.servers.aws.door.request.services import Services


@dataclass(frozen=True)
class Admission:
    """A request that may go on to moto.

    Args:
        operation: what it asks for.
        caller: who asks; verified.
        authorization: the decisions.
        environ: the request as moto gets it.
    """

    operation: ServiceOperation
    caller: Caller
    authorization: Authorization
    environ: dict[str, Any]


@dataclass(frozen=True)
class Door:
    """Decides on requests.

    Args:
        services: those that answer.
        callers: finds who a key belongs to.
        clock: epoch seconds (UTC).
    """

    services: Services
    callers: Callers
    clock: Callable[[], float]

    def identify(self, received: Received, signature: Signature | None) -> Caller:
        """Return who sent a request.

        Raises:
            Refusal: nobody did, or the key or the signature is not accepted.
        """
        if signature is None:
            return ANONYMOUS
        if self.services.signed_as(signature.service) is None:
            raise Refusal("ServiceNotOpen", f"{signature.service} does not answer in this lab")
        if signature.region not in known_regions():
            raise Refusal("WrongScope", "Credential should be scoped to a valid region.")
        check_time(signature, self.clock())
        caller = self.callers.find(signature)
        check_signature(caller.secret, received, signature)
        return caller

    def admit(
        self,
        environ: Mapping[str, Any],
        received: Received,
        signature: Signature | None,
        caller: Caller,
    ) -> Admission:
        """Decide whether a caller may do what a request asks for.

        Raises:
            Refusal: the request cannot be read, or it is denied.
        """
        if signature is None and is_post_form(received) and received.path.strip("/"):
            received, signature, caller = post_form.verify(
                environ, received, self.callers, self.clock()
            )
        read, trailers = received, {}
        if signature and chunks.is_streaming(received):
            decoded = chunks.decode(caller.secret, received, signature)
            read, trailers = replace(received, body=decoded.body), decoded.trailers
        service = self._service(received, signature)
        forwarded = anew(environ, read, signature, trailers)
        request = ServerRequest(forwarded)
        operation = read_operation(service, request, read)
        if operation.name == post_form.OPERATION:
            operation = post_form.operation(environ, received)
        forwarded |= {
            "labkit.request": request,
            "labkit.operation": operation,
            "labkit.caller": caller,
            "wsgi.input": io.BytesIO(read.body),  # again, for moto's web application
        }
        authorization = self._authorize(operation, caller, received, signature, forwarded)
        return Admission(operation, caller, authorization, forwarded)

    def _service(self, received: Received, signature: Signature | None) -> str:
        """Return the service that a request goes to; unsigned requests may only go to S3."""
        if signature:
            return self.services.signed_as(signature.service) or ""
        if "x-amz-target" in received.headers or received.is_form:
            raise Refusal("MissingToken")
        if received.path.strip("/") == "" or any(n == "Action" for n, _ in received.parameters):
            raise Refusal("MissingToken")
        return "s3"

    def _authorize(
        self,
        operation: ServiceOperation,
        caller: Caller,
        received: Received,
        signature: Signature | None,
        environ: Mapping[str, Any],
    ) -> Authorization:
        context = request_context(
            caller,
            received,
            signature,
            address=str(environ.get("REMOTE_ADDR") or "127.0.0.1"),
            now=self.clock(),
        )
        return authorize(operation, caller, context)


@cache
def known_regions() -> frozenset[str]:
    """Return the names of AWS's regions, as botocore ships them."""
    partitions = Loader().load_data("endpoints")["partitions"]
    return frozenset(region for partition in partitions for region in partition["regions"])
