"""Which actions and resources a call needs; expected from the Service Authorization Reference."""

import pytest

from labkit.servers.aws.iam.actions import required
from tests.servers.aws.iam.needed import ACCOUNT, CALLER, CALLS, IAM, REGION, ROLE

EXISTING = {("user", "deep"): f"{IAM}user/very/deep", ("instance-profile-role", "ip"): ROLE}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"), CALLS, ids=[f"{c[0]}-{c[1]}" for c in CALLS]
)
def test_a_call_needs_these_actions(
    service: str, operation: str, parameters: dict[str, object], expected: list[str]
) -> None:
    found = required(
        (service, operation),
        parameters,
        ACCOUNT,
        REGION,
        caller=CALLER,
        find=lambda kind, name: EXISTING.get((kind, name)),
    )
    assert [f"{need.action} {need.resource}" for need in found.needs] == expected


CONTEXTS = [
    (
        "s3",
        "ListObjectsV2",
        {"Bucket": "b", "Prefix": "", "MaxKeys": 5},
        {"s3:prefix": "", "s3:max-keys": "5"},
    ),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "ACL": "private"}, {"s3:x-amz-acl": "private"}),
    ("iam", "AttachUserPolicy", {"UserName": "x", "PolicyArn": "a"}, {"iam:PolicyARN": "a"}),
    (
        "iam",
        "CreateUser",
        {"UserName": "x", "PermissionsBoundary": "b"},
        {"iam:PermissionsBoundary": "b"},
    ),
    ("iam", "UntagUser", {"UserName": "x", "TagKeys": ["k"]}, {"aws:TagKeys": ("k",)}),
    (
        "iam",
        "CreateUser",
        {"UserName": "x", "Tags": [{"Key": "k", "Value": "v"}]},
        {"aws:TagKeys": ("k",), "aws:RequestTag/k": "v"},
    ),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": ROLE, "ExternalId": "e", "RoleSessionName": "s"},
        {"sts:ExternalId": "e", "sts:RoleSessionName": "s"},
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "expected"), CONTEXTS)
def test_a_call_brings_condition_keys(
    service: str,
    operation: str,
    parameters: dict[str, object],
    expected: dict[str, object],
) -> None:
    found = required((service, operation), parameters, ACCOUNT, REGION)
    assert dict(found.needs[0].context) == expected


def test_the_rule_says_how_the_need_was_found() -> None:
    rules = [
        required(call, {}, ACCOUNT, REGION).rule
        for call in [("s3", "ListBuckets"), ("dynamodb", "ListTables"), ("ecs", "ListClusters")]
    ]
    assert rules == [
        "s3: rule for ListBuckets",
        "dynamodb: rule for ListTables",
        'operation name on "*"',
    ]
