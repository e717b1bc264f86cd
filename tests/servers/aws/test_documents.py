"""IAM's reasons for `MalformedPolicyDocument`, through each operation that stores a policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.roles import ACCOUNT, ALLOWED, ROLE_ARN, UNCHECKED, role
from tests.servers.aws.running import REGION, session_of

pytestmark = pytest.mark.integration
GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
SYNTAX = "Syntax errors in policy."


def document(*statements: object, **more: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements, **more})


def without(statement: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name}


IDENTITY: dict[str, tuple[str, str]] = {
    "no JSON": ("{", SYNTAX),
    "a list": ("[]", SYNTAX),
    "no statement": ('{"Version": "2012-10-17"}', SYNTAX),
    "a key twice": (document(GOOD)[:-1] + ', "Version": "2012-10-17"}', SYNTAX),
    "an unknown element": (document({**GOOD, "Colour": "red"}), SYNTAX),
    "an unknown operator": (document({**GOOD, "Condition": {"Equals": {"aws:x": "1"}}}), SYNTAX),
    "the old version": (
        document(GOOD, Version="2008-10-17"),
        "Policy document must be version 2012-10-17 or greater.",
    ),
    "a Sid with a space": (document({**GOOD, "Sid": "a b"}), "must be alpha-numeric"),
    "a Sid with a hyphen": (document({**GOOD, "Sid": "a-b"}), "must be alpha-numeric"),
    "a Sid twice": (
        document({**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}),
        "Statement IDs (SID) in a single policy must be unique.",
    ),
    "no action": (document(without(GOOD, "Action")), "Policy statement must contain actions."),
    "no resource": (
        document(without(GOOD, "Resource")),
        "Policy statement must contain resources.",
    ),
    "an action without a vendor": (document({**GOOD, "Action": "Get"}), "prefaced by a vendor"),
    "an action with two colons": (document({**GOOD, "Action": "s3:a:b"}), "only one colon"),
    "a resource that is no ARN": (document({**GOOD, "Resource": "x"}), "must be in ARN format"),
    "a principal": (
        document({**GOOD, "Principal": "*"}),
        "Policy document should not specify a principal.",
    ),
}
OF_TRUST: dict[str, tuple[str, str]] = {
    "no JSON": ("{", SYNTAX),
    "a resource": (document({**TRUST, "Resource": "*"}), "Has prohibited field Resource"),
    "no principal": (document(without(TRUST, "Principal")), "Missing required field Principal"),
    "a wildcard in a principal": (
        document({**TRUST, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}}),
        "Invalid principal in policy",
    ),
    "a principal of no kind": (
        document({**TRUST, "Principal": {"Azure": "x"}}),
        "Invalid principal in policy",
    ),
    "an action of another service": (
        document({**TRUST, "Action": "s3:GetObject"}),
        "Trust Policy statement actions can only be",
    ),
}
STORES = [
    ("put_user_policy", {"UserName": "papers", "PolicyName": "p"}),
    ("put_group_policy", {"GroupName": "papers", "PolicyName": "p"}),
    ("put_role_policy", {"RoleName": "papers", "PolicyName": "p"}),
    ("create_policy", {"PolicyName": "never"}),
    ("create_policy_version", {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/papers"}),
]


def answer(call: Any, **parameters: object) -> tuple[str, str]:
    """Return the error's code and message."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return ALLOWED, ""


@pytest.fixture(scope="module")
def iam(cloud: AwsAdmin) -> Iterator[Any]:
    client = session_of(cloud).client("iam", config=UNCHECKED)
    client.create_user(UserName="papers")
    client.create_group(GroupName="papers")
    client.create_role(RoleName="papers", AssumeRolePolicyDocument=document(TRUST))
    made = client.create_policy(PolicyName="papers", PolicyDocument=document(GOOD))
    yield client
    client.delete_policy(PolicyArn=made["Policy"]["Arn"])
    client.delete_role(RoleName="papers")
    client.delete_group(GroupName="papers")
    client.delete_user(UserName="papers")


@pytest.mark.parametrize("name", IDENTITY)
def test_a_malformed_policy_is_refused_with_the_reason_of_iam(iam: Any, name: str) -> None:
    text, reason = IDENTITY[name]
    for method, given in STORES:
        code, message = answer(getattr(iam, method), **given, PolicyDocument=text)
        assert (method, code) == (method, "MalformedPolicyDocument")
        assert reason in message


@pytest.mark.parametrize("name", OF_TRUST)
def test_a_malformed_trust_policy_is_refused_with_the_reason_of_iam(iam: Any, name: str) -> None:
    text, reason = OF_TRUST[name]
    seen = [
        answer(iam.create_role, RoleName="never", AssumeRolePolicyDocument=text),
        answer(iam.update_assume_role_policy, RoleName="papers", PolicyDocument=text),
    ]
    assert [code for code, _ in seen] == ["MalformedPolicyDocument"] * 2
    assert all(reason in message for _, message in seen)


@pytest.mark.parametrize("name", IDENTITY)
def test_a_malformed_session_policy_is_refused(cloud: AwsAdmin, name: str) -> None:
    sts = session_of(cloud).client("sts", config=UNCHECKED)
    text, reason = IDENTITY[name]
    with role(cloud):
        given = {"RoleArn": ROLE_ARN, "RoleSessionName": "session", "Policy": text}
        code, message = answer(sts.assume_role, **given)

    assert code == "MalformedPolicyDocument"
    assert reason in message


@pytest.mark.parametrize(
    "text",
    [
        "{",
        document({**GOOD, "Resource": "arn:aws:s3:::papers/*"}),
        document(
            {**GOOD, "Principal": "*", "Action": ["s3:a:b"], "Resource": "arn:aws:s3:::papers"}
        ),
    ],
    ids=["no JSON", "no principal", "an action with two colons"],
)
def test_a_malformed_bucket_policy_is_refused(cloud: AwsAdmin, text: str) -> None:
    s3 = session_of(cloud).client("s3")
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration={"LocationConstraint": REGION})
    code, _ = answer(s3.put_bucket_policy, Bucket="papers", Policy=text)
    s3.delete_bucket(Bucket="papers")

    assert code == "MalformedPolicy"
