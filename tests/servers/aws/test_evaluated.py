"""Policies that a real SDK call meets: each row is a policy, a call and AWS's answer.

The answer is written from the AWS documentation ("Policy evaluation logic", "IAM JSON policy
elements"). Where a row names the action and resource, `can` has to say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from labkit.aws.admin import AwsAdmin
from labkit.aws.explain import can
from tests.servers.aws.people import Person, person
from tests.servers.aws.roles import ACCOUNT, ALLOWED, outcome
from tests.servers.aws.running import REGION, session_of

pytestmark = pytest.mark.integration
BUCKET = "arn:aws:s3:::rows"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
DENIED = {"s3": "AccessDenied", "iam": "AccessDenied", "ec2": "UnauthorizedOperation"}
Statement = dict[str, Any]
GET = ("s3", "get_object", {"Bucket": "rows", "Key": "a/k"})
GET_B = ("s3", "get_object", {"Bucket": "rows", "Key": "b/k"})
PUT = ("s3", "put_object", {"Bucket": "rows", "Key": "a/k", "Body": b"text"})
BUCKETS: tuple[str, str, dict[str, Any]] = ("s3", "list_buckets", {})
LIST_A = ("s3", "list_objects_v2", {"Bucket": "rows", "Prefix": "a/"})
LIST = ("s3", "list_objects_v2", {"Bucket": "rows"})
USERS: tuple[str, str, dict[str, Any]] = ("iam", "list_users", {})
VPCS: tuple[str, str, dict[str, Any]] = ("ec2", "describe_vpcs", {})
RED = ("ec2", "delete_vpc", {"VpcId": "red"})
BLUE = ("ec2", "delete_vpc", {"VpcId": "blue"})
ATTACH = ("iam", "attach_user_policy", {"UserName": "rows", "PolicyArn": READ_ONLY})
ATTACH_S3 = (
    "iam",
    "attach_user_policy",
    {"UserName": "rows", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
)
OWN = ("iam", "list_access_keys", {"UserName": "$me"})
OTHERS = ("iam", "list_access_keys", {"UserName": "rows"})
TAG = ("iam", "tag_user", {"UserName": "rows", "Tags": [{"Key": "team", "Value": "red"}]})
TAG_MORE = ("iam", "tag_user", {"UserName": "rows", "Tags": [{"Key": "other", "Value": "red"}]})


def allow(action: object, resource: object = "*", **condition: object) -> Statement:
    return _statement("Allow", action, resource, condition)


def deny(action: object, resource: object = "*", **condition: object) -> Statement:
    return _statement("Deny", action, resource, condition)


def _statement(effect: str, action: object, resource: object, condition: object) -> Statement:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def not_of(statement: Statement, name: str) -> Statement:
    """Return a statement with NotAction or NotResource in place of Action or Resource."""
    return {(f"Not{name}" if key == name else key): value for key, value in statement.items()}


class Row(NamedTuple):
    """Statements of the user's policy, a call, and whether AWS allows it."""

    call: tuple[str, str, dict[str, Any]]
    allowed: bool
    statements: tuple[Statement, ...]


def yes(call: tuple[str, str, dict[str, Any]], *statements: Statement) -> Row:
    return Row(call, allowed=True, statements=statements)


def no(call: tuple[str, str, dict[str, Any]], *statements: Statement) -> Row:
    return Row(call, allowed=False, statements=statements)


LOCAL = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
FOREIGN = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
PREFIX = {"StringLike": {"s3:prefix": ["a/*"]}}
POLICY = {"ArnEquals": {"iam:PolicyARN": READ_ONLY}}
IS_RED = {"StringEquals": {"ec2:ResourceTag/team": "red"}}
IS_RED_TOO = {"StringEquals": {"aws:ResourceTag/team": "red"}}
MY_KEYS = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
HERE = {"StringEquals": {"aws:RequestedRegion": REGION}}
ELSEWHERE = {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
ONLY_TEAM = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
MFA_IF = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
PAST = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
TLS = {"Bool": {"aws:SecureTransport": "false"}}

ROWS = {
    "an action": yes(GET, allow("s3:GetObject", f"{BUCKET}/*")),
    "no policy for the action": no(PUT, allow("s3:GetObject", f"{BUCKET}/*")),
    "another resource": no(GET, allow("s3:GetObject", f"{BUCKET}/b/*")),
    "the bucket is not its objects": no(GET, allow("s3:GetObject", BUCKET)),
    "the objects are not the bucket": no(LIST, allow("s3:ListBucket", f"{BUCKET}/*")),
    "a deny wins": no(GET, allow("s3:*"), deny("s3:GetObject", f"{BUCKET}/a/*")),
    "a deny of something else": yes(GET_B, allow("s3:*"), deny("s3:GetObject", f"{BUCKET}/a/*")),
    "deny with NotResource": no(
        GET, allow("s3:*"), not_of(deny("s3:*", f"{BUCKET}/b/*"), "Resource")
    ),
    "deny with NotResource that names it": yes(
        GET_B, allow("s3:*"), not_of(deny("s3:*", f"{BUCKET}/b/*"), "Resource")
    ),
    "allow with NotResource": no(GET, not_of(allow("s3:*", f"{BUCKET}/a/*"), "Resource")),
    "allow with NotAction": yes(VPCS, not_of(allow("iam:*"), "Action")),
    "allow with NotAction that names it": no(USERS, not_of(allow("iam:*"), "Action")),
    "deny with NotAction": no(USERS, allow("*"), not_of(deny("s3:*"), "Action")),
    "deny with NotAction that names it": yes(BUCKETS, allow("*"), not_of(deny("s3:*"), "Action")),
    "capitals of an action do not count": yes(GET, allow("S3:getOBJECT")),
    "capitals of a resource count": no(GET, allow("s3:GetObject", f"{BUCKET}/A/*")),
    "a question mark is a character": yes(GET, allow("s3:GetO?ject", f"{BUCKET}/?/k")),
    "a question mark is one character": no(GET, allow("s3:GetObject", f"{BUCKET}/a?/k")),
    "a star in the middle": yes(GET, allow("s3:Get*ct", "arn:aws:s3:::r*s/*/k")),
    "a dot is a dot": no(GET, allow("s3:GetObject", "arn:aws:s3:::ro.s/*")),
    "a list of actions": yes(USERS, allow(["s3:*", "iam:List*"])),
    "an address": yes(BUCKETS, allow("s3:*", **LOCAL)),
    "another address": no(BUCKETS, allow("s3:*", **FOREIGN)),
    "a deny of an address": no(BUCKETS, allow("s3:*"), deny("*", **LOCAL)),
    "a deny of another address": yes(BUCKETS, allow("s3:*"), deny("*", **FOREIGN)),
    "a prefix": yes(LIST_A, allow("s3:ListBucket", BUCKET, **PREFIX)),
    "no prefix": no(LIST, allow("s3:ListBucket", BUCKET, **PREFIX)),
    "a policy to attach": yes(ATTACH, allow("iam:AttachUserPolicy", **POLICY)),
    "another policy to attach": no(ATTACH_S3, allow("iam:AttachUserPolicy", **POLICY)),
    "a tag of EC2": yes(RED, allow("ec2:DeleteVpc", **IS_RED)),
    "another tag of EC2": no(BLUE, allow("ec2:DeleteVpc", **IS_RED)),
    "a tag by its global key": yes(RED, allow("ec2:DeleteVpc", **IS_RED_TOO)),
    "another tag by its global key": no(BLUE, allow("ec2:DeleteVpc", **IS_RED_TOO)),
    "the own name": yes(OWN, allow("iam:ListAccessKeys", MY_KEYS)),
    "the name of another": no(OTHERS, allow("iam:ListAccessKeys", MY_KEYS)),
    "the region": yes(VPCS, allow("ec2:*", **HERE)),
    "another region": no(VPCS, allow("ec2:*", **ELSEWHERE)),
    "the keys of tags": yes(TAG, allow("iam:TagUser", **ONLY_TEAM)),
    "further keys of tags": no(TAG_MORE, allow("iam:TagUser", **ONLY_TEAM)),
    "MFA is not in the request of a long-term key": yes(BUCKETS, allow("s3:*"), deny("*", **MFA)),
    "IfExists holds without the key": no(BUCKETS, allow("s3:*"), deny("*", **MFA_IF)),
    "a date in the past": no(BUCKETS, allow("s3:*", **PAST)),
    "the lab has no TLS": no(BUCKETS, allow("s3:*"), deny("s3:*", **TLS)),
    "an action of another service": no(BUCKETS, allow("ec2:*")),
}


@pytest.fixture(scope="module")
def someone(cloud: AwsAdmin) -> Iterator[Person]:
    with person(cloud) as made:
        yield made


@pytest.fixture(scope="module")
def vpcs(cloud: AwsAdmin) -> Iterator[dict[str, str]]:
    """Make a bucket with two objects, a user and two VPCs."""
    session = session_of(cloud)
    s3, iam, ec2 = (session.client(name) for name in ("s3", "iam", "ec2"))
    s3.create_bucket(Bucket="rows", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("a/k", "b/k"):
        s3.put_object(Bucket="rows", Key=key, Body=b"text")
    iam.create_user(UserName="rows")
    made = {team: ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for team in _TEAMS}
    for team, vpc in made.items():
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": team}])
    yield made
    for attached in iam.list_attached_user_policies(UserName="rows")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="rows", PolicyArn=attached["PolicyArn"])
    iam.delete_user(UserName="rows")
    for key in ("a/k", "b/k"):
        s3.delete_object(Bucket="rows", Key=key)
    s3.delete_bucket(Bucket="rows")
    for vpc in made.values():
        outcome(ec2.delete_vpc, VpcId=vpc)


_TEAMS = ("red", "blue")


def put(cloud: AwsAdmin, who: Person, *statements: Statement) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam = session_of(cloud).client("iam")
    iam.put_user_policy(UserName=who.name, PolicyName="p", PolicyDocument=document)


def made_for(given: dict[str, Any], who: Person, vpcs: dict[str, str]) -> dict[str, Any]:
    """Return the parameters of a call with the names that the test has made."""
    names = {"$me": who.name, **vpcs}
    return {
        key: names.get(value, value) if isinstance(value, str) else value
        for key, value in given.items()
    }


@pytest.mark.parametrize("name", ROWS)
def test_a_call_is_decided_as_aws_decides(
    cloud: AwsAdmin, someone: Person, vpcs: dict[str, str], name: str
) -> None:
    row = ROWS[name]
    service, method, given = row.call
    put(cloud, someone, *row.statements)
    parameters = made_for(given, someone, vpcs)
    if service == "ec2":
        parameters["DryRun"] = True
        wanted = "DryRunOperation" if row.allowed else DENIED["ec2"]
    else:
        wanted = ALLOWED if row.allowed else DENIED[service]
    seen = outcome(getattr(someone.session.client(service), method), **parameters)
    decision = cloud.journal()[-1].decision

    assert seen == wanted
    assert decision is not None
    assert (decision.reason == "allowed") is row.allowed
    asked = can(cloud, someone.keys, decision.action, decision.resource, CONTEXT.get(name))
    assert asked.title.startswith("allowed" if row.allowed else ("explicit", "implicit"))


# `can` knows the caller and the resource; what a request carries is told to it.
CONTEXT = {
    "a prefix": {"s3:prefix": "a/"},
    "a policy to attach": {"iam:PolicyARN": READ_ONLY},
    "another policy to attach": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
    "the region": {"aws:RequestedRegion": REGION},
    "another region": {"aws:RequestedRegion": REGION},
    "the keys of tags": {"aws:TagKeys": "team"},
    "further keys of tags": {"aws:TagKeys": "other"},
}
