"""Credentials of every kind and every mount: none is an orphan, all are evidence."""

import json
import threading
from collections.abc import Iterator

import hvac
import pytest

from labkit import Lab
from labkit.evidence.analyse.orphans import USER, Orphan
from labkit.flow import steps
from labkit.vault.leases import Lease

pytestmark = pytest.mark.integration

MOUNT = "team/cloud"


@pytest.fixture(scope="module")
def mounted(lab: Lab) -> Iterator[Lab]:
    at = lab.setting
    keys = {"access_key": at.access_key, "secret_key": at.secret_key, "region": at.region}
    endpoints = {"iam_endpoint": at.aws_url, "sts_endpoint": at.aws_url}
    document = json.dumps(steps.POLICY_DOCUMENT)
    lab.root.sys.enable_secrets_engine("aws", path=MOUNT)
    lab.root.write_data(f"{MOUNT}/config/root", data=keys | endpoints)
    user = {"credential_type": "iam_user", "policy_document": document}
    lab.root.write_data(f"{MOUNT}/roles/user", data=user)
    lab.root.write_data(f"{MOUNT}/roles/session", data={"credential_type": "session_token"})
    yield lab
    lab.root.sys.disable_secrets_engine(MOUNT)


@pytest.mark.parametrize("path", ["creds/user", "creds/session", "sts/session"])
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_each_way_to_issue_is_evidence_and_no_orphan(mounted: Lab, path: str, method: str) -> None:
    answer = mounted.root.adapter.request(method, f"/v1/{MOUNT}/{path}")

    found = {one.lease_id: one for one in mounted.lifetimes()}

    assert found[answer["lease_id"]].ended_by == "alive"
    assert bool(found[answer["lease_id"]].user_name) == (path == "creds/user")
    assert about(mounted.orphans(), MOUNT) == []
    mounted.root.sys.revoke_lease(answer["lease_id"])


def test_a_wrapped_credential_is_no_orphan_and_known_once_unwrapped(mounted: Lab) -> None:
    wrapped = mounted.root.adapter.request(
        "get", f"/v1/{MOUNT}/creds/user", headers={"X-Vault-Wrap-TTL": "60s"}
    )
    assert mounted.orphans() == []

    answer = mounted.client(wrapped["wrap_info"]["token"]).sys.unwrap()

    life = next(one for one in mounted.lifetimes() if one.lease_id == answer["lease_id"])
    assert life.user_name.startswith("vault-")
    assert mounted.orphans() == []
    mounted.root.sys.revoke_lease(answer["lease_id"])


def test_leases_that_come_and_go_are_no_orphans(mounted: Lab) -> None:
    over = threading.Event()

    def churn(client: hvac.Client) -> None:
        while not over.is_set():
            answer = client.read(f"{MOUNT}/creds/user")
            client.sys.revoke_lease(answer["lease_id"])

    clients = [mounted.client(mounted.root.token) for _ in range(3)]
    threads = [threading.Thread(target=churn, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        seen = [mounted.orphans() for _ in range(3)]
    finally:
        over.set()
        for thread in threads:
            thread.join()

    assert seen == [[], [], []]


def test_an_orphan_is_removed_and_a_bystander_stays(mounted: Lab) -> None:
    iam = mounted.aws().client("iam")
    iam.create_user(UserName="bystander")
    _, lease = mounted.issue()
    key = iam.create_access_key(UserName=lease.user_name)["AccessKey"]["AccessKeyId"]
    stuck = leave_behind(mounted)

    found = mounted.orphans(remove=True)

    assert {one.name for one in found if one.kind == USER} == {stuck.user_name}
    assert mounted.orphans() == []
    left = iam.list_access_keys(UserName=lease.user_name)["AccessKeyMetadata"]
    assert len(left) == 1
    assert left[0]["AccessKeyId"] != key
    assert iam.get_user(UserName="bystander")
    iam.delete_user(UserName="bystander")
    mounted.revoke(lease)


def leave_behind(lab: Lab) -> Lease:
    """Revoke a lease by force while AWS refuses to delete its user."""
    from labkit import Fault

    _, lease = lab.issue()
    with lab.aws_admin.faults(Fault("DeleteUser", "DeleteConflict", 409)):
        lab.root.write_data(f"sys/leases/revoke-force/{lease.lease_id}")
    return lease


def about(orphans: list[Orphan], mount: str) -> list[Orphan]:
    return [one for one in orphans if one.name.startswith(mount)]
