"""AWS's error answers, written and read, in the wire format of each kind of API."""

from __future__ import annotations

import json
import re
import uuid
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from labkit.servers.aws.calls import Call

_XML_CODE = re.compile(r"<Code>([^<]+)</Code>")
_JSON_TYPE = re.compile(r'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')
_KEY_ID = re.compile(r"<AccessKeyId>(\w+)</AccessKeyId>")
_FIRST_ERROR_STATUS = 400
_FIRST_FAULT_STATUS = 500
_ISSUES_KEYS = {"CreateAccessKey", "AssumeRole", "GetSessionToken", "GetFederationToken"}
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


def error_code(response: Response) -> str | None:
    """Return AWS's error code in an answer; None if it is no error or does not say."""
    if response.status_code < _FIRST_ERROR_STATUS:
        return None
    text = response.get_data(as_text=True)
    found = _XML_CODE.search(text) or _JSON_TYPE.search(text)
    return found[1] if found else response.headers.get("x-amzn-ErrorType")


def issued_key_id(call: Call, response: Response) -> str | None:
    """Return the id of the access key that a call has created; never its secret."""
    if call.action not in _ISSUES_KEYS or response.status_code >= _FIRST_ERROR_STATUS:
        return None
    found = _KEY_ID.search(response.get_data(as_text=True))
    return found[1] if found else None
