"""AWS's messages: page "Troubleshoot access denied error messages" of the IAM User Guide."""

import pytest

from labkit.servers.aws.iam import Call, Policies, Policy, Principal, decide
from tests.servers.aws.iam.pieces import ACCOUNT, ANONYMOUS, for_principal, policy, statement

JOHN = Principal(f"arn:aws:iam::{ACCOUNT}:user/JohnDoe", ACCOUNT, "User", "AIDAJOHN")
USER = f"User: {JOHN.arn} is not authorized to perform: "
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s"
ALL = (policy(statement()),)
NONE = (policy(statement(action="none:None")),)
DENY = (policy(statement("Deny")),)


def named(principal: str, effect: str, action: str) -> tuple[Policy, ...]:
    return (for_principal({"AWS": principal}, effect, action),)


SENTENCES = [
    (
        "s3:ListAllMyBuckets",
        "*",
        Policies(),
        "because no identity-based policy allows the s3:ListAllMyBuckets action",
    ),
    (
        "codecommit:ListRepositories",
        "*",
        Policies(ALL, boundary=NONE),
        "because no permissions boundary allows the codecommit:ListRepositories action",
    ),
    (
        "codecommit:ListRepositories",
        "*",
        Policies(ALL, session=NONE),
        "because no session policy allows the codecommit:ListRepositories action",
    ),
    (
        "sts:AssumeRole",
        ROLE,
        Policies(ALL, named(f"arn:aws:iam::{ACCOUNT}:user/other", "Allow", "sts:AssumeRole")),
        "because no role trust policy allows the sts:AssumeRole action",
    ),
    (
        "sts:AssumeRole",
        ROLE,
        Policies(ALL, named(ACCOUNT, "Deny", "sts:AssumeRole")),
        "with an explicit deny in the role trust policy",
    ),
    (
        "secretsmanager:GetSecretValue",
        SECRET,
        Policies(ALL, named(ACCOUNT, "Deny", "secretsmanager:*")),
        f"on resource: {SECRET} with an explicit deny in a resource-based policy",
    ),
    (
        "codecommit:ListRepositories",
        "*",
        Policies(DENY),
        "with an explicit deny in an identity-based policy",
    ),
    (
        "codedeploy:ListDeployments",
        "*",
        Policies(ALL, boundary=DENY),
        "with an explicit deny in a permissions boundary",
    ),
    (
        "codedeploy:ListDeployments",
        "*",
        Policies(ALL, session=DENY),
        "with an explicit deny in a session policy",
    ),
]


@pytest.mark.parametrize(("action", "resource", "policies", "end"), SENTENCES)
def test_a_denial_says_which_policy_denies(
    action: str, resource: str, policies: Policies, end: str
) -> None:
    decision = decide(Call(JOHN, action, resource), policies)
    assert decision.sentence() == f"{USER}{action} {end}"


def test_another_account_without_a_resource_policy_is_told_so() -> None:
    call = Call(JOHN, "sns:Publish", "arn:aws:sns:us-east-1:999999999999:t")
    assert decide(call, Policies(ALL)).sentence() == (
        f"{USER}sns:Publish on resource: {call.resource} "
        "because no resource-based policy allows the sns:Publish action"
    )


def test_an_anonymous_caller_is_no_arn() -> None:
    sentence = decide(Call(ANONYMOUS, "s3:GetObject", "arn:aws:s3:::b/k"), Policies()).sentence()
    assert sentence.startswith("User: anonymous is not authorized to perform: s3:GetObject on")
