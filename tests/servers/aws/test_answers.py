"""Error answers, without a server."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from labkit.servers.aws.door.answers.error_answer import error_answer
from labkit.servers.aws.journal.answers import error_code


@pytest.mark.parametrize(
    ("protocol", "path"),
    [
        ("ec2", "Response/Errors/Error/"),
        ("query", "ErrorResponse/Error/"),
        ("rest-xml", "ErrorResponse/Error/"),
        ("s3", "Error/"),
    ],
)
def test_an_error_stands_where_the_api_has_it(protocol: str, path: str) -> None:
    answer = error_answer(protocol, error="Throttling", status=400, message="<slow> & so")

    document = ElementTree.Element("document")
    document.append(ElementTree.fromstring(answer.get_data(as_text=True)))  # noqa: S314 - our own
    assert document.findtext(path + "Code") == "Throttling"
    assert document.findtext(path + "Message") == "<slow> & so"
    assert (answer.status_code, error_code(answer)) == (400, "Throttling")


@pytest.mark.parametrize("protocol", ["json", "rest-json"])
def test_a_json_api_gets_its_error_as_json(protocol: str) -> None:
    answer = error_answer(protocol, error="Throttling", status=400, message="slow")

    assert json.loads(answer.get_data()) == {"__type": "Throttling", "message": "slow"}
    assert answer.headers["x-amzn-ErrorType"] == "Throttling"
    assert error_code(answer) == "Throttling"


def test_the_answer_to_a_head_request_has_no_body() -> None:
    assert error_answer("s3", error="AccessDenied", status=403, head=True).get_data() == b""
