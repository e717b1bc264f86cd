"""Names, paths and tags that IAM and STS accept and refuse, through the real API.

Source: AWS, "IAM and AWS STS quotas: IAM name requirements", "Tags for IAM resources".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.roles import ALLOWED, ROLE_ARN, UNCHECKED, outcome, role
from tests.servers.aws.running import session_of

pytestmark = pytest.mark.integration
INVALID = "ValidationError"


@pytest.fixture(scope="module")
def iam(cloud: AwsAdmin) -> Any:
    return session_of(cloud).client("iam", config=UNCHECKED)


GOOD_NAMES = ["x", "a" * 64, "vault-token-web+1=2,3.4@5_6-7"]
BAD_NAMES = ["", "a" * 65, "a b", "a/b", "a:b", "a*", "ä", "a\n", "a\u0660", "a;b"]
GOOD_PATHS = ["/", "/a/", "/a/b/", f"/{'p' * 510}/"]
BAD_PATHS = ["", "a", "/a", "a/", "/a b/", "/ä/", f"/{'p' * 511}/"]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_user_can_have_a_valid_name(iam: Any, name: str) -> None:
    assert outcome(iam.create_user, UserName=name) == ALLOWED
    assert outcome(iam.delete_user, UserName=name) == ALLOWED


@pytest.mark.parametrize("name", BAD_NAMES)
def test_an_invalid_name_is_refused(iam: Any, name: str) -> None:
    assert outcome(iam.create_user, UserName=name) == INVALID


def test_names_differ_by_more_than_case(iam: Any) -> None:
    iam.create_user(UserName="Case-of-Name")
    again = outcome(iam.create_user, UserName="case-of-name")
    iam.delete_user(UserName="Case-of-Name")

    assert again == "EntityAlreadyExists"


@pytest.mark.parametrize("path", GOOD_PATHS)
def test_a_user_can_have_a_valid_path(iam: Any, path: str) -> None:
    assert outcome(iam.create_user, UserName="path", Path=path) == ALLOWED
    assert outcome(iam.delete_user, UserName="path") == ALLOWED


@pytest.mark.parametrize("path", BAD_PATHS)
def test_an_invalid_path_is_refused(iam: Any, path: str) -> None:
    assert outcome(iam.create_user, UserName="path", Path=path) == INVALID


@pytest.mark.parametrize(
    ("method", "member", "longest"),
    [
        ("create_group", "GroupName", 128),
        ("create_role", "RoleName", 64),
        ("create_policy", "PolicyName", 128),
        ("create_instance_profile", "InstanceProfileName", 128),
    ],
)
def test_each_kind_has_its_longest_name(
    iam: Any,
    method: str,
    member: str,
    longest: int,
) -> None:
    more = {"create_role": {"AssumeRolePolicyDocument": "{}"}}.get(method, {})
    more |= {"create_policy": {"PolicyDocument": "{}"}}.get(method, {})
    call = getattr(iam, method)

    assert outcome(call, **{member: "n" * (longest + 1)}, **more) == INVALID
    assert outcome(call, **{member: "n n"}, **more) == INVALID


@pytest.fixture
def user(iam: Any) -> Iterator[str]:
    iam.create_user(UserName="tagged")
    yield "tagged"
    iam.delete_user(UserName="tagged")


def numbered(first: int, last: int) -> list[dict[str, str]]:
    return [{"Key": f"k{number}", "Value": "v"} for number in range(first, last)]


GOOD_TAGS = {
    "fifty": numbered(0, 50),
    "the longest": [{"Key": "k" * 128, "Value": "v" * 256}],
    "an empty value": [{"Key": "k", "Value": ""}],
    "all characters": [{"Key": "ä _.:/=+-@9", "Value": "é _.:/=+-@9"}],
}
BAD_TAGS = {
    "fifty-one": (numbered(0, 51), "LimitExceeded"),
    "a long key": ([{"Key": "k" * 129, "Value": "v"}], INVALID),
    "a long value": ([{"Key": "k", "Value": "v" * 257}], INVALID),
    "an empty key": ([{"Key": "", "Value": "v"}], INVALID),
    "a character": ([{"Key": "k*", "Value": "v"}], INVALID),
    "a character in the value": ([{"Key": "k", "Value": "v;"}], INVALID),
    "a reserved key": ([{"Key": "aws:x", "Value": "v"}], "InvalidInput"),
    "a reserved key in capitals": ([{"Key": "AWS:x", "Value": "v"}], "InvalidInput"),
    "the same key twice": (
        [{"Key": "k", "Value": "v"}, {"Key": "K", "Value": "v"}],
        "InvalidInput",
    ),
}


@pytest.mark.parametrize("name", GOOD_TAGS)
def test_valid_tags_are_accepted(iam: Any, user: str, name: str) -> None:
    assert outcome(iam.tag_user, UserName=user, Tags=GOOD_TAGS[name]) == ALLOWED
    shown = iam.list_user_tags(UserName=user, MaxItems=100)["Tags"]
    assert sorted(shown, key=str) == sorted(GOOD_TAGS[name], key=str)


@pytest.mark.parametrize("name", BAD_TAGS)
def test_invalid_tags_are_refused(iam: Any, user: str, name: str) -> None:
    tags, code = BAD_TAGS[name]
    assert outcome(iam.tag_user, UserName=user, Tags=tags) == code
    assert outcome(iam.create_user, UserName="other", Tags=tags) == code


def test_a_user_has_fifty_tags_over_all_calls(iam: Any, user: str) -> None:
    assert outcome(iam.tag_user, UserName=user, Tags=numbered(0, 30)) == ALLOWED
    assert outcome(iam.tag_user, UserName=user, Tags=numbered(30, 51)) == "LimitExceeded"
    assert outcome(iam.tag_user, UserName=user, Tags=numbered(20, 50)) == ALLOWED


@pytest.mark.parametrize(
    ("name", "result"),
    [("ab", ALLOWED), ("a" * 64, ALLOWED), ("a", INVALID), ("a" * 65, INVALID), ("a b", INVALID)],
)
def test_a_role_session_has_a_valid_name(cloud: AwsAdmin, name: str, result: str) -> None:
    sts = session_of(cloud).client("sts", config=UNCHECKED)
    with role(cloud):
        assert outcome(sts.assume_role, RoleArn=ROLE_ARN, RoleSessionName=name) == result


@pytest.mark.parametrize(
    ("name", "result"), [("ab", ALLOWED), ("a" * 32, ALLOWED), ("a", INVALID), ("a" * 33, INVALID)]
)
def test_a_federated_user_has_a_valid_name(cloud: AwsAdmin, name: str, result: str) -> None:
    sts = session_of(cloud).client("sts", config=UNCHECKED)
    assert outcome(sts.get_federation_token, Name=name) == result
