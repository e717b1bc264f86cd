"""Write AWS's error answers in the wire format of each kind of API."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

_FIRST_FAULT_STATUS = 500
_JSON_KINDS = {"json": "application/x-amz-json-1.0", "rest-json": "application/json"}


def error_answer(
    protocol: str, *, error: str, status: int, message: str = "", head: bool = False
) -> Response:
    """Return an error in the format of the API that was called.

    Args:
        protocol: "query", "ec2", "s3", "rest-xml", "json" or "rest-json".
        error: AWS's error code.
        status: the HTTP status.
        message: the error's text.
        head: whether the answer has no body, as that to a HEAD request.
    """
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id, "x-amz-request-id": request_id}
    if protocol in _JSON_KINDS:
        headers["x-amzn-ErrorType"] = error
        body, kind = json.dumps({"__type": error, "message": message}), _JSON_KINDS[protocol]
    else:
        body, kind = _xml(protocol, error, status, message, request_id), "text/xml"
    if protocol == "s3":
        kind = "application/xml"
    if head:
        headers["X-Labkit-Error"] = error
    return Response("" if head else body, status=status, content_type=kind, headers=headers)


def _xml(protocol: str, error: str, status: int, message: str, request_id: str) -> str:
    detail = f"<Code>{escape(error)}</Code><Message>{escape(message)}</Message>"
    asked = f"<RequestId>{request_id}</RequestId>"
    if protocol == "ec2":
        errors = f"<Errors><Error>{detail}</Error></Errors>"
        return f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
    if protocol == "s3":
        return f"<Error>{detail}{asked}</Error>"
    side = "Sender" if status < _FIRST_FAULT_STATUS else "Receiver"
    return f"<ErrorResponse><Error><Type>{side}</Type>{detail}</Error>{asked}</ErrorResponse>"
