"""What a request asks of AWS, read from the request itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Environ = Mapping[str, Any]

# Signature Version 4: Credential=KEY/DATE/REGION/SERVICE/aws4_request, as a header or in the query.
_CREDENTIAL = re.compile(r"([^/\s=]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

_S3_PLAIN = {
    ("GET", "service"): "ListBuckets",
    ("HEAD", "bucket"): "HeadBucket",
    ("GET", "bucket"): "ListObjects",
    ("PUT", "bucket"): "CreateBucket",
    ("DELETE", "bucket"): "DeleteBucket",
    ("HEAD", "object"): "HeadObject",
    ("GET", "object"): "GetObject",
    ("PUT", "object"): "PutObject",
    ("DELETE", "object"): "DeleteObject",
}
_S3_BY_PARAMETER = {
    ("GET", "bucket", "list-type"): "ListObjectsV2",
    ("GET", "bucket", "versions"): "ListObjectVersions",
    ("GET", "bucket", "location"): "GetBucketLocation",
    ("GET", "bucket", "policy"): "GetBucketPolicy",
    ("PUT", "bucket", "policy"): "PutBucketPolicy",
    ("DELETE", "bucket", "policy"): "DeleteBucketPolicy",
    ("POST", "bucket", "delete"): "DeleteObjects",
    ("POST", "object", "uploads"): "CreateMultipartUpload",
    ("PUT", "object", "partNumber"): "UploadPart",
    ("POST", "object", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "object", "uploadId"): "AbortMultipartUpload",
}


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an AWS API, without its secrets.

    Args:
        service: the signing name ("iam", "ec2"); None when the request is not signed.
        action: "CreateUser"; "GET /path" where the API has no name for it here.
        region: the region the request is signed for.
        access_key_id: the key the request is signed with.
        target_user: the IAM user the call is about.
        target_key_id: the access key the call is about.
    """

    service: str | None
    action: str
    region: str | None
    access_key_id: str | None
    target_user: str | None = None
    target_key_id: str | None = None


def is_form(environ: Environ) -> bool:
    """Say whether a request is a form, as those of AWS's query APIs are."""
    return bool(environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"))


def read_call(environ: Environ, body: bytes = b"") -> ApiCall:
    """Say which AWS call a WSGI request is.

    Args:
        environ: the WSGI environment.
        body: the request's body when it is a form; AWS's query APIs put the action there.
    """
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    parameters = dict(query + parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    key, region, service = _credential(environ, parameters)
    return ApiCall(
        service=service,
        action=_action(environ, service, parameters),
        region=region,
        access_key_id=key,
        target_user=parameters.get("UserName"),
        target_key_id=parameters.get("AccessKeyId"),
    )


def _credential(
    environ: Environ, parameters: Mapping[str, str]
) -> tuple[str | None, str | None, str | None]:
    """Return access key id, region and service of the signature."""
    scope = environ.get("HTTP_AUTHORIZATION") or parameters.get("X-Amz-Credential", "")
    found = _CREDENTIAL.search(scope)
    return (found[1], found[2], found[3].lower()) if found else (None, None, None)


def _action(environ: Environ, service: str | None, parameters: Mapping[str, str]) -> str:
    unnamed = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}"
    if service == "s3":
        return _s3_operation(environ, parameters) or unnamed
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    return parameters.get("Action") or target.rpartition(".")[2] or unnamed


def _s3_operation(environ: Environ, parameters: Mapping[str, str]) -> str | None:
    """Name the S3 operation of a path-style request, or None if it is not a usual one."""
    method = environ["REQUEST_METHOD"]
    bucket, _, key = environ.get("PATH_INFO", "/").lstrip("/").partition("/")
    level = "object" if key else "bucket" if bucket else "service"
    for name in parameters:
        if operation := _S3_BY_PARAMETER.get((method, level, name)):
            return operation
    if any(value == "" for value in parameters.values()):
        return None  # a subresource such as ?acl: another operation than the plain one
    if method == "PUT" and "HTTP_X_AMZ_COPY_SOURCE" in environ:
        return "CopyObject"
    return _S3_PLAIN.get((method, level))
