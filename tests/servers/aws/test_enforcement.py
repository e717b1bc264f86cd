"""IAM as the lab's AWS side enforces it; the oracle is boto3, an AWS client that knows no lab."""

from __future__ import annotations

import re
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from labkit.aws.admin import AwsAdmin
from labkit.servers.aws.api.vault_root import VAULT_ROOT_ACTIONS
from tests.servers.aws.people import person
from tests.servers.aws.roles import outcome
from tests.servers.aws.running import Keys, running_cloud, session_of, session_with

pytestmark = pytest.mark.integration


def test_a_user_may_do_what_the_policy_says_and_nothing_else(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        assert someone.session.client("ec2").describe_instances()["Reservations"] == []
        assert outcome(someone.session.client("s3").list_buckets) == "AccessDenied"
        assert outcome(someone.session.client("iam").list_users) == "AccessDenied"


def test_a_deleted_key_is_refused_by_the_next_call(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        ec2 = someone.session.client("ec2")
        ec2.describe_instances()
        session_of(cloud).client("iam").delete_access_key(
            UserName=someone.name, AccessKeyId=someone.keys.access_key
        )

        assert outcome(ec2.describe_instances) == "AuthFailure"
        assert outcome(someone.session.client("s3").list_buckets) == "InvalidAccessKeyId"
        sts = someone.session.client("sts")
        assert outcome(sts.get_caller_identity) == "InvalidClientTokenId"


def test_a_wrong_secret_is_refused(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        forged = session_with(cloud, Keys(someone.keys.access_key, "wrong" * 8))

        assert outcome(forged.client("iam").list_users) == "SignatureDoesNotMatch"
        assert outcome(forged.client("s3").list_buckets) == "SignatureDoesNotMatch"
        assert outcome(forged.client("ec2").describe_instances) == "AuthFailure"


def test_vault_root_may_do_only_what_vault_must(cloud: AwsAdmin) -> None:
    iam = session_of(cloud, "vault-root").client("iam")

    assert iam.get_user()["User"]["UserName"] == "vault-root"
    assert outcome(iam.list_users) == "AccessDenied"
    assert outcome(iam.create_role, RoleName="r", AssumeRolePolicyDocument="{}") == "AccessDenied"
    ec2 = session_of(cloud, "vault-root").client("ec2")
    assert outcome(ec2.describe_instances) == "UnauthorizedOperation"
    assert all(re.fullmatch("(iam|sts):[A-Z][A-Za-z]+", each) for each in VAULT_ROOT_ACTIONS)


def test_vault_root_may_manage_only_users_named_as_the_engine_names_them(cloud: AwsAdmin) -> None:
    vault, operator = (session_of(cloud, name).client("iam") for name in ("vault-root", "operator"))
    operator.create_user(UserName="billing")
    try:
        assert outcome(vault.create_access_key, UserName="billing") == "AccessDenied"
        assert outcome(vault.delete_user, UserName="billing") == "AccessDenied"
        assert outcome(vault.create_user, UserName="not-vault-a") == "AccessDenied"
        vault.create_user(UserName="vault-a")
        vault.delete_user(UserName="vault-a")
        assert vault.list_access_keys(UserName="vault-root")["AccessKeyMetadata"]
    finally:
        operator.delete_user(UserName="billing")


def test_the_first_request_of_all_is_refused_without_a_key() -> None:
    body = "Action=CreateUser&UserName=thief&Version=2010-05-08"
    scope = "AWS4-HMAC-SHA256 Credential=AKIATHIEF/20261123/us-east-1/iam/aws4_request"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": f"{scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20261123T000000Z",
    }
    with running_cloud() as fresh:
        answer = requests.post(fresh.url, data=body, headers=headers, timeout=10)

        assert answer.status_code in (400, 403)
        names = {user["UserName"] for user in session_of(fresh).client("iam").list_users()["Users"]}
        assert names == {"operator", "vault-root"}


@pytest.mark.parametrize(
    "path",
    [
        "/moto-api/data.json",
        "//moto-api/data.json",
        "/%6Doto-api/data.json",
        "///moto-api/data.json",
        "/./moto-api/data.json",
        "/x/../moto-api/data.json",
    ],
)
def test_motos_admin_api_shows_nobody_the_secrets(cloud: AwsAdmin, path: str) -> None:
    secret = cloud.identities()["operator"].secret_access_key
    address = urlsplit(cloud.url)
    scope = "AWS4-HMAC-SHA256 Credential=A/20261123/x/motoapi.amazonaws.com/aws4_request"
    for headers in ({}, {"Authorization": f"{scope}, Signature=0"}, {"X-Labkit-Token": "wrong"}):
        connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()

        assert answer.status >= 300
        assert secret.encode() not in answer.read()
        connection.close()


@pytest.mark.parametrize("path", ["/moto-api/reset-auth", "/moto-api/reset", "/moto-api/config"])
@pytest.mark.parametrize("token", [False, True])
def test_motos_admin_api_is_closed_to_everybody(cloud: AwsAdmin, path: str, *, token: bool) -> None:
    headers = {"X-Labkit-Token": cloud.token} if token else {}
    answer = requests.post(cloud.url + path, data="inf", headers=headers, timeout=10)

    assert answer.status_code in (403, 404, 405)
    stranger = session_with(cloud, Keys("AKIASTRANGER", "nothing"))
    assert outcome(stranger.client("iam").list_users) == "InvalidClientTokenId"
    assert session_of(cloud).client("iam").get_user()["User"]["UserName"] == "operator"


def test_the_server_listens_on_loopback_only(cloud: AwsAdmin) -> None:
    port = urlsplit(cloud.url).port
    assert port
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", port))
