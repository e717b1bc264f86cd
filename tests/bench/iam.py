"""Measure IAM decisions: `python -m tests.bench.iam`."""

import sys

from labkit.servers.aws.iam import Call, Policies, Policy, Principal, decide
from tests.bench.figures import Figure, report, seconds

DECISIONS = 10_000
STATEMENTS = 20
ACTIONS = ["s3:Get*", "ec2:Describe*", "iam:List*", "sqs:*", "sns:Publish"]
ALICE = Principal("arn:aws:iam::123456789012:user/alice", "123456789012", "User", "AIDAALICE")


def statement(number: int) -> dict[str, object]:
    """Return a statement with two actions, two resources, a variable and two conditions."""
    return {
        "Effect": "Deny" if number % 5 == 4 else "Allow",
        "Action": [ACTIONS[number % 5], f"dynamodb:Query{number}"],
        "Resource": [
            f"arn:aws:s3:::bucket-{number}/*",
            f"arn:aws:sqs:*:*:queue-{number}-${{aws:username}}",
        ],
        "Condition": {
            "StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]},
            "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
        },
    }


def decide_all() -> None:
    """Decide 10,000 different calls on 20 statements, of which four are about the action."""
    document = {"Version": "2012-10-17", "Statement": [*map(statement, range(STATEMENTS))]}
    policies = Policies(identity=(Policy("inline", document),))
    context = {"aws:RequestedRegion": "us-east-1", "aws:SourceIp": "10.1.2.3"}
    allowed = 0
    for number in range(DECISIONS):
        resource = f"arn:aws:s3:::bucket-{number % STATEMENTS}/key-{number}"
        allowed += decide(Call(ALICE, "s3:GetObject", resource, context), policies).allowed
    assert allowed == DECISIONS // 5


def main() -> int:
    taken = min(seconds(decide_all) for _ in range(3))
    name = f"{DECISIONS:,} decisions of {STATEMENTS} statements"
    return report("IAM decisions", [Figure(name, taken, 1, "s")])


if __name__ == "__main__":
    sys.exit(main())
