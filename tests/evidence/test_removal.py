"""Orphans in real servers: what is removed, what is left, and what happens while AWS is down."""

import json
from collections.abc import Iterator

import pytest

from labkit import Lab, LabError
from labkit.evidence.analyse.orphans import DELETE_USER, REVOKE
from labkit.servers.aws.api.fault import Fault
from labkit.vault.leases import Lease

pytestmark = pytest.mark.integration

DOWN = Fault("*", "ServiceUnavailable", 503)


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    """Start a lab for this file alone: a removal would find the leases of other tests."""
    with Lab.start(through="role", runtime="embedded", alongside=True) as running:
        yield running


def user_names(lab: Lab) -> set[str]:
    return {user["UserName"] for user in lab.aws().client("iam").list_users()["Users"]}


def left_behind(lab: Lab) -> Lease:
    """Issue, and revoke by force while AWS refuses to delete: its user stays in AWS."""
    _, lease = lab.issue()
    with lab.aws_admin.faults(Fault("DeleteUser", "DeleteConflict", 409)):
        lab.root.write_data(f"sys/leases/revoke-force/{lease.lease_id}")
    return lease


def test_each_orphan_is_named_with_what_removes_it_before_it_is_removed(
    own: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        "labkit.experiments.observing.in_place",
        lambda: lambda grid: shown.append(f"{grid.rows} {user_names(own)}"),
    )
    lease = left_behind(own)

    [orphan] = own.orphans(remove=True)

    assert (orphan.name, orphan.remedy) == (lease.user_name, DELETE_USER)
    assert "orphans(remove=True)" in orphan.advice
    assert shown[0].count(lease.user_name) == 2, "it was named while it still existed"
    assert lease.user_name not in user_names(own)
    assert own.orphans() == []


def test_a_user_of_a_stranger_is_named_but_never_removed(own: Lab) -> None:
    iam = own.aws().client("iam")
    for name in ("vault-of-somebody-else", "billing"):
        iam.create_user(UserName=name)
        iam.create_access_key(UserName=name)
    lease = left_behind(own)

    found = {one.name: one.remedy for one in own.orphans(remove=True)}

    assert found == {lease.user_name: DELETE_USER, "vault-of-somebody-else": None}
    assert {"vault-of-somebody-else", "billing"} <= user_names(own)
    for name in ("vault-of-somebody-else", "billing"):
        [key] = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=name)


def test_a_removal_while_aws_is_down_says_so_and_goes_on_later(own: Lab) -> None:
    first, second = left_behind(own), left_behind(own)
    once_fine = Fault("DeleteUser", "ServiceUnavailable", 503)

    with (
        own.aws_admin.faults(once_fine),
        pytest.raises(LabError, match=r"Removed 0 of 2 orphans, then AWS was down: DeleteUser"),
    ):
        own.orphans(remove=True)
    assert {first.user_name, second.user_name} <= user_names(own)

    assert len(own.orphans(remove=True)) == 2
    assert own.orphans() == []


def test_while_aws_is_down_nothing_is_taken_for_an_orphan(own: Lab) -> None:
    _, lease = own.issue()

    with own.aws_admin.faults(DOWN), pytest.raises(LabError, match="Does AWS answer"):
        own.orphans(remove=True)

    assert own.look(lease).key_works
    own.revoke(lease)


def test_a_user_that_aws_refuses_to_delete_does_not_keep_the_others(own: Lab) -> None:
    users = {left_behind(own).user_name, left_behind(own).user_name}
    refused_once = Fault("DeleteUser", "DeleteConflict", 409, times=1)

    with (
        own.aws_admin.faults(refused_once),
        pytest.raises(LabError, match=r"Removed 1 of 2 orphans\. AWS refused: vault-.*DeleteConfl"),
    ):
        own.orphans(remove=True)

    assert len(users & user_names(own)) == 1
    own.orphans(remove=True)
    assert users & user_names(own) == set()


def test_a_user_with_a_login_profile_and_a_second_policy_is_removed(own: Lab) -> None:
    lease = left_behind(own)
    iam = own.aws().client("iam")
    iam.create_login_profile(UserName=lease.user_name, Password="Not-A-Secret-1!")  # noqa: S106
    any_s3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [any_s3]})
    iam.put_user_policy(UserName=lease.user_name, PolicyName="more", PolicyDocument=document)

    own.orphans(remove=True)

    assert lease.user_name not in user_names(own)


def test_a_lease_whose_user_is_gone_is_revoked(own: Lab) -> None:
    _, lease = own.issue()
    iam = own.aws().client("iam")
    [key] = iam.list_access_keys(UserName=lease.user_name)["AccessKeyMetadata"]
    iam.delete_access_key(UserName=lease.user_name, AccessKeyId=key["AccessKeyId"])
    for name in iam.list_user_policies(UserName=lease.user_name)["PolicyNames"]:
        iam.delete_user_policy(UserName=lease.user_name, PolicyName=name)
    iam.delete_user(UserName=lease.user_name)

    [orphan] = own.orphans(remove=True)

    assert (orphan.name, orphan.remedy) == (lease.lease_id, REVOKE)
    assert own.orphans() == []
