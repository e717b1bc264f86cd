"""Read from an answer what the journal notes: the error code, the id of an issued key."""

from __future__ import annotations

import re

from werkzeug.wrappers import Response

from labkit.servers.aws.journal.calls import ApiCall

_XML_CODE = re.compile(r"<Code>([^<]+)</Code>")
_JSON_TYPE = re.compile(r'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')
_KEY_ID = re.compile(r"<AccessKeyId>(\w+)</AccessKeyId>")
_FIRST_ERROR_STATUS = 400
_ISSUES_KEYS = {"CreateAccessKey", "AssumeRole", "GetSessionToken", "GetFederationToken"}


def error_code(response: Response) -> str | None:
    """Return AWS's error code in an answer; None if it is no error or does not say."""
    if response.status_code < _FIRST_ERROR_STATUS:
        return None
    text = response.get_data(as_text=True)
    found = _XML_CODE.search(text) or _JSON_TYPE.search(text)
    return found[1] if found else response.headers.get("x-amzn-ErrorType")


def issued_key_id(call: ApiCall, response: Response) -> str | None:
    """Return the id of the access key that a call has created; never its secret."""
    if call.action not in _ISSUES_KEYS or response.status_code >= _FIRST_ERROR_STATUS:
        return None
    found = _KEY_ID.search(response.get_data(as_text=True))
    return found[1] if found else None
