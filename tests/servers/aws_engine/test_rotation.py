"""The rotation of static roles: when a key is replaced, and what becomes of the one before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.engine import backend
from labkit.servers.plugin.errors import EngineError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.static_app import DAY, data, held, keys

pytestmark = pytest.mark.integration


def test_room_is_made_by_the_oldest_key_as_in_vault(static: EngineUnderTest, aws: Operator) -> None:
    stranger = aws.iam.create_access_key(UserName="app")["AccessKey"]["AccessKeyId"]
    static.clock.now += DAY

    static.roll_back()

    assert keys(aws) == [stranger, held(static)["access_key"]]


def test_rotation_of_what_is_due(static: EngineUnderTest, aws: Operator) -> None:
    first = held(static)
    static.clock.now += DAY - 1
    static.roll_back()
    assert held(static) == first

    static.clock.now += 1
    static.roll_back()
    second = held(static)
    static.roll_back()

    assert held(static) == second
    assert second["access_key"] != first["access_key"]
    assert second["expiration"] == "2023-11-16T22:13:20Z"
    assert aws.outcome(first, "sts", "get_caller_identity") == "allowed"
    assert aws.outcome(second, "sts", "get_caller_identity") == "allowed"

    static.clock.now += DAY
    static.roll_back()

    assert aws.outcome(first, "sts", "get_caller_identity") == "InvalidClientTokenId"
    assert keys(aws) == [second["access_key"], held(static)["access_key"]]
    assert static.write_ahead_log == []


def test_rotation_of_one_of_two(static: EngineUnderTest, aws: Operator) -> None:
    aws.iam.create_user(UserName="slow")
    static.write("static-roles/slow", username="slow", rotation_period="10d")
    slow = static.read("static-creds/slow")
    first = held(static)

    static.clock.now += DAY
    static.roll_back()
    static_slow = static.read("static-creds/slow")
    static.delete("static-roles/slow")
    aws.iam.delete_user(UserName="slow")

    assert static_slow == slow
    assert held(static) != first


def test_rotation_without_static_roles_asks_nothing(
    mounted: EngineUnderTest, aws: Operator
) -> None:
    mounted.roll_back()

    assert aws.calls_of() == []


def test_rotation_goes_on_after_a_restart(static: EngineUnderTest) -> None:
    first = held(static)
    restarted = replace(static, storage=static.storage)
    restarted.mount = AwsMount(clock=static.clock)
    restarted.backend = backend(restarted.mount)
    restarted.clock.now += DAY

    restarted.roll_back()

    assert held(restarted)["access_key"] != first["access_key"]


def test_a_failed_rotation_is_told_and_tried_again_and_keeps_no_other(
    static: EngineUnderTest, aws: Operator
) -> None:
    aws.iam.create_user(UserName="other")
    static.write("static-roles/a", username="other", rotation_period="1d")
    first, other = held(static), data(static.read("static-creds/a"))
    static.clock.now += DAY
    aws.cloud.set_faults([Fault("GetUser", "ServiceFailure", message="no", times=1)])
    with pytest.raises(EngineError) as failed:
        static.roll_back()
    assert (
        "error(s) occurred while rotating expired static credentials: 1 error occurred:\n\t* "
        "iam user didn't exist, or username/userid didn't match: "
        'unable to validate username "other": ServiceFailure: no'
    ) in str(failed.value)
    assert held(static)["access_key"] != first["access_key"]
    assert data(static.read("static-creds/a")) == other

    static.clock.now += 60
    static.roll_back()

    assert data(static.read("static-creds/a")) != other
    static.delete("static-roles/a")
    [previous] = aws.iam.list_access_keys(UserName="other")["AccessKeyMetadata"]
    aws.iam.delete_access_key(UserName="other", AccessKeyId=previous["AccessKeyId"])
    aws.iam.delete_user(UserName="other")


def test_a_stored_key_without_expiration_is_due_a_period_later(static: EngineUnderTest) -> None:
    key = held(static)
    del key["expiration"]
    static.storage.put("static-creds/s", json.dumps(key).encode())
    assert held(static) == {**key, "expiration": None}

    static.roll_back()
    assert held(static)["access_key"] == key["access_key"]
    static.clock.now += DAY
    static.roll_back()

    assert held(static)["access_key"] != key["access_key"]
