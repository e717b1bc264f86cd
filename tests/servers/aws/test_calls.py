"""What is read from a request, without a server."""

from __future__ import annotations

import pytest

from labkit.servers.aws.journal.calls import ApiCall, read_call

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20261123/eu-north-1/{}/aws4_request, SignedHeaders=host, "


def environ(
    method: str = "POST", path: str = "/", service: str = "iam", **more: str
) -> dict[str, str]:
    path, _, query = path.partition("?")
    signed = SIGNED.format("AKIAX", service) + "Signature=0f"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_AUTHORIZATION": signed,
    } | more


def test_a_query_api_call_is_read_from_its_form() -> None:
    body = b"Action=DeleteAccessKey&UserName=vault-a%2Bb&AccessKeyId=AKIAY&Version=2010-05-08"

    expected = ApiCall("iam", "DeleteAccessKey", "eu-north-1", "AKIAX", "vault-a+b", "AKIAY")
    assert expected == read_call(environ(), body)


def test_a_json_api_call_is_read_from_its_target() -> None:
    request = environ(service="dynamodb", HTTP_X_AMZ_TARGET="DynamoDB_20120810.ListTables")

    assert read_call(request, b"{}").action == "ListTables"


def test_a_rest_api_call_without_a_name_is_its_method_and_path() -> None:
    request = environ("GET", "/2015-03-31/functions?Marker=x", service="lambda")

    assert read_call(request).action == "GET /2015-03-31/functions"


def test_an_unsigned_request_has_neither_key_nor_service() -> None:
    request = environ("GET", "/bucket") | {"HTTP_AUTHORIZATION": ""}

    assert read_call(request) == ApiCall(None, "GET /bucket", None, None)


def test_a_presigned_request_shows_its_key_but_no_signature() -> None:
    signature = "X-Amz-Credential=AKIAZ%2F20261123%2Feu-north-1%2Fs3%2Faws4_request"
    request = environ("GET", f"/b/k?{signature}&X-Amz-Signature=5ec4e7")
    del request["HTTP_AUTHORIZATION"]

    call = read_call(request)

    assert call == ApiCall("s3", "GetObject", "eu-north-1", "AKIAZ")
    assert "5ec4e7" not in repr(call)


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", "/", "ListBuckets"),
        ("GET", "/?x-id=ListBuckets", "ListBuckets"),
        ("PUT", "/b", "CreateBucket"),
        ("PUT", "/b/", "CreateBucket"),
        ("HEAD", "/b", "HeadBucket"),
        ("DELETE", "/b", "DeleteBucket"),
        ("GET", "/b", "ListObjects"),
        ("GET", "/b?list-type=2&prefix=", "ListObjectsV2"),
        ("GET", "/b?location", "GetBucketLocation"),
        ("PUT", "/b?policy", "PutBucketPolicy"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("GET", "/b/a/k", "GetObject"),
        ("PUT", "/b/a/k", "PutObject"),
        ("HEAD", "/b/a/k", "HeadObject"),
        ("DELETE", "/b/a/k", "DeleteObject"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"),
        ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"),
        ("GET", "/b?acl", "GET /b"),
        ("PUT", "/b/k?tagging", "PUT /b/k"),
    ],
)
def test_an_s3_call_is_named_by_its_operation(method: str, path: str, action: str) -> None:
    assert action == read_call(environ(method, path, service="s3")).action


def test_a_copy_is_told_from_an_upload() -> None:
    request = environ("PUT", "/b/k", service="s3", HTTP_X_AMZ_COPY_SOURCE="b/other")

    assert read_call(request).action == "CopyObject"


def test_a_stored_text_does_not_name_the_call_that_stores_it() -> None:
    request = environ("PUT", "/b/k?Action=DeleteUser", service="s3")

    assert read_call(request, b"Action=DeleteUser").action == "PutObject"
