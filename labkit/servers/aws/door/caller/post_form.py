"""S3's upload by an HTML form, whose signature is over the form's policy.

Source: AWS, "Authenticating Requests: Browser-Based Uploads Using POST", "POST Policy".
"""

from __future__ import annotations

import base64
import hmac
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.formparser import parse_form_data

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller.callers import Caller, Callers
from labkit.servers.aws.door.caller.parsed_signature import ALGORITHM, Signature, signature_of_parts
from labkit.servers.aws.door.caller.signature_check import sign
from labkit.servers.aws.door.request.operations import POST_FORM, ServiceOperation
from labkit.servers.aws.door.request.received import Received

OPERATION = POST_FORM
_FREE = {"x-amz-signature", "file", "policy", "awsaccesskeyid", "signature"}


def fields(environ: Mapping[str, Any], received: Received) -> tuple[dict[str, str], bytes]:
    """Return the fields of a form by name in lower case, and the file."""
    again = {**environ, "wsgi.input": io.BytesIO(received.body)}
    again["CONTENT_LENGTH"] = str(len(received.body))
    again.pop("HTTP_TRANSFER_ENCODING", None)
    _, form, files = parse_form_data(again)
    names = [name.lower() for name, _ in form.items(multi=True)]
    if len(names) != len(set(names)):
        raise Refusal("InvalidArgument", "a field of the form is there twice")
    file = files.get("file")
    data = file.stream.read() if file else form.get("file", "").encode()
    return {name.lower(): value for name, value in form.items()}, data


def operation(environ: Mapping[str, Any], received: Received) -> ServiceOperation:
    """Return the upload as an operation on a bucket and key."""
    form, _ = fields(environ, received)
    bucket = received.path.strip("/")
    if "/" in bucket or not form.get("key"):
        raise Refusal("InvalidArgument", "Bucket POST must contain a field named 'key'.")
    return ServiceOperation("s3", POST_FORM, {"Bucket": bucket, "Key": form["key"]}, "s3")


def verify(
    environ: Mapping[str, Any], received: Received, callers: Callers, now: float
) -> tuple[Received, Signature | None, Caller]:
    """Return a form with the signature and the caller that it carries.

    Raises:
        Refusal: the signature is wrong, or the policy does not permit this form.
    """
    from labkit.servers.aws.door.caller.callers import ANONYMOUS

    form, data = fields(environ, received)
    if "x-amz-signature" not in form and "policy" not in form:
        return received, None, ANONYMOUS
    if form.get("x-amz-algorithm") != ALGORITHM:
        raise Refusal("MalformedQuery")
    signature = signature_of_parts(
        form.get("x-amz-credential", ""),
        signed="host",
        value=form.get("x-amz-signature", ""),
        time=form.get("x-amz-date", ""),
        token=form.get("x-amz-security-token"),
        expires=1,
    )
    caller = callers.find(signature)
    expected = sign(caller.secret, signature, form.get("policy", ""))
    if signature.service != "s3" or not hmac.compare_digest(expected, signature.value):
        raise Refusal("SignatureDoesNotMatch")
    _check_policy(form, received.path.strip("/"), len(data), now)
    return received, signature, caller


def _check_policy(form: Mapping[str, str], bucket: str, size: int, now: float) -> None:
    try:
        policy = json.loads(base64.b64decode(form["policy"], validate=True))
        end = datetime.fromisoformat(policy["expiration"]).astimezone(UTC).timestamp()
        conditions = list(policy["conditions"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("InvalidPolicyDocument", "Invalid Policy: it cannot be read.") from error
    if end < now:
        raise Refusal("Denied", "Invalid according to Policy: Policy expired.")
    values = {**form, "bucket": bucket}
    covered = set(_FREE)
    for condition in conditions:
        covered.add(_meet(condition, values, size))
    extra = [name for name in form if name not in covered and not name.startswith("x-ignore-")]
    if extra:
        raise Refusal("Denied", f"Invalid according to Policy: Extra input fields: {extra[0]}")


def _meet(condition: object, values: Mapping[str, str], size: int) -> str:
    """Return the field that a condition is about.

    Raises:
        Refusal: the condition is not met.
    """
    match condition:
        case ["content-length-range", low, high]:
            if not int(str(low)) <= size <= int(str(high)):
                raise Refusal("EntityTooLarge", "Your proposed upload is out of the allowed size")
            return ""
        case ["eq", str(field), str(value)]:
            name = field[1:].lower()
            met = values.get(name, "") == value
        case ["starts-with", str(field), str(value)]:
            name = field[1:].lower()
            met = values.get(name, "").startswith(value)
        case {**pairs} if len(pairs) == 1:
            ((key, wanted),) = pairs.items()
            name = str(key).lower()
            met = values.get(name, "") == wanted
        case _:
            raise Refusal("InvalidPolicyDocument", "Invalid Policy: a condition is malformed.")
    if not met:
        raise Refusal("Denied", f"Invalid according to Policy: Policy Condition failed: {name}")
    return name
