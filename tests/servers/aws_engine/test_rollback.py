"""An issue that breaks off: nothing is handed out, and the write-ahead log removes the user."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws_engine.credentials.iam_user import delete_user
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError, UserError
from tests.servers.aws_engine.breaking import Killed
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY
from tests.servers.aws_engine.wire import LosesAnswers
from tests.servers.memory import MemoryStorage

pytestmark = pytest.mark.integration

AFTER_CREATE_USER = [
    ("AttachUserPolicy", "Error attaching user policy"),
    ("PutUserPolicy", "Error putting user policy"),
    ("AddUserToGroup", "Error adding user to group"),
    ("TagUser", "Error adding tags to user"),
    ("CreateAccessKey", "Error creating access keys"),
]


@pytest.fixture
def full(mounted: EngineUnderTest, aws: Operator) -> Iterator[EngineUnderTest]:
    """Return an engine with a role whose issue makes every call there is."""
    policy = aws.iam.create_policy(PolicyName="p", PolicyDocument=EC2_ONLY)["Policy"]["Arn"]
    aws.iam.create_group(GroupName="g")
    mounted.write(
        "roles/full",
        credential_type="iam_user",
        policy_arns=policy,
        policy_document=EC2_ONLY,
        iam_groups="g",
        iam_tags={"k": "v"},
    )
    yield mounted
    aws.cloud.set_faults([])
    mounted.roll_back(immediate=True)
    aws.iam.delete_group(GroupName="g")
    aws.iam.delete_policy(PolicyArn=policy)


@pytest.mark.parametrize(("action", "doing"), AFTER_CREATE_USER)
def test_user_of_a_broken_issue_is_deleted_after_five_minutes(
    full: EngineUnderTest, aws: Operator, action: str, doing: str
) -> None:
    aws.cloud.set_faults([Fault(action, "ServiceFailure", message="no")])
    with pytest.raises(UserError) as refused:
        full.issue("full")
    aws.cloud.set_faults([])
    assert str(refused.value) == f"{doing}: ServiceFailure: no"
    assert aws.calls_of()[-1] == action

    full.clock.now += 300
    full.roll_back()
    assert len(aws.new_users()) == len(full.write_ahead_log) == 1

    full.clock.now += 1
    full.roll_back()
    assert aws.new_users() == set()
    assert full.write_ahead_log == []


def test_entry_is_written_before_the_user_is_created(full: EngineUnderTest, aws: Operator) -> None:
    aws.cloud.set_faults([Fault("CreateAccessKey", "ServiceFailure")])
    with pytest.raises(UserError):
        full.issue("full")

    [entry] = full.write_ahead_log
    [username] = aws.new_users()
    assert full.storage.entries[f"wal/{entry}"] == (
        b'{"type": "user", "data": {"UserName": "%s"}, "created_at": 1700000000}'
        % username.encode()
    )


def test_a_refused_user_leaves_no_entry(full: EngineUnderTest, aws: Operator) -> None:
    aws.cloud.set_faults([Fault("CreateUser", "LimitExceeded", status=409, message="full")])

    with pytest.raises(UserError) as refused:
        full.issue("full")

    assert str(refused.value) == "Error creating IAM user: LimitExceeded: full"
    assert full.write_ahead_log == []
    assert aws.calls_of() == ["CreateUser"]


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([Fault("CreateUser", "ServiceFailure", status=500)], id="server fault"),
        pytest.param(
            [
                Fault("CreateUser", "Throttling", status=400, times=1),
                Fault("CreateUser", "LimitExceeded", status=409),
            ],
            id="refused at the second try",
        ),
    ],
)
def test_an_open_outcome_keeps_the_entry_and_rolling_back_no_user_is_fine(
    full: EngineUnderTest, aws: Operator, faults: list[Fault]
) -> None:
    full.write("config/root", max_retries=len(faults) - 1)
    aws.cloud.set_faults(faults)
    with pytest.raises(UserError):
        full.issue("full")
    aws.cloud.set_faults([])
    assert len(full.write_ahead_log) == 1

    full.roll_back(immediate=True)

    assert full.write_ahead_log == []
    assert aws.calls_of()[-1] == "ListGroupsForUser"


def test_user_whose_creation_was_answered_to_nobody_is_deleted(
    full: EngineUnderTest, aws: Operator
) -> None:
    with closing(LosesAnswers(aws.cloud.url)) as wire:
        full.write("config/root", iam_endpoint=wire.url)
        with pytest.raises(UserError, match=r"^Error creating IAM user: ConnectionClosedError: "):
            full.issue("full")
    assert len(aws.new_users()) == len(full.write_ahead_log) == 1

    full.write("config/root", iam_endpoint=aws.cloud.url)
    full.roll_back(immediate=True)

    assert aws.new_users() == set()
    assert full.write_ahead_log == []


def test_aws_down_at_issue_leaves_no_user(full: EngineUnderTest, aws: Operator) -> None:
    full.write("config/root", iam_endpoint="http://127.0.0.1:9")

    with pytest.raises(UserError, match=r"^Error creating IAM user: EndpointConnectionError: "):
        full.issue("full")

    full.write("config/root", iam_endpoint=aws.cloud.url)
    full.roll_back(immediate=True)
    assert aws.new_users() == set()
    assert full.write_ahead_log == []


def test_a_failed_rollback_is_told_and_tried_again(full: EngineUnderTest, aws: Operator) -> None:
    aws.cloud.set_faults([Fault("CreateAccessKey", "ServiceFailure")])
    with pytest.raises(UserError):
        full.issue("full")

    aws.cloud.set_faults([Fault("DeleteUser", "ServiceFailure", message="no")])
    with pytest.raises(EngineError, match='rolling back "user" entry: Error deleting IAM user: S'):
        full.roll_back(immediate=True)
    assert len(full.write_ahead_log) == 1
    aws.cloud.set_faults([])
    full.roll_back(immediate=True)

    assert aws.new_users() == set()
    assert full.write_ahead_log == []


def test_entry_without_a_user_name_is_told(engine: EngineUnderTest) -> None:
    wal.put(engine.storage, "user", {})

    with pytest.raises(EngineError, match="names no UserName"):
        engine.roll_back(immediate=True)


def test_no_credential_without_having_struck_out_the_entry(
    full: EngineUnderTest, aws: Operator
) -> None:
    full.storage = FailingStorage(full.storage.entries, failing="delete")
    with pytest.raises(EngineError) as failed:
        full.issue("full")
    assert str(failed.value) == "failed to commit WAL entry: storage is sealed"
    assert type(failed.value) is EngineError
    assert aws.calls_of()[-1] == "CreateAccessKey"

    full.storage = MemoryStorage(full.storage.entries)
    full.roll_back(immediate=True)

    assert aws.new_users() == set()


def test_a_user_whose_issue_was_killed_after_its_entry_was_deleted_stays(
    full: EngineUnderTest, aws: Operator
) -> None:
    full.storage = KilledAfterDelete(full.storage.entries)
    with pytest.raises(Killed):
        full.issue("full")
    full.storage = MemoryStorage(full.storage.entries)
    full.roll_back(immediate=True)
    left = aws.new_users()
    for name in left:
        delete_user(aws.iam, name, may_be_gone=False)

    assert len(left) == 1
    assert full.write_ahead_log == []


def test_no_aws_call_without_an_entry(full: EngineUnderTest, aws: Operator) -> None:
    full.storage = FailingStorage(full.storage.entries, failing="put")

    with pytest.raises(EngineError) as failed:
        full.issue("full")

    assert str(failed.value) == "error writing WAL entry: storage is sealed"
    assert aws.calls_of() == []


class KilledAfterDelete(MemoryStorage):
    """A storage whose process ends once an entry is deleted."""

    def delete(self, key: str) -> None:
        super().delete(key)
        raise Killed


@dataclass
class FailingStorage(MemoryStorage):
    """A storage that does not do one thing."""

    failing: str = ""

    def put(self, key: str, value: bytes, *, seal_wrap: bool = False) -> None:
        self._may("put")
        super().put(key, value, seal_wrap=seal_wrap)

    def delete(self, key: str) -> None:
        self._may("delete")
        super().delete(key)

    def _may(self, action: str) -> None:
        if self.failing == action:
            raise EngineError("storage is sealed")
