"""Actions, resources, conditions and variables, from examples of the IAM User Guide."""

import pytest

from labkit.servers.aws.iam import Call, Principal
from labkit.servers.aws.iam.variables import ContextValue
from tests.servers.aws.iam.pieces import ACCOUNT, ALICE, SESSION, applies

OLD = "2008-10-17"


def call(
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::bucket/key",
    principal: Principal = ALICE,
    **keys: ContextValue,
) -> Call:
    context = {name.replace("_", ":", 1): value for name, value in keys.items()}
    return Call(principal, action, resource, context)


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


X = "aws:x"
CONDITIONS = [
    # operator, values in the policy, value of the request (None: the key is absent), met
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", "a", None, False),
    ("StringEquals", "a", ("a", "b"), False),
    ("StringNotEquals", ["a", "b"], "c", True),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", "a", None, True),
    ("StringNotEquals", "a", ("b", "c"), False),
    ("StringEqualsIgnoreCase", "aB", "Ab", True),
    ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
    ("StringLike", "a*c?", "abbcd", True),
    ("StringLike", "a.c", "abc", False),
    ("StringLike", "A*", "abc", False),
    ("StringNotLike", "a*", "abc", False),
    ("StringNotLike", "a*", None, True),
    ("StringEqualsIfExists", "a", None, True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringNotEqualsIfExists", "a", None, True),
    ("stringequals", "a", "a", True),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "10", True),
    ("NumericEquals", "10", "ten", False),
    ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "10", "9", False),
    ("NumericGreaterThanEquals", "10", "10", True),
    ("NumericLessThanEquals", "10", None, False),
    ("NumericLessThanEqualsIfExists", "10", None, True),
    ("DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateGreaterThan", "1767225600", "2026-01-01T00:00:01Z", True),  # 2026-01-01 in epoch seconds
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "1767225599", False),
    ("DateGreaterThan", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z", False),
    ("DateLessThan", "soon", "2026-01-01T00:00:00Z", False),
    ("DateNotEquals", "2026-01-01", None, True),
    ("Bool", "true", "true", True),
    ("Bool", True, "True", True),
    ("Bool", "false", "true", False),
    ("Bool", "false", None, False),
    ("BoolIfExists", "false", None, True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
    ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
    ("IpAddress", "203.0.113.0/24", None, False),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
    ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
    ("NotIpAddress", "203.0.113.0/24", None, True),
    ("ArnEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:r:1:topic", True),
    ("ArnLike", "arn:aws:sns:*:t*", "arn:aws:sns:r:1:topic", False),  # each part on its own
    ("ArnLike", "arn:aws:iam::1:user/*", "arn:aws:iam::1:user/a/b", True),
    ("ArnLike", "arn:aws:iam::1:user/*", "no arn", False),
    ("ArnNotLike", "arn:aws:iam::1:user/*", "arn:aws:iam::1:role/a", True),
    ("ArnNotEquals", "arn:aws:iam::1:user/*", None, True),
    ("Null", "true", None, True),
    ("Null", "true", "a", False),
    ("Null", "false", "a", True),
    ("Null", "false", None, False),
    ("Null", False, "a", True),
    ("Null", "true", (), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a",), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", ["a"], None, True),
    ("ForAllValues:StringEquals", ["a"], "", True),
    ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
    ("ForAllValues:StringNotEquals", ["a"], ("a", "c"), False),
    ("ForAllValues:StringLike", ["a*"], ("ab", "ac"), True),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), True),
    ("ForAnyValue:StringEquals", ["a"], ("b",), False),
    ("ForAnyValue:StringEquals", ["a"], None, False),
    ("ForAnyValue:StringEquals", ["a"], "a", True),
    ("ForAnyValue:StringNotEquals", ["a"], ("a", "b"), True),
    ("ForAnyValue:StringNotEquals", ["a"], ("a",), False),
    ("ForAnyValue:StringNotEquals", ["a"], None, False),
    ("ForAnyValue:StringEqualsIfExists", ["a"], None, True),
    ("NoSuchOperator", "a", "a", False),
    ("StringEquals", "${aws:username}", "alice", True),
    ("StringLike", "${aws:username}/*", "alice/x", True),
    ("StringEquals", "${aws:nothing}", "${aws:nothing}", False),
    ("StringNotEquals", "${aws:nothing}", "x", True),  # "Policy variables with no value"
    ("NumericEquals", "${aws:userid}", "1", False),
]


@pytest.mark.parametrize(("operator", "values", "seen", "met"), CONDITIONS)
def test_a_condition_is_met(
    operator: str, values: object, seen: ContextValue | None, met: bool
) -> None:
    """Pages: Condition operators; Set operators for multivalued context keys."""
    context = {} if seen is None else {X.upper(): seen}
    asked = Call(ALICE, "s3:GetObject", "*", context)
    assert applies({"Condition": {operator: {X: values}}}, asked) is met


def test_all_operators_and_keys_of_a_condition_must_be_met() -> None:
    """Page: Conditions with multiple context keys or values."""
    both = {"StringEquals": {"aws:a": "1", "aws:b": "2"}, "Bool": {"aws:c": "true"}}
    assert applies({"Condition": both}, call(aws_a="1", aws_b="2", aws_c="true"))
    assert not applies({"Condition": both}, call(aws_a="1", aws_b="2", aws_c="false"))
    assert not applies({"Condition": both}, call(aws_a="1", aws_c="true"))
