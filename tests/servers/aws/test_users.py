"""Users are found without a walk over all users."""

from __future__ import annotations

import time
from typing import NoReturn

import pytest
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Sessions
from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.door.stored import resources
from labkit.servers.aws.door.stored.resources import find
from labkit.servers.aws.door.stored.users import IndexedUsers
from labkit.servers.aws.patches import State, users
from labkit.servers.aws.rules import names

REGION = "us-east-1"


class WalkedError(Exception):
    """All users were looked at."""


class Unwalkable(IndexedUsers):
    """Users that can only be asked for by their names."""

    def __iter__(self) -> NoReturn:
        raise WalkedError

    def values(self) -> NoReturn:
        raise WalkedError


@pytest.fixture
def iam(monkeypatch: pytest.MonkeyPatch) -> IAMBackend:
    """Return moto's IAM, patched, with the users `Alice` and `bob`."""
    monkeypatch.setattr(IAMBackend, "get_access_key_last_used", IAMBackend.get_access_key_last_used)
    iam = IAMBackend(REGION, "123456789012")
    for module in (users, resources):
        monkeypatch.setattr(module, "iam_of_account", lambda: iam)
    users.patch(State(Sessions(), PendingKeyChanges(), time.time))
    for name in ("Alice", "bob"):
        iam.create_user(REGION, name)
    return iam


def create(iam: IAMBackend, name: str) -> None:
    names.check(iam, ServiceOperation("iam", "CreateUser", {"UserName": name}))
    iam.create_user(REGION, name)


@pytest.mark.parametrize("name", ["alice", "ALICE", "Bob"])
def test_a_name_that_differs_by_case_is_taken(iam: IAMBackend, name: str) -> None:
    with pytest.raises(Refusal, match="EntityAlreadyExists"):
        create(iam, name)


def test_the_name_of_a_deleted_user_is_free(iam: IAMBackend) -> None:
    iam.delete_user("Alice")
    create(iam, "alice")

    assert {"alice", "bob"} == iam.users.keys()


def test_a_renamed_user_leaves_its_old_name(iam: IAMBackend) -> None:
    iam.update_user("Alice", new_user_name="carol")
    create(iam, "alice")

    assert {"alice", "bob", "carol"} == iam.users.keys()
    with pytest.raises(Refusal, match="EntityAlreadyExists"):
        create(iam, "CAROL")


def test_no_walk_finds_a_user_by_name_or_key(
    iam: IAMBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = iam.create_access_key("bob").access_key_id
    monkeypatch.setattr(iam, "users", Unwalkable(iam.users))
    create(iam, "carol")

    assert str(find("user", "bob")).endswith(":user/bob")
    assert str(find("access-key", key)).endswith(":user/bob")
    assert find("user", "nobody") is None
    assert iam.get_access_key_last_used(key)["user_name"] == "bob"


def test_a_key_that_no_user_has_is_not_found(iam: IAMBackend) -> None:
    session = iam.create_temp_access_key().access_key_id
    for key in (session, "AKIAUNKNOWN"):
        with pytest.raises(NotFoundException):
            iam.get_access_key_last_used(key)
