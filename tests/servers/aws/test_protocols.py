"""Real SDK calls of every protocol: allowed, denied, refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.config import Config

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.people import person
from tests.servers.aws.raw import Raw, send
from tests.servers.aws.roles import outcome, permit
from tests.servers.aws.running import REGION, Keys, session_of, session_with

pytestmark = pytest.mark.integration

# A call of each protocol: its name, the codes of a denial, of an unknown key, of a wrong secret.
PROTOCOLS: dict[str, tuple[str, str, str, str, str]] = {
    "query": ("iam", "list_users", "AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    "ec2": ("ec2", "describe_vpcs", "UnauthorizedOperation", "AuthFailure", "AuthFailure"),
    "rest-xml": (
        "s3",
        "list_buckets",
        "AccessDenied",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
    ),
    "json": (
        "dynamodb",
        "list_tables",
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
    ),
    "rest-json": (
        "lambda",
        "list_functions",
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
    ),
}


def call(session: Any, protocol: str) -> str:
    service, method, *_ = PROTOCOLS[protocol]
    return outcome(getattr(session.client(service), method))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_protocol_says_allowed_and_denied_in_its_own_words(
    cloud: AwsAdmin, protocol: str
) -> None:
    _, _, denied, unknown, wrong = PROTOCOLS[protocol]
    with person(cloud) as someone:
        permit(cloud, someone, "sqs:*")
        forged = session_with(cloud, Keys(someone.keys.access_key, "wrong" * 8))
        stranger = session_with(cloud, Keys("AKIASTRANGER", "nothing"))

        assert call(session_of(cloud), protocol) == "allowed"
        assert call(someone.session, protocol) == denied
        assert call(forged, protocol) == wrong
        assert call(stranger, protocol) == unknown


def test_unsigned_requests_of_each_protocol_are_missing_a_token(cloud: AwsAdmin) -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    target = (("X-Amz-Target", "DynamoDB_20120810.ListTables"),)
    users = send(cloud, Raw("POST", "/", b"Action=ListUsers&Version=2010-05-08", form))
    vpcs = send(cloud, Raw("POST", "/", b"Action=DescribeVpcs&Version=2016-11-15", form))
    tables = send(cloud, Raw("POST", "/", b"{}", target))
    bucket = send(cloud, Raw("GET", "/bucket"))

    assert (users.status, "MissingAuthenticationToken" in users.text) == (403, True)
    assert (vpcs.status, "MissingAuthenticationToken" in vpcs.text) == (403, True)
    assert (tables.status, "MissingAuthenticationToken" in tables.text) == (403, True)
    assert (bucket.status, "AccessDenied" in bucket.text) == (403, True)


@pytest.fixture
def bucket(cloud: AwsAdmin) -> Iterator[str]:
    s3 = session_of(cloud).client("s3")
    s3.create_bucket(Bucket="door", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="door", Key="a/b c", Body=b"text")
    yield "door"
    for listed in s3.list_objects_v2(Bucket="door").get("Contents", []):
        s3.delete_object(Bucket="door", Key=listed["Key"])
    s3.delete_bucket(Bucket="door")


def test_presigned_requests_work_for_what_they_were_signed_for(
    cloud: AwsAdmin, bucket: str
) -> None:
    s3 = session_of(cloud).client("s3", config=Config(signature_version="s3v4"))
    where = {"Bucket": bucket, "Key": "a/b c"}
    get = s3.generate_presigned_url("get_object", where, ExpiresIn=60)
    put = s3.generate_presigned_url("put_object", where, ExpiresIn=60)

    assert requests.get(get, timeout=10).content == b"text"
    assert requests.put(put, data=b"more", timeout=10).ok
    assert requests.get(get, timeout=10).content == b"more"
    assert requests.put(get, data=b"x", timeout=10).status_code == 403
    assert requests.get(get.replace("a/b", "a/c"), timeout=10).status_code == 403
    assert requests.get(get + "&X-Amz-Expires=9", timeout=10).status_code == 400
    assert requests.get(get[:-2] + "00", timeout=10).status_code == 403


def test_an_upload_by_a_form_follows_its_policy(cloud: AwsAdmin, bucket: str) -> None:
    s3 = session_of(cloud).client("s3", config=Config(signature_version="s3v4"))
    form = s3.generate_presigned_post(bucket, "up", Conditions=[["content-length-range", 1, 9]])
    url = f"{cloud.url}/{bucket}"

    def post(fields: dict[str, str], data: bytes) -> int:
        return requests.post(url, data=fields, files={"file": data}, timeout=10).status_code

    assert post(form["fields"], b"text") in (200, 204)
    assert s3.get_object(Bucket=bucket, Key="up")["Body"].read() == b"text"
    assert post(form["fields"], b"much too long") == 400
    assert post({**form["fields"], "key": "other"}, b"text") == 403
    assert post({**form["fields"], "x-amz-signature": "0" * 64}, b"text") == 403


def test_s3_hides_what_a_caller_may_not_list(cloud: AwsAdmin, bucket: str) -> None:
    with person(cloud) as someone:
        permit(cloud, someone, "s3:GetObject")
        s3 = someone.session.client("s3")
        assert outcome(s3.get_object, Bucket=bucket, Key="a/b c") == "allowed"
        assert outcome(s3.get_object, Bucket=bucket, Key="absent") == "AccessDenied"
        assert outcome(s3.head_object, Bucket=bucket, Key="absent") == "403"
        assert outcome(s3.head_bucket, Bucket=bucket) == "403"
        permit(cloud, someone, "s3:GetObject", "s3:ListBucket")
        assert outcome(s3.get_object, Bucket=bucket, Key="absent") == "NoSuchKey"
        assert outcome(s3.head_object, Bucket=bucket, Key="absent") == "404"


def test_a_copy_needs_its_source(cloud: AwsAdmin, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "a/b c"}
    with person(cloud) as someone:
        permit(cloud, someone, "s3:PutObject")
        s3 = someone.session.client("s3")
        assert outcome(s3.copy_object, Bucket=bucket, Key="c", CopySource=source) == "AccessDenied"
        permit(cloud, someone, "s3:PutObject", "s3:GetObject")
        assert outcome(s3.copy_object, Bucket=bucket, Key="c", CopySource=source) == "allowed"


def test_a_public_bucket_answers_unsigned_requests(cloud: AwsAdmin, bucket: str) -> None:
    url = f"{cloud.url}/{bucket}/a/b%20c"
    before = requests.get(url, timeout=10)
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    session_of(cloud).client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    after = requests.get(url, timeout=10)

    assert (before.status_code, after.status_code, after.content) == (403, 200, b"text")
    assert requests.put(url, data=b"x", timeout=10).status_code == 403


def test_a_dry_run_says_whether_the_call_would_be_allowed(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        ec2 = someone.session.client("ec2")
        assert outcome(ec2.describe_vpcs, DryRun=True) == "DryRunOperation"
        permit(cloud, someone, "s3:*")
        assert outcome(ec2.describe_vpcs, DryRun=True) == "UnauthorizedOperation"


def test_a_managed_policy_of_aws_is_listed_and_read_by_who_may(cloud: AwsAdmin) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    with person(cloud) as someone:
        iam = someone.session.client("iam")
        assert outcome(iam.get_policy, PolicyArn=arn) == "AccessDenied"
        permit(cloud, someone, "iam:*")
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        read = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
        listed = {each["Arn"] for page in pages for each in page["Policies"]}

    assert "ec2:Describe*" in read["Document"]["Statement"][0]["Action"]
    assert arn in listed


def test_a_boundary_and_a_managed_policy_of_aws_are_in_force(cloud: AwsAdmin) -> None:
    read_only = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    iam = session_of(cloud).client("iam")
    with person(cloud) as someone:
        permit(cloud, someone, "*")
        iam.put_user_permissions_boundary(UserName=someone.name, PermissionsBoundary=read_only)
        ec2, s3 = (someone.session.client(name) for name in ("ec2", "s3"))
        assert outcome(ec2.describe_vpcs) == "allowed"
        assert outcome(ec2.create_vpc, CidrBlock="10.0.0.0/16") == "UnauthorizedOperation"
        assert outcome(s3.list_buckets) == "AccessDenied"
        iam.delete_user_permissions_boundary(UserName=someone.name)
        assert outcome(s3.list_buckets) == "allowed"


def test_simulations_are_answered_by_the_same_decision(cloud: AwsAdmin) -> None:
    iam = session_of(cloud).client("iam")
    with person(cloud) as someone:
        arn = iam.get_user(UserName=someone.name)["User"]["Arn"]
        found = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=["ec2:RunInstances", "s3:GetObject"]
        )["EvaluationResults"]

    assert [each["EvalDecision"] for each in found] == ["allowed", "implicitDeny"]


def test_a_simulation_names_the_boundary_and_the_missing_context(cloud: AwsAdmin) -> None:
    def document(**more: object) -> str:
        statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", **more}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    at_home = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    found = (
        session_of(cloud)
        .client("iam")
        .simulate_custom_policy(
            PolicyInputList=[document(**at_home)],
            PermissionsBoundaryPolicyInputList=[document(Action="s3:*")],
            ActionNames=["ec2:RunInstances"],
        )
    )

    [result] = found["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:SourceIp"]
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
