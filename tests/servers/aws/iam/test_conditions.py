"""Condition operators, from examples of the IAM User Guide."""

import pytest

from labkit.servers.aws.iam import Call
from labkit.servers.aws.iam.variables import ContextValue
from tests.servers.aws.iam.pieces import ALICE, applies, call

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
