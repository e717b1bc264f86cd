"""Static roles: users that exist already, whose keys the engine makes and deletes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin.errors import EngineError, UserError
from labkit.servers.plugin.request import Response
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.static_app import DAY, data, delete_user, held, keys

pytestmark = pytest.mark.integration
NO_ENTERPRISE = {"assume_role_arn": "", "assume_role_session_name": "", "external_id": ""}


def test_static_roles_write_gives_a_key_that_works(
    mounted: EngineUnderTest, aws: Operator, user: str
) -> None:
    written = mounted.write("static-roles/s", username=user, rotation_period="1d")
    issued = held(mounted)

    shown = {
        "name": "s",
        "id": aws.iam.get_user(UserName=user)["User"]["UserId"],
        "username": "app",
        "rotation_period": DAY,
        **NO_ENTERPRISE,
    }
    assert data(written) == data(mounted.read("static-roles/s")) == shown
    assert aws.outcome(issued, "sts", "get_caller_identity") == "allowed"
    assert issued["expiration"] == "2023-11-15T22:13:20Z"
    assert keys(aws) == [issued["access_key"]]
    assert aws.calls_of() == ["GetUser", "GetUser", "ListAccessKeys", "CreateAccessKey"]
    assert mounted.write_ahead_log == []


def test_it_is_stored_as_vault_stores_it(static: EngineUnderTest, aws: Operator) -> None:
    role = json.loads(static.storage.entries["static-roles/s"])
    key = json.loads(static.storage.entries["static-creds/s"])

    assert role.keys() == {"name", "id", "username", "rotation_period"} | NO_ENTERPRISE.keys()
    assert role["rotation_period"] == DAY * 10**9
    assert key == held(static)
    assert static.storage.seal_wrapped >= {"config/root", "static-creds/s"}
    assert key["secret_key"] not in static.storage.entries["static-roles/s"].decode()
    assert aws.new_users() == {"app"}


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        ({"rotation_period": "1d"}, UserError, 'missing "username" parameter'),
        ({"username": "app"}, UserError, 'missing "rotation_period" parameter'),
        (
            {"username": "app", "rotation_period": "45s"},
            EngineError,
            "role rotation period out of range: must be greater than 60.00 seconds",
        ),
        (
            {"username": "nobody", "rotation_period": "1d"},
            EngineError,
            'unable to validate username "nobody": '
            "NoSuchEntity: The user with name nobody cannot be found.",
        ),
        (
            {"username": "", "rotation_period": "1d"},
            EngineError,
            'unable to validate username "": ValidationError: 1 validation error detected: '
            "Value '' at 'userName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
    ],
)
def test_static_roles_validation(
    mounted: EngineUnderTest,
    aws: Operator,
    user: str,
    given: dict[str, str],
    kind: type[Exception],
    text: str,
) -> None:
    with pytest.raises(EngineError) as refused:
        mounted.write("static-roles/s", **given)

    assert type(refused.value) is kind
    assert str(refused.value) == text
    assert mounted.list("static-roles") == Response({"keys": []})
    assert user in aws.new_users()
    assert keys(aws) == []


def test_a_minute_is_long_enough(mounted: EngineUnderTest, user: str) -> None:
    assert mounted.write("static-roles/s", username=user, rotation_period=60) is not None


@pytest.mark.parametrize("period", ["19m", "48h"])
def test_static_roles_write_of_the_period_only(
    static: EngineUnderTest, aws: Operator, period: str
) -> None:
    before, called = held(static), aws.calls_of()
    static.clock.now += 600

    written = static.write("static-roles/s", rotation_period=period)

    assert data(written)["username"] == "app"
    seconds = {"19m": 1140, "48h": 2 * DAY}[period]
    assert data(written)["rotation_period"] == seconds
    due = datetime.fromisoformat(held(static)["expiration"])
    assert due == datetime.fromtimestamp(static.clock.now + seconds, UTC)
    assert held(static)["access_key"] == before["access_key"]
    assert aws.calls_of() == called


def test_a_user_created_anew_is_another(static: EngineUnderTest, aws: Operator) -> None:
    delete_user(aws)
    aws.iam.create_user(UserName="app")

    with pytest.raises(EngineError, match=r"^AWS GetUser returned a user, but the ID did not mat"):
        static.write("static-roles/s", username="app")
    static.clock.now += DAY
    with pytest.raises(EngineError, match=r"didn't match: AWS GetUser returned a user, but the ID"):
        static.roll_back()

    assert keys(aws) == []


def test_static_role_read_of_none(static: EngineUnderTest) -> None:
    assert static.read("static-roles/other") is None
    assert static.read("static-creds/other") is None
    assert data(static.list("static-roles/")) == {"keys": ["s"]}


def test_static_role_delete(static: EngineUnderTest, aws: Operator) -> None:
    static.delete("static-roles/s")

    assert keys(aws) == []
    assert "app" in aws.new_users()
    assert [key for key in static.storage.entries if key.startswith("static")] == []


def test_static_role_delete_of_another_changes_nothing(
    static: EngineUnderTest, aws: Operator
) -> None:
    static.delete("static-roles/other")

    assert keys(aws) == [held(static)["access_key"]]
    assert "DeleteAccessKey" not in aws.calls_of()


def test_a_failed_deletion_can_be_repeated(static: EngineUnderTest, aws: Operator) -> None:
    aws.cloud.set_faults([Fault("DeleteAccessKey", "ServiceFailure", message="no")])
    with pytest.raises(EngineError) as failed:
        static.delete("static-roles/s")
    assert str(failed.value) == (
        'failed to clean credentials while deleting role "s": '
        "couldn't delete from IAM: ServiceFailure: no"
    )
    aws.cloud.set_faults([])
    assert keys(aws) == [held(static)["access_key"]]

    static.delete("static-roles/s")

    assert keys(aws) == []
    assert static.read("static-roles/s") is None


def test_a_key_that_is_gone_already_does_not_keep_the_role(
    static: EngineUnderTest, aws: Operator
) -> None:
    aws.iam.delete_access_key(UserName="app", AccessKeyId=held(static)["access_key"])

    static.delete("static-roles/s")

    assert static.read("static-roles/s") is None


def test_fields_of_vault_enterprise_are_ignored_with_a_warning(static: EngineUnderTest) -> None:
    given = dict.fromkeys(NO_ENTERPRISE, "x")

    response = static.write("static-roles/s", rotation_period="1d", **given)

    assert response is not None
    assert response.warnings == (
        "Endpoint ignored these unrecognized parameters: "
        "[assume_role_arn assume_role_session_name external_id]",
    )
    assert data(response).items() >= NO_ENTERPRISE.items()


def test_an_empty_username_is_looked_up_in_an_update_too(static: EngineUnderTest) -> None:
    with pytest.raises(EngineError, match="Member must have length greater than or equal to 1"):
        static.write("static-roles/s", username="")

    assert data(static.read("static-roles/s"))["username"] == "app"
