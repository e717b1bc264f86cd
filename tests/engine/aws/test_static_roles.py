"""Static roles: users that exist already, whose keys the engine makes and deletes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from labkit.cloud.faults import Fault
from labkit.engine.aws.aws_mount import AwsMount
from labkit.engine.aws.engine import backend
from labkit.engine.plugin.request import EngineError, Response, UserError
from tests.engine.aws.engine_under_test import EngineUnderTest
from tests.engine.aws.operator import Operator

pytestmark = pytest.mark.integration

DAY = 24 * 3600


@pytest.fixture
def user(aws: Operator) -> Iterator[str]:
    """Return the name of an IAM user without keys."""
    aws.iam.create_user(UserName="app")
    yield "app"
    aws.cloud.set_faults([])
    delete_user(aws)


@pytest.fixture
def static(mounted: EngineUnderTest, user: str) -> EngineUnderTest:
    """Return an engine with the static role `s`."""
    mounted.write("static-roles/s", username=user, rotation_period="1d")
    return mounted


def delete_user(aws: Operator) -> None:
    for key in keys(aws):
        aws.iam.delete_access_key(UserName="app", AccessKeyId=key)
    aws.iam.delete_user(UserName="app")


def keys(aws: Operator) -> list[str]:
    found = aws.iam.list_access_keys(UserName="app")["AccessKeyMetadata"]
    return [key["AccessKeyId"] for key in sorted(found, key=lambda key: key["CreateDate"])]


def held(engine: EngineUnderTest) -> dict[str, str]:
    return dict(data(engine.read("static-creds/s")))


def data(response: Response | None) -> dict[str, str]:
    assert response is not None
    return dict(response.data or {})


def test_a_static_role_gets_a_key_that_works(
    mounted: EngineUnderTest, aws: Operator, user: str
) -> None:
    written = mounted.write("static-roles/s", username=user, rotation_period="1d")
    issued = held(mounted)

    shown = {
        "name": "s",
        "id": aws.iam.get_user(UserName=user)["User"]["UserId"],
        "username": "app",
        "rotation_period": DAY,
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

    assert role.keys() == {"name", "id", "username", "rotation_period"}
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
            {"username": "app", "rotation_period": "1d", "external_id": "x"},
            UserError,
            "external_id is a function of Vault Enterprise; leave it out",
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


def test_static_creds_read(static: EngineUnderTest) -> None:
    assert held(static).keys() == {"access_key", "secret_key", "expiration"}
    assert static.read("static-creds/s") is not None
    assert held(static)["secret_key"] not in repr(static.read("static-creds/s"))


@pytest.mark.parametrize(("existing", "deleted"), [(0, 0), (1, 0), (2, 1)])
def test_create_credential(
    mounted: EngineUnderTest, aws: Operator, user: str, existing: int, deleted: int
) -> None:
    for _ in range(existing):
        aws.iam.create_access_key(UserName=user)
    before = keys(aws)

    mounted.write("static-roles/s", username=user, rotation_period="1d")

    assert keys(aws) == [*before[deleted:], held(mounted)["access_key"]]
    assert aws.calls_of().count("DeleteAccessKey") == deleted


def test_room_is_made_by_the_oldest_key_that_is_not_held(
    static: EngineUnderTest, aws: Operator
) -> None:
    first = held(static)["access_key"]
    aws.iam.create_access_key(UserName="app")
    static.clock.now += DAY

    static.roll_back()

    assert keys(aws) == [first, held(static)["access_key"]]


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


def test_a_role_whose_first_key_failed_gets_it_by_another_write(
    mounted: EngineUnderTest, aws: Operator, user: str
) -> None:
    aws.cloud.set_faults([Fault("CreateAccessKey", "ServiceFailure", message="no")])
    with pytest.raises(EngineError) as failed:
        mounted.write("static-roles/s", username=user, rotation_period="1d")
    assert str(failed.value) == (
        'failed to create new credentials for role "s": '
        'unable to create new access keys for user "app": ServiceFailure: no'
    )
    aws.cloud.set_faults([])

    mounted.write("static-roles/s", rotation_period="2d")

    assert keys(aws) == [held(mounted)["access_key"]]


def test_a_stored_key_without_expiration_is_due_a_period_later(static: EngineUnderTest) -> None:
    key = held(static)
    del key["expiration"]
    static.storage.put("static-creds/s", json.dumps(key).encode())
    assert held(static).keys() == {"access_key", "secret_key"}

    static.roll_back()
    assert held(static)["access_key"] == key["access_key"]
    static.clock.now += DAY
    static.roll_back()

    assert held(static)["access_key"] != key["access_key"]
