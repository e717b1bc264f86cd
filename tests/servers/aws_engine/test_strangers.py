"""Whatever breaks off, an undo deletes no key that somebody else made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError
from tests.servers.aws_engine.breaking import KINDS, Killed
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.scenarios import RotateRoot
from tests.servers.aws_engine.static_app import DAY, held, keys

pytestmark = pytest.mark.integration

ANSWERED_WITH_AN_ERROR = ("error", "throttle")
NOT_APPLIED = (*ANSWERED_WITH_AN_ERROR, "timeout", "killed before")
ROOT = "faulty-root"


@pytest.fixture
def root(mounted: EngineUnderTest, aws: Operator) -> Iterator[RotateRoot]:
    """Return the rotation of a root config whose IAM user is made for one test."""
    scenario = RotateRoot(mounted, aws)
    scenario.begin()
    yield scenario
    aws.cloud.set_faults([])
    scenario.end()


def stranger_key(aws: Operator, username: str) -> str:
    return str(aws.iam.create_access_key(UserName=username)["AccessKey"]["AccessKeyId"])


@contextmanager
def before_create_access_key(
    engine: EngineUnderTest, act: Callable[[], str]
) -> Iterator[list[str]]:
    """Let a stranger act after the engine has listed the keys, before it creates one."""
    events = engine.mount.clients.iam(engine.storage).meta.events
    made: list[str] = []

    def handle(**_: object) -> None:
        if not made:
            made.append(act())

    events.register_first("before-send.iam.CreateAccessKey", handle)
    try:
        yield made
    finally:
        events.unregister("before-send.iam.CreateAccessKey", handle)


def broken(engine: EngineUnderTest, aws: Operator, kind: str, action: str, path: str) -> None:
    with KINDS[kind](engine, aws, action), suppress(EngineError, Killed):
        engine.write(path)


@pytest.mark.parametrize("kind", NOT_APPLIED)
def test_rotate_root_leaves_a_key_from_before(root: RotateRoot, kind: str) -> None:
    stranger = stranger_key(root.aws, ROOT)

    broken(root.engine, root.aws, kind, "CreateAccessKey", "config/rotate-root")
    root.engine.roll_back(immediate=True)

    assert stranger in root.keys(ROOT)
    assert len(root.keys(ROOT)) == 2


@pytest.mark.parametrize("kind", ANSWERED_WITH_AN_ERROR)
def test_rotate_root_leaves_a_key_made_during_a_call_that_aws_refused(
    root: RotateRoot, kind: str
) -> None:
    with before_create_access_key(root.engine, lambda: stranger_key(root.aws, ROOT)) as made:
        broken(root.engine, root.aws, kind, "CreateAccessKey", "config/rotate-root")
    root.engine.roll_back(immediate=True)

    assert {*made} < root.keys(ROOT)


@pytest.mark.parametrize("kind", ["timeout", "killed before"])
def test_rotate_root_leaves_a_key_made_during_the_call_that_somebody_uses(
    root: RotateRoot, kind: str
) -> None:
    def use_a_new_key() -> str:
        key = root.aws.iam.create_access_key(UserName=ROOT)["AccessKey"]
        keys = key["AccessKeyId"], key["SecretAccessKey"]
        root.aws.client("sts", *keys).get_caller_identity()
        return str(key["AccessKeyId"])

    with before_create_access_key(root.engine, use_a_new_key) as made:
        broken(root.engine, root.aws, kind, "CreateAccessKey", "config/rotate-root")
    root.engine.roll_back(immediate=True)

    assert {*made} < root.keys(ROOT)


@pytest.mark.parametrize("kind", ["error", "throttle", "timeout"])
def test_rotate_root_leaves_a_key_from_after_the_call(root: RotateRoot, kind: str) -> None:
    broken(root.engine, root.aws, kind, "CreateAccessKey", "config/rotate-root")
    stranger = stranger_key(root.aws, ROOT)
    root.engine.roll_back(immediate=True)

    assert stranger in root.keys(ROOT)
    assert root.engine.write_ahead_log == []


def test_rotate_root_leaves_a_key_made_long_after_it_was_killed(root: RotateRoot) -> None:
    broken(root.engine, root.aws, "killed before", "CreateAccessKey", "config/rotate-root")
    [(entry, data)] = wal.entries(root.engine.storage, "root_key")
    long_ago = {**data, "Since": "2020-01-01T00:00:00+00:00"}
    wal.amend(root.engine.storage, entry, long_ago)
    stranger = stranger_key(root.aws, ROOT)

    root.engine.roll_back(immediate=True)

    assert stranger in root.keys(ROOT)


@pytest.mark.parametrize("kind", KINDS)
def test_rotate_root_whose_last_call_failed_deletes_only_the_old_key(
    root: RotateRoot, kind: str
) -> None:
    [old] = root.keys(ROOT)
    broken(root.engine, root.aws, kind, "DeleteAccessKey", "config/rotate-root")
    if old in root.keys(ROOT):  # no room for a third key
        root.aws.iam.delete_access_key(UserName=ROOT, AccessKeyId=old)
    stranger = stranger_key(root.aws, ROOT)

    root.engine.roll_back(immediate=True)

    assert stranger in root.keys(ROOT)
    assert len(root.keys(ROOT)) == 2
    assert root.engine.write_ahead_log == []


def test_rotate_root_that_was_refused_twice_leaves_the_strangers_key(root: RotateRoot) -> None:
    root.engine.write("config/root", max_retries=1)
    stranger = stranger_key(root.aws, ROOT)
    faults = Fault("CreateAccessKey", "ServiceFailure", status=503, times=1)
    with root.aws.cloud.faults(faults), pytest.raises(EngineError, match="LimitExceeded"):
        root.engine.write("config/rotate-root")

    root.engine.roll_back(immediate=True)

    assert stranger in root.keys(ROOT)


def test_a_key_that_may_be_a_strangers_is_named_in_the_log(
    root: RotateRoot, caplog: pytest.LogCaptureFixture
) -> None:
    broken(root.engine, root.aws, "timeout", "CreateAccessKey", "config/rotate-root")
    stranger = stranger_key(root.aws, ROOT)
    with caplog.at_level(logging.WARNING):
        root.engine.roll_back(immediate=True)

    assert f"may have created access key {stranger} of IAM user {ROOT}" in caplog.text


@pytest.mark.parametrize("data", [{}, {"Known": None, "Since": None, "Old": "AKIAEXAMPLE"}])
def test_an_entry_without_proof_deletes_no_key(root: RotateRoot, data: dict[str, object]) -> None:
    stranger = stranger_key(root.aws, ROOT)
    wal.put(root.engine.storage, "root_key", {"UserName": ROOT, **data}, clock=root.engine.clock)

    root.engine.roll_back(immediate=True)

    assert stranger in root.keys(ROOT)
    assert root.engine.write_ahead_log == []


@pytest.mark.parametrize("kind", NOT_APPLIED)
def test_a_static_role_leaves_a_key_from_before(
    mounted: EngineUnderTest, aws: Operator, user: str, kind: str
) -> None:
    stranger = stranger_key(aws, user)
    with KINDS[kind](mounted, aws, "CreateAccessKey"), pytest.raises((EngineError, Killed)):
        mounted.write("static-roles/s", username=user, rotation_period="1d")

    mounted.roll_back(immediate=True)

    assert keys(aws) == [stranger]


@pytest.mark.parametrize("kind", ["error", "throttle", "timeout"])
def test_a_static_role_leaves_a_key_from_after_the_call(
    mounted: EngineUnderTest, aws: Operator, user: str, kind: str
) -> None:
    with KINDS[kind](mounted, aws, "CreateAccessKey"), pytest.raises(EngineError):
        mounted.write("static-roles/s", username=user, rotation_period="1d")
    stranger = stranger_key(aws, user)

    mounted.roll_back(immediate=True)

    assert keys(aws) == [stranger]


def test_a_rotation_that_was_interrupted_leaves_a_key_from_after_it(
    static: EngineUnderTest, aws: Operator
) -> None:
    static.clock.now += DAY
    with KINDS["timeout"](static, aws, "CreateAccessKey"), pytest.raises(EngineError):
        static.roll_back()
    first, stranger = held(static)["access_key"], stranger_key(aws, "app")
    static.write("static-roles/s", rotation_period="10d")  # so that the rollback does not rotate

    static.roll_back(immediate=True)

    assert keys(aws) == [first, stranger]


def test_deleting_a_static_role_leaves_a_strangers_key(
    static: EngineUnderTest, aws: Operator
) -> None:
    stranger = stranger_key(aws, "app")

    static.delete("static-roles/s")

    assert keys(aws) == [stranger]
