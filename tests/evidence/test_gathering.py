"""Evidence from real servers; AWS is asked whose a key is and who exists."""

from pathlib import Path
from typing import Any

import pytest

from labkit import Lab
from labkit.evidence.analyse.orphans import KEY, LEASE, Orphan
from labkit.evidence.analyse.timeline import Lifetime
from labkit.evidence.collect.audit import AuditLog
from labkit.evidence.collect.collection import Collector
from labkit.evidence.evidence import Evidence
from labkit.flow import steps
from labkit.vault.leases import Lease, max_ttl

pytestmark = pytest.mark.integration


def life(lab: Lab, lease_id: str) -> Lifetime:
    return next(one for one in lab.lifetimes() if one.lease_id == lease_id)


def test_a_lease_that_others_issued_is_joined_by_its_access_key(lab: Lab) -> None:
    answer = lab.application().read("aws/creds/my-ec2-role")
    iam = lab.aws().client("iam")
    owner = iam.get_access_key_last_used(AccessKeyId=answer["data"]["access_key"])["UserName"]

    found = life(lab, answer["lease_id"])

    assert (found.user_name, found.ended_by) == (owner, "alive")
    lab.vault.sys.revoke_lease(answer["lease_id"])


def test_a_revocation_by_others_is_joined_by_the_hash_of_its_lease(lab: Lab) -> None:
    answer = lab.application().read("aws/creds/my-ec2-role")
    lab.root.write_data("sys/leases/revoke", data={"lease_id": answer["lease_id"], "sync": True})

    assert life(lab, answer["lease_id"]).ended_by == "revoked"


def test_a_renewal_by_others_is_known(lab: Lab) -> None:
    _, lease = lab.issue()
    lab.root.sys.renew_lease(lease.lease_id, increment=60)

    assert len(life(lab, lease.lease_id).renewals) == 1
    lab.revoke(lease)


@pytest.mark.parametrize("way", ["revoke-self", "revoke", "revoke-accessor"])
def test_a_lease_whose_token_is_revoked_dies_with_it(lab: Lab, way: str) -> None:
    application = lab.application()
    _, lease = lab.issue(vault=application)
    token = application.lookup_token()["data"]
    if way == "revoke-self":
        application.auth.token.revoke_self()
    elif way == "revoke":
        lab.root.auth.token.revoke(token["id"])
    else:
        lab.root.auth.token.revoke_accessor(token["accessor"])

    assert lab.wait_for_expiry(lease).ended
    assert life(lab, lease.lease_id).ended_by == "ended: its token died"


def test_leases_that_are_revoked_by_prefix_are_told_so(lab: Lab) -> None:
    _, lease = lab.issue()
    lab.root.sys.revoke_prefix(lease.lease_id)

    assert lab.wait_for_expiry(lease).ended
    assert life(lab, lease.lease_id).ended_by == "revoked by prefix"


def test_the_max_ttl_of_a_lease_is_that_of_its_issue(lab: Lab) -> None:
    _, before = lab.issue()
    steps.configure_lease(lab.setting, "1h", "90m")
    _, after = lab.issue()
    steps.configure_lease(lab.setting, "1h", "2h")

    assert (before.max_ttl, after.max_ttl) == (7200, 5400)
    lab.revoke(before)
    lab.revoke(after)


def test_the_mounts_own_limit_caps_the_max_ttl(lab: Lab) -> None:
    lab.vault.sys.tune_mount_configuration("aws", max_lease_ttl="30m")

    assert max_ttl(lab.vault) == 1800
    lab.vault.sys.tune_mount_configuration("aws", max_lease_ttl="768h")
    assert max_ttl(lab.vault) == 7200


def test_the_story_of_a_real_credential_is_in_order(lab: Lab) -> None:
    _, lease = lab.issue(vault=lab.application())
    lab.revoke(lease)

    told = [step.what for step in lab.story(lease).steps]

    assert told[:5] == [
        "write auth/approle/login",
        "read aws/creds/my-ec2-role",
        "CreateUser",
        "PutUserPolicy",
        "CreateAccessKey",
    ]
    assert told[5] == "write sys/leases/revoke"
    assert told[-1] == "DeleteUser"
    assert lab.story().lease_id == lab.lifetimes()[-1].lease_id


def test_orphans_are_named_with_who_did_it(lab: Lab) -> None:
    _, lease = lab.issue()
    iam = lab.aws().client("iam")
    assert of(lease, lab.orphans()) == []

    second = iam.create_access_key(UserName=lease.user_name)["AccessKey"]["AccessKeyId"]
    [key] = of(lease, lab.orphans())
    iam.delete_access_key(UserName=lease.user_name, AccessKeyId=second)
    take_away(iam, lease.user_name)
    [gone] = of(lease, lab.orphans())

    assert (key.kind, key.reason) == (KEY, "operator created it")
    assert (gone.kind, gone.reason) == (LEASE, f"operator deleted its user {lease.user_name}")
    lab.root.write_data(f"sys/leases/revoke-force/{lease.lease_id}")  # AWS has nothing to delete
    assert of(lease, lab.orphans()) == []


def of(lease: Lease, orphans: list[Orphan]) -> list[Orphan]:
    return [one for one in orphans if one.name.endswith((lease.lease_id, lease.user_name))]


def take_away(iam: Any, user_name: str) -> None:
    for key in iam.list_access_keys(UserName=user_name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user_name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=user_name)["PolicyNames"]:
        iam.delete_user_policy(UserName=user_name, PolicyName=policy)
    iam.delete_user(UserName=user_name)


def test_trying_who_can_do_what_leaves_nothing_behind(lab: Lab) -> None:
    def state() -> tuple[set[str], list[str]]:
        users = lab.aws().client("iam").list_users()["Users"]
        return {user["UserName"] for user in users}, lab.root.sys.list_acl_policies()["data"][
            "keys"
        ]

    before = state()

    attempts = lab.who_can_do_what()

    assert state() == before
    assert {one.outcome for one in attempts if one.identity == "root token"} == {"allowed"}
    assert {one.outcome for one in attempts if one.identity == "vault-root key"} == {
        "allowed",
        "denied by AWS",
    }


def test_revocation_latency_lies_between_two_real_uses(lab: Lab) -> None:
    found = lab.revocation_latencies(2)

    assert len(found) == 2
    assert all(0 <= one.at_least < one.at_most < 5 for one in found)


def test_revocation_latency_includes_the_time_that_a_deletion_takes_to_propagate(lab: Lab) -> None:
    with lab.aws_admin.propagation(new_keys=0.5, deleted_keys=0.5):
        [one] = lab.revocation_latencies(1)

    assert 0.2 < one.at_least < one.at_most < 5
    assert one.at_most > 0.5


def test_the_past_of_shared_servers_is_no_evidence(lab: Lab) -> None:
    _, before = lab.issue()
    gatherer = Collector(lab.root, AuditLog(Path(lab.endpoints.audit_log)), lab.aws_admin)
    evidence = Evidence()

    gatherer.skip()
    _, after = lab.issue()
    gatherer.gather(evidence)
    gatherer.gather(evidence)

    assert [one.user_name for one in evidence.lifetimes()] == [after.user_name]
    assert before.user_name not in {entry.target_user for entry in evidence.calls}
    assert len({entry.seq for entry in evidence.calls}) == len(evidence.calls)
    lab.revoke(before)
    lab.revoke(after)


def test_saved_evidence_draws_the_same_without_servers_and_holds_no_secret(
    lab: Lab, tmp_path: Path
) -> None:
    credentials, lease = lab.issue()
    lab.revoke(lease)
    path = tmp_path / "evidence.jsonl"
    lab.save(path)

    text = path.read_text()

    assert Evidence.load(path).lifetimes() == lab.lifetimes()
    for secret in (
        credentials.access_key,
        credentials.secret_key,
        lab.endpoints.root_token,
        lab.vault.token,
        lab.setting.access_key,
        lab.setting.secret_key,
        lab.endpoints.aws_token,
    ):
        assert secret not in text
