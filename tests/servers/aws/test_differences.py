"""Each difference from AWS that `DIFFERENCES` lists, shown on the running server."""

from __future__ import annotations

import sys
import time

import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from labkit.aws.admin import AwsAdmin
from labkit.servers.aws.patches import DIFFERENCES
from tests.servers.aws.people import person
from tests.servers.aws.raw import send, signed
from tests.servers.aws.roles import ALLOWED, ROLE_ARN, UNCHECKED, assume, outcome, permit, role
from tests.servers.aws.running import REGION, Keys, session_of

pytestmark = pytest.mark.integration


def test_short_sessions(cloud: AwsAdmin) -> None:
    with role(cloud):
        session = assume(cloud, DurationSeconds=3)
        assert outcome(session.client("ec2").describe_instances) == ALLOWED
        deadline = time.monotonic() + 10
        while outcome(session.client("ec2").describe_instances) == ALLOWED:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_one_account(cloud: AwsAdmin) -> None:
    sts = session_of(cloud).client("sts")
    other = ROLE_ARN.replace("123456789012", "999999999999")

    assert outcome(sts.assume_role, RoleArn=other, RoleSessionName="session") == "AccessDenied"


def test_mfa_codes(cloud: AwsAdmin) -> None:
    sts = session_of(cloud).client("sts")
    no_device = "arn:aws:iam::123456789012:mfa/nobody"

    assert outcome(sts.get_session_token, SerialNumber=no_device, TokenCode="000000") == ALLOWED


def test_signing_region(cloud: AwsAdmin) -> None:
    me = cloud.identities()["operator"]
    keys = Keys(me.access_key_id, me.secret_access_key)
    body = b"Action=ListUsers&Version=2010-05-08"

    answer = send(cloud, signed(cloud, keys, "iam", body=body))

    assert answer.status == 200
    assert cloud.journal()[-1].region == REGION != "us-east-1"


def test_no_root_user(cloud: AwsAdmin) -> None:
    session = session_of(cloud)
    organizations = session.client("organizations")

    assert session.client("iam").get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0
    assert outcome(organizations.describe_organization) == "ServiceNotOpen"


def test_web_identity(cloud: AwsAdmin) -> None:
    sts = session_of(cloud).client("sts", config=Config(signature_version=UNSIGNED))
    asked = {"RoleArn": ROLE_ARN, "RoleSessionName": "session", "WebIdentityToken": "x" * 20}

    assert outcome(sts.assume_role_with_web_identity, **asked) == "MissingAuthenticationToken"


def test_consistency(cloud: AwsAdmin) -> None:
    """In AWS a new policy is in force after some seconds."""
    with person(cloud) as someone:
        s3 = someone.session.client("s3")
        for _ in range(5):
            permit(cloud, someone, "s3:*")
            assert outcome(s3.list_buckets) == ALLOWED
            permit(cloud, someone, "ec2:*")
            assert outcome(s3.list_buckets) == "AccessDenied"


def test_bucket_acls(cloud: AwsAdmin) -> None:
    s3 = session_of(cloud).client("s3", config=UNCHECKED)
    here = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="public-by-acl", CreateBucketConfiguration=here)
    try:
        s3.put_bucket_acl(Bucket="public-by-acl", ACL="public-read")
        assert requests.get(f"{cloud.url}/public-by-acl", timeout=10).status_code == 403
    finally:
        s3.delete_bucket(Bucket="public-by-acl")


def test_every_difference_has_a_test_and_each_test_a_difference() -> None:
    tests = {name.removeprefix("test_").replace("_", " ") for name in dir(sys.modules[__name__])}

    assert {name for name in tests if name in DIFFERENCES} == set(DIFFERENCES)
