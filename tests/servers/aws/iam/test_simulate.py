"""SimulatePrincipalPolicy and SimulateCustomPolicy, answered from the decision."""

from typing import Any

from labkit.servers.aws.iam import Policies, context_keys, simulate
from labkit.servers.aws.iam.variables import ContextValue
from tests.servers.aws.iam.pieces import ALICE, policy, statement

BUCKET = "arn:aws:s3:::b"
MFA: dict[str, Any] = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


def test_each_action_is_decided_on_each_resource() -> None:
    policies = Policies(
        (policy(statement(action="s3:*", resource=f"{BUCKET}*"), statement("Deny", "s3:Put*")),)
    )
    found = simulate(ALICE, ["s3:ListBucket", "s3:PutObject"], [BUCKET, "arn:aws:s3:::c"], policies)
    assert [(f.action, f.resource, f.decision) for f in found] == [
        ("s3:ListBucket", BUCKET, "allowed"),
        ("s3:ListBucket", "arn:aws:s3:::c", "implicitDeny"),
        ("s3:PutObject", BUCKET, "explicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::c", "explicitDeny"),
    ]
    assert [row.statement for row in found[0].matched] == ["statement 1"]
    assert [row.statement for row in found[2].matched] == ["statement 2"]


def test_missing_context_values_are_the_keys_that_no_entry_gives() -> None:
    policies = Policies(
        (policy(statement(resource=f"{BUCKET}/${{aws:username}}/${{x:y}}", **MFA)),)
    )
    (found,) = simulate(ALICE, ["s3:GetObject"], [], policies)
    assert found.resource == "*"
    assert found.missing == ("aws:MultiFactorAuthPresent", "x:y")
    context: dict[str, ContextValue] = {"AWS:MultiFactorAuthPresent": "true", "x:y": "z"}
    path = f"{BUCKET}/alice/z"
    (given,) = simulate(ALICE, ["s3:GetObject"], [path], policies, context)
    assert (given.decision, given.missing) == ("allowed", ())


def test_a_boundary_reports_its_own_decision() -> None:
    everything, nothing = (policy(statement()),), (policy(statement(action="sns:*")),)
    for boundary, detail in ((None, None), (everything, True), (nothing, False)):
        (found,) = simulate(ALICE, ["s3:GetObject"], [], Policies(everything, boundary=boundary))
        assert found.allowed_by_boundary is detail


def test_the_context_keys_of_policies_are_listed_once() -> None:
    same = policy(statement(resource="arn:aws:s3:::${aws:username, 'x'}/${*}", **MFA))
    assert context_keys([same, same]) == ("aws:MultiFactorAuthPresent", "aws:username")
