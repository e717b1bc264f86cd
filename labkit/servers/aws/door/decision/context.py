"""The condition keys of a request.

Source: AWS, "AWS global condition context keys", "Actions, resources, and condition keys for
Amazon S3".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from labkit.servers.aws.door.caller.callers import Caller
from labkit.servers.aws.door.caller.parsed_signature import Signature
from labkit.servers.aws.door.request.received import Received

RequestContext = dict[str, "str | tuple[str, ...]"]


def request_context(
    caller: Caller, received: Received, signature: Signature | None, *, address: str, now: float
) -> RequestContext:
    """Return the condition keys that do not depend on the resource.

    Args:
        caller: who asks.
        received: the request.
        signature: of the request, None if it is anonymous.
        address: the IP address that the request came from.
        now: epoch seconds (UTC).
    """
    context: RequestContext = {
        "aws:SourceIp": address,
        "aws:CurrentTime": _iso(now),
        "aws:EpochTime": str(int(now)),
        "aws:SecureTransport": "false",
        "aws:RequestedRegion": signature.region if signature else "us-east-1",
        "aws:ViaAWSService": "false",
        "aws:PrincipalIsAWSService": "false",
    }
    for key, header in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
        if header in received.headers:
            context[key] = received.headers[header]
    if signature and signature.service == "s3":
        context |= _s3_context(received, signature, now)
    return context | _session_context(caller, now)


def _s3_context(received: Received, signature: Signature, now: float) -> Mapping[str, str]:
    signed = datetime.strptime(signature.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    return {
        "s3:authType": "REST-QUERY-STRING" if signature.presigned else "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:signatureAge": str(int((now - signed) * 1000)),
        "s3:x-amz-content-sha256": received.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    }


def _session_context(caller: Caller, now: float) -> RequestContext:
    """Only temporary credentials have these keys."""
    session = caller.session
    if session is None:
        return {}
    context: RequestContext = {"aws:TokenIssueTime": _iso(session.issued)}
    if session.kind != "FederatedUser":
        context["aws:MultiFactorAuthPresent"] = str(session.mfa).lower()
    if session.mfa:
        context["aws:MultiFactorAuthAge"] = str(int(now - session.issued))
    return context


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
