"""The engine as a plugin process of a real server."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import hvac
import pytest

from labkit.servers.aws.api.fault import Fault
from tests.servers.aws_engine.operator import Operator
from tests.servers.plugin.conftest import Server, kill_plugin, wait_until

pytestmark = pytest.mark.integration


def test_credential_is_issued_renewed_and_revoked(vault: hvac.Client, aws: Operator) -> None:
    vault.write_data("aws/config/lease", data={"lease": "1m", "lease_max": "2m"})
    issued = vault.read("aws/creds/test")
    [username] = aws.new_users()

    assert username.startswith("vault-root-test-")
    assert issued["data"].keys() == {"access_key", "secret_key", "security_token"}
    assert issued["lease_id"].startswith("aws/creds/test/")
    assert (issued["lease_duration"], issued["renewable"]) == (60, True)
    assert aws.outcome(issued["data"], "ec2", "describe_instances") == "allowed"

    vault.write_data("aws/config/lease", data={"lease": "90s", "lease_max": "100s"})
    renewed = vault.sys.renew_lease(issued["lease_id"])
    capped = vault.sys.renew_lease(issued["lease_id"], increment=3600)

    assert renewed["lease_duration"] == 90
    assert 90 < capped["lease_duration"] <= 100

    revoke(vault, issued)

    assert aws.new_users() == set()
    assert aws.outcome(issued["data"], "ec2", "describe_instances") == "AuthFailure"


def test_user_goes_when_its_lease_expires(vault: hvac.Client, aws: Operator) -> None:
    vault.write_data("aws/config/lease", data={"lease": "1s", "lease_max": "1s"})

    issued = vault.read("aws/creds/test")
    assert issued["lease_duration"] == 1
    assert len(aws.new_users()) == 1

    wait_until(lambda: aws.new_users() == set(), "the user is gone")


def test_32_credentials_at_once(vault: hvac.Client, aws: Operator) -> None:
    with ThreadPoolExecutor(32) as threads:
        issued = list(threads.map(vault.read, ["aws/creds/test"] * 32))

    assert len({each["data"]["access_key"] for each in issued}) == 32
    assert len(aws.new_users()) == 32

    vault.sys.revoke_prefix("aws/creds/test")

    wait_until(lambda: aws.new_users() == set(), "all users are gone")


@pytest.mark.parametrize("through", ["creds", "sts"])
def test_sts_credentials_have_leases_that_cannot_be_renewed_or_taken_back(
    vault: hvac.Client, aws: Operator, through: str
) -> None:
    role = {"credential_type": "session_token", "max_sts_ttl": "20m"}
    vault.write_data("aws/roles/session", data=role)

    issued = vault.write_data(f"aws/{through}/session", data={"ttl": "1h"})

    assert issued["lease_id"].startswith(f"aws/{through}/session/")
    assert issued["renewable"] is False
    assert 1190 < issued["lease_duration"] == issued["data"]["ttl"] <= 1200
    with pytest.raises(hvac.exceptions.InvalidRequest, match="lease is not renewable"):
        vault.sys.renew_lease(issued["lease_id"])
    revoke(vault, issued)
    assert aws.outcome(issued["data"], "sts", "get_caller_identity") == "allowed"


def test_a_static_role_outlives_its_engine(
    server: Server, vault: hvac.Client, aws: Operator
) -> None:
    aws.iam.create_user(UserName="app")
    role = {"username": "app", "rotation_period": "1d"}
    written = vault.write_data("aws/static-roles/s", data=role)
    held = vault.read("aws/static-creds/s")

    kill_plugin(server, "aws/config/root")

    assert written["data"]["rotation_period"] == 86_400
    assert (held["lease_id"], held["lease_duration"]) == ("", 0)
    assert vault.read("aws/static-creds/s")["data"] == held["data"]
    assert vault.list("aws/static-roles")["data"] == {"keys": ["s"]}
    assert aws.outcome(held["data"], "sts", "get_caller_identity") == "allowed"
    vault.delete("aws/static-roles/s")
    assert aws.outcome(held["data"], "sts", "get_caller_identity") == "InvalidClientTokenId"
    aws.iam.delete_user(UserName="app")


@pytest.mark.skipif(not os.environ.get("CI"), reason="takes two minutes; CI runs it")
def test_a_static_role_rotates_by_itself_when_its_time_is_up_though_its_engine_was_killed(
    server: Server, vault: hvac.Client, aws: Operator
) -> None:
    aws.iam.create_user(UserName="app")
    role = {"username": "app", "rotation_period": "60s"}  # the shortest
    vault.write_data("aws/static-roles/s", data=role)
    held = vault.read("aws/static-creds/s")["data"]
    due = datetime.fromisoformat(held["expiration"]).timestamp()
    [pid] = server.plugins()
    os.kill(pid, signal.SIGKILL)

    def is_rotated() -> bool:
        return len(aws.iam.list_access_keys(UserName="app")["AccessKeyMetadata"]) == 2

    # The server runs what is periodic once a minute, so it can come a minute late.
    wait_until(is_rotated, "Vault has made a new key", 60 + 60 + 20)

    rotated = time.time()
    fresh = vault.read("aws/static-creds/s")["data"]
    assert due <= rotated
    assert fresh["access_key"] != held["access_key"]
    assert aws.outcome(fresh, "sts", "get_caller_identity") == "allowed"
    assert aws.outcome(held, "sts", "get_caller_identity") == "allowed"  # until the next rotation
    vault.delete("aws/static-roles/s")
    aws.iam.delete_access_key(UserName="app", AccessKeyId=held["access_key"])
    aws.iam.delete_user(UserName="app")


def test_a_killed_engine_comes_back_and_revokes(
    server: Server, vault: hvac.Client, aws: Operator
) -> None:
    issued = vault.read("aws/creds/test")

    pid = kill_plugin(server, "aws/config/root")
    revoke(vault, issued)

    assert aws.new_users() == set()
    assert server.plugins() != [pid]


def test_client_sees_vaults_statuses_and_texts(vault: hvac.Client, aws: Operator) -> None:
    aws.cloud.set_faults([Fault("CreateUser", "Throttling", status=400)])
    asks: list[tuple[Any, type[Exception], str]] = [
        (lambda: vault.read("aws/creds/nobody"), hvac.exceptions.InvalidRequest, "not found"),
        (lambda: vault.read("aws/creds/test"), hvac.exceptions.BadGateway, "IAM user: Throttling"),
        (
            lambda: vault.write_data("aws/roles/bad", data={"policy_document": "{"}),
            hvac.exceptions.InvalidRequest,
            "cannot parse policy document",
        ),
        (
            lambda: vault.write_data("aws/config/root", data={"rotation_period": 60}),
            hvac.exceptions.InvalidRequest,
            "rotation manager capabilities not supported in Vault community edition",
        ),
    ]
    for ask, refusal, text in asks:
        with pytest.raises(refusal, match=text):
            ask()

    assert vault.read("aws/roles/nobody") is None
    assert vault.list("aws/roles")["data"] == {"keys": ["test"]}
    assert vault.write_data("aws/roles/test", data={"iam_groups": ""}).status_code == 204
    assert aws.new_users() == set()


def test_secret_keys_stay_out_of_the_servers_log(
    server: Server, vault: hvac.Client, aws: Operator, root_config: dict[str, object]
) -> None:
    issued = vault.read("aws/creds/test")
    aws.cloud.set_faults([Fault("PutUserPolicy", "ServiceFailure")])
    with pytest.raises(hvac.exceptions.InvalidRequest):
        vault.read("aws/creds/test")
    aws.cloud.set_faults([])
    aws.iam.delete_user(UserName=next(iter(aws.new_users() - {user_of(aws, issued)})))

    log = server.log.read_text()

    assert issued["data"]["secret_key"] not in log
    assert str(root_config["secret_key"]) not in log


def revoke(vault: hvac.Client, issued: dict[str, Any]) -> None:
    vault.write_data("sys/leases/revoke", data={"lease_id": issued["lease_id"], "sync": True})


def user_of(aws: Operator, issued: dict[str, Any]) -> str:
    key = issued["data"]["access_key"]
    used = aws.iam.get_access_key_last_used(AccessKeyId=key)
    return str(used["UserName"])
