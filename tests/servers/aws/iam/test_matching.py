"""Actions, resources, conditions and variables, from examples of the IAM User Guide."""

import pytest

from labkit.servers.aws.iam import Call
from tests.servers.aws.iam.pieces import ACCOUNT, ALICE, SESSION, applies, call

OLD = "2008-10-17"


ACTIONS = [
    ({"Action": "*"}, True),
    ({"Action": "s3:GetObject"}, True),
    ({"Action": "S3:GETOBJECT"}, True),
    ({"Action": "s3:Get*"}, True),
    ({"Action": "s3:?etObject"}, True),
    ({"Action": "s3:*Object"}, True),
    ({"Action": "s3:GetObjectAcl"}, False),
    ({"Action": "s3:GetObjec"}, False),
    ({"Action": "s3:Get.bject"}, False),
    ({"Action": "s3:(GetObject|x)"}, False),
    ({"Action": ["ec2:*", "s3:GetObject"]}, True),
    ({"Action": []}, False),
    ({"NotAction": "iam:*"}, True),
    ({"NotAction": ["iam:*", "s3:get*"]}, False),
]


@pytest.mark.parametrize(("element", "expected"), ACTIONS)
def test_actions_match_without_their_case(element: dict[str, object], expected: object) -> None:
    """Page: IAM JSON policy elements: Action; NotAction."""
    assert applies(element, call()) is expected


SQS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue1"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
RESOURCES = [
    # pattern, resource, matches
    ("*", "*", True),
    ("*", SQS, True),
    ("arn:aws:s3:::bucket", "*", False),
    ("arn:aws:s3:::*", "*", False),
    ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c", True),
    ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", False),
    ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test/3", True),  # the page's example
    ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test", False),
    ("arn:aws:s3:::bucket/???", "arn:aws:s3:::bucket/a/b", True),
    ("arn:aws:s3:::bucket/???", "arn:aws:s3:::bucket/ab", False),
    ("arn:aws:s3:::a.b", "arn:aws:s3:::axb", False),
    ("arn:aws:s3:::a+b/(c)[d]{e}^$|\\w", "arn:aws:s3:::a+b/(c)[d]{e}^$|\\w", True),
    ("arn:aws:s3:::b/a\nb*", "arn:aws:s3:::b/a\nb\nc", True),
    (f"arn:aws:iam::{ACCOUNT}:user/Bob", f"arn:aws:iam::{ACCOUNT}:user/bob", False),
    (SQS, SQS, True),
    (SQS, f"{SQS}1", False),
    ("arn:aws:sqs", SQS, True),  # completed: "arn:aws:sqs is equivalent to arn:aws:sqs:*:*:*"
    ("arn:aws:sqs:us-east-1", SQS, True),
    ("arn:aws:sqs:eu-west-1", SQS, False),
    ("arn:aws:sqs:*", SQS, True),
    ("arn:aws:sqs:us-*-1:*:queue1", SQS, True),
    ("arn:aws:sqs:us-*:queue1", SQS, False),  # five parts: completed with `*`
    ("arn:aws:lambda:*:function:f", FUNCTION, True),  # the last `*` of a part crosses a colon
    ("arn:aws:lambda:us-*t*:function:f", FUNCTION, True),
    ("arn:aws:lambda:*1:function:f:x", FUNCTION, False),
    ("arn:aws:sqs:us-e*1:*:queue1", SQS, True),
    ("arn:aws:sqs:us*-1:queue1:x:y", SQS, False),
    ("arn:aws:sqs:us-east?1:*:queue1", SQS, True),
    ("arn:aws:sqs:us-east-1?12345678901?:queue1", SQS, False),  # `?` is no colon
    ("arn:aws:s*s:us-east-1:*:queue1", SQS, True),
]


@pytest.mark.parametrize(("pattern", "resource", "expected"), RESOURCES)
def test_resources_match_part_by_part(pattern: str, resource: str, expected: object) -> None:
    """Page: IAM JSON policy elements: Resource."""
    assert applies({"Resource": pattern}, call(resource=resource)) is expected
    assert applies({"NotResource": pattern}, call(resource=resource)) is not expected


def test_a_pattern_of_many_wildcards_takes_no_exponential_time() -> None:
    many = "arn:aws:s3:::bucket/" + "a*" * 200 + "b"
    assert not applies({"Resource": many}, call(resource="arn:aws:s3:::bucket/" + "a" * 1000))
    parts = "arn:aws:" + "a*" * 200 + ":*:*:" + "*a" * 200 + "b"
    assert not applies(
        {"Resource": parts}, call(resource="arn:aws:" + "a" * 300 + ":::" + "a" * 999)
    )


VARIABLES = [
    ("arn:aws:s3:::bucket/${aws:username}/*", {}, True),
    ("arn:aws:s3:::bucket/${AWS:UserName}/*", {}, True),
    ("arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*", {}, False),  # no value: nothing is equal
    ("arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'alice'}/*", {}, True),  # default
    (
        "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'x'}/*",
        {"aws:PrincipalTag/team": "alice"},
        True,
    ),
    ("arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": "*"}, False),
    ("arn:aws:s3:::bucket/${aws:TagKeys}/*", {"aws:TagKeys": ("alice", "x")}, False),
    ("arn:aws:s3:::bucket/${aws:username/*", {}, False),
]


@pytest.mark.parametrize(("pattern", "keys", "expected"), VARIABLES)
def test_variables_are_replaced_literally(
    pattern: str, keys: dict[str, str], expected: object
) -> None:
    """Page: IAM policy elements: Variables and tags."""
    asked = Call(ALICE, "s3:GetObject", "arn:aws:s3:::bucket/alice/x", keys)
    assert applies({"Resource": pattern}, asked) is expected


def test_the_old_version_has_no_variables() -> None:
    """Page: IAM JSON policy elements: Version."""
    pattern = {"Resource": "arn:aws:s3:::bucket/${aws:username}"}
    assert not applies(pattern, call(resource="arn:aws:s3:::bucket/alice"), version=OLD)
    assert applies(pattern, call(resource="arn:aws:s3:::bucket/${aws:username}"), version=OLD)


@pytest.mark.parametrize("character", "*?$")
def test_escapes_stand_for_the_character_itself(character: str) -> None:
    """Page: Variables and tags, special characters that can be used as literals."""
    pattern = {"Resource": f"arn:aws:s3:::bucket/a${{{character}}}b"}
    assert applies(pattern, call(resource=f"arn:aws:s3:::bucket/a{character}b"))
    assert not applies(pattern, call(resource="arn:aws:s3:::bucket/axb"))


def test_a_role_session_has_no_user_name_but_its_roles_arn() -> None:
    """Page: AWS global condition context keys, aws:username and aws:PrincipalArn."""
    by_name = {"Condition": {"Null": {"aws:username": "true"}}}
    assert applies(by_name, call(principal=SESSION))
    by_arn = {"Condition": {"ArnEquals": {"aws:PrincipalArn": SESSION.issuer}}}
    assert applies(by_arn, call(principal=SESSION))
