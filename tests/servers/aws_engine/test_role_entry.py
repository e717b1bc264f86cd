from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.servers.aws_engine.stored.role_entry import (
    Role,
    is_user_path,
    policy_arn_fault,
)
from labkit.servers.plugin.errors import UserError

POLICY_ARN = "arn:aws:iam::123456789012:policy/SomePolicy"
DOCUMENT = '{"Version":"2012-10-17","Statement":[]}'
STS_ONLY = "only valid for assumed_role, federation_token, and session_token credential types"


@pytest.mark.parametrize(
    ("path", "valid"),
    [
        ("/", True),
        ("", False),
        ("/path/", True),
        ("path/", False),
        ("/path", False),
        ("/päth/", False),
        ("/" + "a" * 510 + "/", True),
        ("/" + "a" * 511 + "/", False),
        ("/path/\n", False),
        ("/pa th/", False),
    ],
)
def test_user_path_validity(path: str, *, valid: bool) -> None:
    assert is_user_path(path) is valid


@pytest.mark.parametrize(
    ("types", "problems"),
    [
        ((), ["did not supply credential_type"]),
        (("invalid_type",), ["unrecognized credential type: invalid_type"]),
        (("iam_user", "invalid_type"), ["unrecognized credential type: invalid_type"]),
        (("iam_user",), []),
        (("assumed_role",), []),
        (("federation_token",), []),
        (("session_token",), []),
    ],
)
def test_role_entry_validation_cred_types(types: tuple[str, ...], problems: list[str]) -> None:
    assert Role(credential_types=types).problems() == problems


IAM_USER = Role(
    credential_types=("iam_user",),
    policy_arns=[POLICY_ARN],
    permissions_boundary_arn=POLICY_ARN,
)


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        ({"policy_document": DOCUMENT}, []),
        ({"policy_document": DOCUMENT, "policy_arns": None}, []),
        ({"user_path": "/path/"}, []),
        (
            {"role_arns": ["arn:aws:iam::123456789012:role/r"]},
            ["cannot supply role_arns when credential_type isn't assumed_role"],
        ),
        ({"default_sts_ttl": 1}, [f"default_sts_ttl parameter {STS_ONLY}"]),
        ({"max_sts_ttl": 1}, [f"max_sts_ttl parameter {STS_ONLY}"]),
        (
            {"session_tags": {"k": "v"}},
            ["cannot supply session_tags when credential_type isn't assumed_role"],
        ),
        (
            {"external_id": "x"},
            ["cannot supply external_id when credential_type isn't assumed_role"],
        ),
    ],
)
def test_role_entry_validation_iam_user_cred(changes: dict[str, Any], problems: list[str]) -> None:
    assert replace(IAM_USER, **changes).problems() == problems


NOT_IAM_USER = [
    (
        {"default_sts_ttl": 3, "max_sts_ttl": 2},
        ['"default_sts_ttl" value must be less than or equal to "max_sts_ttl" value'],
    ),
    (
        {"user_path": "/path/"},
        ["user_path parameter only valid for iam_user credential type"],
    ),
    (
        {"permissions_boundary_arn": POLICY_ARN},
        ["cannot supply permissions_boundary_arn when credential_type isn't iam_user"],
    ),
]
ASSUMED_ROLE = Role(
    credential_types=("assumed_role",),
    role_arns=["arn:aws:iam::123456789012:role/SomeRole"],
    policy_arns=[POLICY_ARN],
    policy_document=DOCUMENT,
    external_id="my-ext-id",
    session_tags={"k": "v"},
    default_sts_ttl=2,
    max_sts_ttl=3,
)
FEDERATION_TOKEN = Role(
    credential_types=("federation_token",),
    policy_document=DOCUMENT,
    policy_arns=[POLICY_ARN],
    default_sts_ttl=2,
    max_sts_ttl=3,
)


@pytest.mark.parametrize(("changes", "problems"), [({}, []), *NOT_IAM_USER])
def test_role_entry_validation_assumed_role_cred(
    changes: dict[str, Any], problems: list[str]
) -> None:
    assert replace(ASSUMED_ROLE, **changes).problems() == problems


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        *NOT_IAM_USER,
        (
            {"role_arns": ["arn:aws:iam::123456789012:role/SomeRole"]},
            ["cannot supply role_arns when credential_type isn't assumed_role"],
        ),
    ],
)
def test_role_entry_validation_federation_token_cred(
    changes: dict[str, Any], problems: list[str]
) -> None:
    assert replace(FEDERATION_TOKEN, **changes).problems() == problems


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"mfa_serial_number": "mfa", "default_sts_ttl": 2, "max_sts_ttl": 3}, []),
        *NOT_IAM_USER,
        (
            {"policy_document": DOCUMENT},
            ["cannot supply a policy or role when using credential_type session_token"],
        ),
        (
            {"policy_arns": [POLICY_ARN]},
            ["cannot supply a policy or role when using credential_type session_token"],
        ),
    ],
)
def test_role_entry_validation_session_token_cred(
    changes: dict[str, Any], problems: list[str]
) -> None:
    assert replace(Role(credential_types=("session_token",)), **changes).problems() == problems


@pytest.mark.parametrize(
    ("arn", "fault"),
    [
        ("not_an_arn", "arn: invalid prefix"),
        ("notarn:aws:iam::aws:policy/FooBar", "arn: invalid prefix"),
        ("arn:aws:iam", "arn: not enough sections"),
        ("arn:aws:notiam::aws:policy/FooBar", "expected a service of iam but got notiam"),
        (
            "arn:aws:iam::aws:notpolicy/FooBar",
            "expected a resource type of policy but got notpolicy/FooBar",
        ),
        (
            "arn:aws:iam::aws:policynot/FooBar",
            "expected a resource type of policy but got policynot/FooBar",
        ),
        ("arn:aws:iam::aws:policy/FooBar", ""),
    ],
)
def test_validate_aws_managed_policy(arn: str, fault: str) -> None:
    assert policy_arn_fault(arn) == fault


def test_a_bad_boundary_replaces_the_problems_before_it() -> None:
    role = Role(permissions_boundary_arn="not_an_arn", role_arns=["arn:aws:iam::1:role/r"])

    assert role.problems() == [
        "invalid permissions_boundary_arn parameter: arn: invalid prefix",
        "cannot supply role_arns when credential_type isn't assumed_role",
    ]


def test_problems_are_reported_as_go_quotes_them() -> None:
    with pytest.raises(UserError) as refused:
        Role().overlaid({"credential_type": "iam_user", "user_path": "path", "max_sts_ttl": 1})

    assert str(refused.value) == (
        r'error(s) validating supplied role data: "2 errors occurred:\n'
        r"\t* max_sts_ttl parameter only valid for assumed_role, federation_token, and "
        r"session_token credential types\n"
        r"\t* the specified value for user_path is invalid. It must match "
        r"\"^\\\\/([\\\\x21-\\\\x7F]{0,510}\\\\/)?$\" regexp\n\n" + '"'
    )


def test_overlaying_keeps_what_is_not_given_and_clears_what_is_empty() -> None:
    role = IAM_USER.overlaid({"policy_arns": [], "iam_groups": ["g"], "policy_document": ""})

    assert role.permissions_boundary_arn == POLICY_ARN
    assert (role.policy_arns, role.iam_groups, role.policy_document) == ([], ["g"], "")


lists = st.none() | st.lists(st.text())
maps = st.none() | st.dictionaries(st.text(), st.text())
roles = st.builds(
    Role,
    credential_types=st.lists(st.text()),
    policy_arns=lists,
    role_arns=lists,
    policy_document=st.text(),
    iam_groups=lists,
    iam_tags=maps,
    session_tags=maps,
    default_sts_ttl=st.integers(0, 2**31),
    max_sts_ttl=st.integers(0, 2**31),
    user_path=st.text(),
    permissions_boundary_arn=st.text(),
    external_id=st.text(),
    mfa_serial_number=st.text(),
)


@given(role=roles)
def test_a_stored_role_comes_back_as_it_was(role: Role) -> None:
    assert Role.from_stored(role.stored()).stored() == role.stored()


def test_a_role_is_stored_as_vaults_own_engine_does() -> None:
    stored = ASSUMED_ROLE.stored()

    assert stored["credential_types"] == ["assumed_role"]
    assert (stored["default_sts_ttl"], stored["max_sts_ttl"]) == (2 * 10**9, 3 * 10**9)
    assert stored["version"] == 1
    assert Role.from_stored({**stored, "prohibit_flexible_cred_path": False}) == ASSUMED_ROLE
