import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.servers.plugin.errors import (
    EngineError,
    RateLimitedError,
    UnsupportedOperationError,
    UnsupportedPathError,
    UserError,
)
from labkit.servers.plugin.request import Request, Response, Secret
from labkit.servers.plugin.wire.messages import pb
from labkit.servers.plugin.wire.translation import failure, reply_to, request_from
from tests.servers.memory import FixedSystemView, MemoryStorage

SECRET = Secret(
    "coupon",
    {"code": [1, None]},
    ttl=60,
    max_ttl=3600,
    renewable=False,
    increment=5,
    issue_time=datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
    lease_id="mount/x/1",
)


def received(**message: object) -> Request:
    return request_from(pb.Request(**message), MemoryStorage(), FixedSystemView())


@pytest.mark.parametrize(
    ("sent", "fields"), [("", {}), ("null", {}), ("[1]", {}), ('{"a": 1}', {"a": "1"})]
)
def test_the_data_of_a_request_is_always_a_mapping(sent: str, fields: dict[str, Any]) -> None:
    assert fields == received(data=sent).fields


def test_a_request_without_a_secret_has_none() -> None:
    assert received(operation="read").secret is None


def test_a_secret_comes_back_as_it_was_given() -> None:
    reply = reply_to(Response(secret=SECRET))

    assert received(secret=reply.response.secret).secret == SECRET


def test_a_secret_before_1970_keeps_its_issue_time() -> None:
    old = replace(SECRET, issue_time=datetime(1, 1, 1, tzinfo=UTC))

    assert received(secret=reply_to(Response(secret=old)).response.secret).secret == old


def test_times_to_live_are_nanoseconds_and_the_type_travels_with_the_internal_data() -> None:
    secret = reply_to(Response(secret=SECRET)).response.secret

    assert secret.lease_options.TTL == 60 * 10**9
    assert json.loads(secret.internal_data) == {"code": [1, None], "secret_type": "coupon"}


def test_what_go_cannot_do_without_is_always_there() -> None:
    response = reply_to(Response(secret=Secret("coupon"))).response

    assert response.data == "null"
    assert json.loads(response.secret.internal_data)
    assert response.secret.lease_options.HasField("issue_time")


def test_no_answer_is_an_empty_reply() -> None:
    assert reply_to(None).SerializeToString() == b""


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (EngineError("boom"), 0, "boom"),
        (UnsupportedOperationError("unsupported operation"), 5, "unsupported operation"),
        (UnsupportedPathError("unsupported path"), 6, "unsupported path"),
        (EngineError("half a pair: \ud800"), 0, "half a pair: ?"),
    ],
)
def test_an_engines_failure_is_an_error_without_a_response(
    error: Exception, kind: int, text: str
) -> None:
    reply = failure(error)

    assert not reply.HasField("response")
    assert (kind, text) == (reply.err.err_type, reply.err.err_msg)


def test_a_users_mistake_is_a_response_whose_only_key_is_error() -> None:
    reply = failure(UserError("no such shop"))

    assert json.loads(reply.response.data) == {"error": "no such shop"}
    assert not reply.HasField("err")


def test_an_upstream_limit_is_both() -> None:
    reply = failure(RateLimitedError("Throttling: "))

    assert json.loads(reply.response.data) == {"error": "Throttling: "}
    assert (reply.err.err_type, reply.err.err_msg) == (0, "upstream rate limited")


def test_a_bug_is_told_by_class_and_place_but_never_by_its_text() -> None:
    with pytest.raises(KeyError) as caught:
        dict[str, str]()["hunter2"]

    text = failure(caught.value).err.err_msg

    assert "KeyError at test_translation.py:" in text
    assert "hunter2" not in text
