"""Decisions explained: in the journal, and when the lab asks."""

from __future__ import annotations

import json

import pytest

from labkit.aws.admin import AwsAdmin
from labkit.aws.explain import can, explain
from labkit.errors import AwsSideError
from tests.servers.aws.people import person
from tests.servers.aws.roles import outcome
from tests.servers.aws.running import Keys, session_of

pytestmark = pytest.mark.integration
DENY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "NoList", "Effect": "Deny", "Action": "s3:ListAll*", "Resource": "*"},
    ],
}


def test_the_journal_says_which_statement_denied(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        session_of(cloud).client("iam").put_user_policy(
            UserName=someone.name, PolicyName="p", PolicyDocument=json.dumps(DENY)
        )
        assert outcome(someone.session.client("s3").list_buckets) == "AccessDenied"
        entry = cloud.journal()[-1]

    assert entry.decision
    assert (entry.decision.action, entry.decision.reason) == (
        "s3:ListAllMyBuckets",
        "explicit deny",
    )
    assert entry.decision.layer == "identity-based policy"
    grid = explain(entry)
    [row] = grid.rows
    assert row[:4] == (
        "identity-based policy",
        f"inline policy p of user {someone.name}",
        "NoList",
        "Deny",
    )


def test_the_lab_can_ask_what_a_key_may_do(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        assert can(cloud, someone.keys, "ec2:RunInstances").title.startswith("allowed")
        assert can(cloud, someone.keys, "iam:ListUsers").title.startswith("implicit deny")
    with pytest.raises(AwsSideError, match="does not accept this access key"):
        can(cloud, Keys("AKIANOBODY", "x"), "iam:ListUsers")


def test_a_call_that_no_policy_decided_is_not_explained(cloud: AwsAdmin) -> None:
    session_of(cloud).client("sts").get_caller_identity()
    with pytest.raises(AwsSideError, match="without asking a policy"):
        explain(cloud.journal()[-1])
