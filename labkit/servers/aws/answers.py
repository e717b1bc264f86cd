"""AWS's error answers, written and read, in the wire format of each kind of API."""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from labkit.servers.aws.calls import Call, Environ, is_form

_XML_CODE = re.compile(r"<Code>([^<]+)</Code>")
_JSON_TYPE = re.compile(r'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')
_KEY_ID = re.compile(r"<AccessKeyId>(\w+)</AccessKeyId>")
_FIRST_ERROR_STATUS = 400
_ISSUES_KEYS = {"CreateAccessKey", "AssumeRole", "GetSessionToken", "GetFederationToken"}


def error_answer(
    environ: Environ, call: Call, *, error: str, status: int, message: str = ""
) -> Response:
    """Return an error in the words of the API that was called, so that its clients understand it.

    The formats are those that botocore's parsers read for the EC2, S3, query and JSON protocols.
    """
    detail = f"<Code>{escape(error)}</Code><Message>{escape(message)}</Message>"
    if call.service == "ec2":
        body = f"<Response><Errors><Error>{detail}</Error></Errors></Response>"
    elif call.service in ("s3", None):
        body = f"<Error>{detail}</Error>"
    elif is_form(environ):
        body = f"<ErrorResponse><Error>{detail}</Error></ErrorResponse>"
    else:
        body = json.dumps({"__type": error, "message": message})
    kind = "text/xml" if body.startswith("<") else "application/x-amz-json-1.0"
    return Response(body, status=status, content_type=kind, headers={"x-amzn-ErrorType": error})


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
