"""Error answers, without a server."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from labkit.servers.aws.answers import error_answer, error_code
from labkit.servers.aws.calls import Call

FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("service", "environ", "path"),
    [
        ("ec2", FORM, "Response/Errors/Error/"),
        ("iam", FORM, "ErrorResponse/Error/"),
        ("s3", {}, "Error/"),
        (None, {}, "Error/"),
    ],
)
def test_an_error_stands_where_the_api_has_it(
    service: str | None, environ: dict[str, str], path: str
) -> None:
    call = Call(service, "Anything", None, None)
    answer = error_answer(environ, call, error="Throttling", status=400, message="<slow> & so")

    document = ElementTree.Element("document")
    document.append(ElementTree.fromstring(answer.get_data(as_text=True)))  # noqa: S314 - our own
    assert document.findtext(path + "Code") == "Throttling"
    assert document.findtext(path + "Message") == "<slow> & so"
    assert (answer.status_code, error_code(answer)) == (400, "Throttling")


def test_a_json_api_gets_its_error_as_json() -> None:
    call = Call("dynamodb", "ListTables", None, None)
    answer = error_answer({}, call, error="Throttling", status=400, message="slow")

    assert json.loads(answer.get_data()) == {"__type": "Throttling", "message": "slow"}
    assert error_code(answer) == "Throttling"
