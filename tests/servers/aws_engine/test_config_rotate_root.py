import json
from collections.abc import Iterator

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin.errors import EngineError, UserError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator

pytestmark = pytest.mark.integration


@pytest.fixture
def rooted(mounted: EngineUnderTest, aws: Operator) -> Iterator[EngineUnderTest]:
    """Return an engine whose identity is made for one test."""
    aws.iam.create_user(UserName="root-to-rotate")
    aws.iam.put_user_policy(
        UserName="root-to-rotate",
        PolicyName="all",
        PolicyDocument='{"Version":"2012-10-17",'
        '"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}',
    )
    key = aws.iam.create_access_key(UserName="root-to-rotate")["AccessKey"]
    mounted.write("config/root", access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    yield mounted
    for left in keys(aws):
        aws.iam.delete_access_key(UserName="root-to-rotate", AccessKeyId=left)
    aws.iam.delete_user_policy(UserName="root-to-rotate", PolicyName="all")
    aws.iam.delete_user(UserName="root-to-rotate")


def test_after_rotating_only_the_new_key_works(rooted: EngineUnderTest, aws: Operator) -> None:
    old = stored(rooted)
    rooted.write("roles/test", credential_type="iam_user")

    response = rooted.write("config/rotate-root")

    assert response is not None
    assert response.data == {"access_key": stored(rooted)["access_key"]}
    assert keys(aws) == [stored(rooted)["access_key"]] != [old["access_key"]]
    assert aws.outcome(old, "sts", "get_caller_identity") == "InvalidClientTokenId"
    rooted.revoke(rooted.issue("test").secret)
    assert aws.calls_of("root-to-rotate")[:4] == [
        *("GetUser", "ListAccessKeys", "CreateAccessKey", "DeleteAccessKey"),
    ]


def test_rotating_works_where_aws_does_not_list_the_keys(
    rooted: EngineUnderTest, aws: Operator
) -> None:
    with aws.cloud.faults(Fault("ListAccessKeys", "AccessDenied", status=403)):
        rooted.write("config/rotate-root")

    assert keys(aws) == [stored(rooted)["access_key"]]


def test_rotating_the_key_of_an_account_names_the_missing_user_name(
    rooted: EngineUnderTest,
) -> None:
    def without_name(parsed: dict[str, dict[str, str]], **_: object) -> None:
        del parsed["User"]["UserName"]

    iam = rooted.mount.clients.iam(rooted.storage)
    iam.meta.events.register("after-call.iam.GetUser", without_name)
    with pytest.raises(EngineError, match=r"^nil UserName returned from GetUser$"):
        rooted.write("config/rotate-root")


def test_rotating_changes_nothing_but_the_key(rooted: EngineUnderTest) -> None:
    before = stored(rooted)

    rooted.write("config/rotate-root")

    changed = {name for name, value in stored(rooted).items() if before[name] != value}
    assert changed == {"access_key", "secret_key"}
    assert rooted.storage.seal_wrapped == {"config/root"}
    assert rooted.write_ahead_log == []


@pytest.mark.parametrize(
    ("action", "text", "keys_left"),
    [
        ("GetUser", "error calling GetUser: ServiceFailure: no", 1),
        ("CreateAccessKey", "error calling CreateAccessKey: ServiceFailure: no", 1),
        ("DeleteAccessKey", "error deleting old access key: ServiceFailure: no", 2),
    ],
)
def test_the_engine_still_works_after_a_broken_rotation(
    rooted: EngineUnderTest, aws: Operator, action: str, text: str, keys_left: int
) -> None:
    rooted.write("roles/test", credential_type="iam_user")
    fault = Fault(action, "ServiceFailure", message="no")
    with aws.cloud.faults(fault), pytest.raises(EngineError) as failed:
        rooted.write("config/rotate-root")

    assert str(failed.value) == text
    assert not isinstance(failed.value, UserError)
    assert len(keys(aws)) == keys_left
    assert stored(rooted)["access_key"] == keys(aws)[-1]
    rooted.revoke(rooted.issue("test").secret)


def test_nothing_is_deleted_of_a_user_that_the_mount_no_longer_is(
    rooted: EngineUnderTest, aws: Operator, root_config: dict[str, object]
) -> None:
    with aws.cloud.faults(Fault("DeleteAccessKey", "ServiceFailure")), pytest.raises(EngineError):
        rooted.write("config/rotate-root")
    rooted.write("config/root", **root_config)

    rooted.roll_back(immediate=True)

    assert len(keys(aws)) == 2
    assert rooted.write_ahead_log == []


def test_rotating_without_a_root_config_fails(engine: EngineUnderTest) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with pytest.raises(EngineError) as failed:
            engine.write("config/rotate-root")

    assert str(failed.value) == "no configuration found for config/root"
    assert not isinstance(failed.value, UserError)


def test_rotating_without_keys_is_refused(engine: EngineUnderTest) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        engine.write("config/root", region="eu-north-1")
        with pytest.raises(UserError) as refused:
            engine.write("config/rotate-root")

    assert str(refused.value) == (
        "Cannot call config/rotate-root when either access_key or secret_key is empty"
    )


def keys(aws: Operator) -> list[str]:
    listed = aws.iam.list_access_keys(UserName="root-to-rotate")["AccessKeyMetadata"]
    return [key["AccessKeyId"] for key in listed]


def stored(engine: EngineUnderTest) -> dict[str, str]:
    config: dict[str, str] = json.loads(engine.storage.entries["config/root"])
    return config
