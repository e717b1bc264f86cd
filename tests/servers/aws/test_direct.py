"""Moto's code called directly answers as moto's web application does."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from moto.moto_server import werkzeug_app
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from labkit.servers.aws.direct import DirectMoto
from labkit.servers.aws.door.request.operations import ServerRequest, ServiceOperation

REQUEST_ID = re.compile(r"<requestId>.*?</requestId>", re.IGNORECASE)
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15", "ec2": "2016-11-15"}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> werkzeug_app.DomainDispatcherApplication:
    monkeypatch.setattr(werkzeug_app, "DISABLE_GLOBAL_CORS", True)  # as the server has it
    return werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)


def environ(service: str, action: str, **parameters: str) -> dict[str, Any]:
    """Return a request that the door has decided on."""
    scope = f"AKIAIOSFODNN7EXAMPLE/20260101/eu-north-1/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    body = urlencode({"Action": action, "Version": VERSIONS[service], **parameters})
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", signed)]
    given = EnvironBuilder(method="POST", data=body, headers=headers).get_environ()
    operation = ServiceOperation(service, action, parameters)
    return given | {"labkit.operation": operation, "labkit.request": ServerRequest(given)}


def seen(response: Response) -> tuple[int, dict[str, str], str]:
    """Return what a client sees of an answer, without the id of the request."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    assert headers.pop("x-amzn-requestid", "") or "ec2" in response.get_data(as_text=True)
    return response.status_code, headers, REQUEST_ID.sub("", response.get_data(as_text=True))


@pytest.mark.parametrize(
    ("service", "action", "parameters", "status"),
    [
        ("iam", "ListUsers", {}, 200),
        ("iam", "GetUser", {"UserName": "nobody"}, 404),
        ("iam", "PutUserPolicy", {"UserName": "é&<"}, 404),
        ("sts", "GetCallerIdentity", {}, 200),
        ("ec2", "DescribeRegions", {}, 200),
        ("ec2", "TerminateInstances", {"InstanceId.1": "i-1"}, 400),
    ],
)
def test_the_answer_is_the_same(
    web: werkzeug_app.DomainDispatcherApplication,
    service: str,
    action: str,
    parameters: dict[str, str],
    status: int,
) -> None:
    expected = Response.from_app(web, environ(service, action, **parameters))
    direct = DirectMoto(web)(environ(service, action, **parameters))

    assert expected.status_code == status
    assert seen(expected) == seen(direct)


def test_a_service_of_many_urls_is_answered_by_the_web_application() -> None:
    web = Response("the web application")
    given = {"REQUEST_METHOD": "GET", "labkit.operation": ServiceOperation("s3", "ListBuckets", {})}

    assert DirectMoto(web)(given).get_data(as_text=True) == "the web application"
