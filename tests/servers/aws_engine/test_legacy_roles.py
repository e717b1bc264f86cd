"""The deprecated role parameters `arn` and `policy`, and roles stored under the old prefix."""

from __future__ import annotations

import json

import pytest

from labkit.servers.plugin.errors import EngineError, UserError
from labkit.servers.plugin.request import Response
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.policies import EC2_ONLY
from tests.servers.aws_engine.test_roles import UNSET

POLICY_ARN = "arn:aws:iam::123456789012:policy/path/SomePolicy"
MANAGED_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
ROLE_ARN = "arn:aws:iam::123456789012:role/path/SomeRole"
DOCUMENT = '{ "Version": "2012-10-17" }'
COMPACT = '{"Version":"2012-10-17"}'
BOTH = "iam_user,federation_token"
DEPRECATION = (
    "Detected use of legacy role or policy parameter. Please upgrade to use the new parameters."
)
UNREADABLE = "unable to parse supplied data: "
LEGACY = "this is not allowed for legacy roles"

GIVEN = [
    ({"arn": POLICY_ARN}, {"credential_type": "iam_user", "policy_arns": [POLICY_ARN]}),
    ({"arn": MANAGED_ARN}, {"credential_type": "iam_user", "policy_arns": [MANAGED_ARN]}),
    ({"arn": ROLE_ARN}, {"credential_type": "assumed_role", "role_arns": [ROLE_ARN]}),
    ({"policy": DOCUMENT}, {"credential_type": BOTH, "policy_document": COMPACT}),
    ({"policy": POLICY_ARN}, {"credential_type": "iam_user", "policy_arns": [POLICY_ARN]}),
    ({"arn": DOCUMENT}, {"credential_type": BOTH, "policy_document": COMPACT}),
    (
        {"policy": DOCUMENT, "iam_groups": "g", "iam_tags": "a=b", "external_id": "x"},
        {"credential_type": BOTH, "policy_document": COMPACT},
    ),
]


def data(response: Response | None) -> dict[str, object]:
    assert response is not None
    assert response.data is not None
    return dict(response.data)


@pytest.mark.parametrize(("given", "shown"), GIVEN)
def test_a_deprecated_parameter_makes_a_role_of_the_new_form(
    engine: EngineUnderTest, given: dict[str, object], shown: dict[str, object]
) -> None:
    engine.write("roles/r", credential_type="iam_user", iam_groups="before")

    response = engine.write("roles/r", **given)

    assert response == Response(warnings=(DEPRECATION,))
    assert data(engine.read("roles/r")) == UNSET | shown


@pytest.mark.parametrize(("given", "shown"), [each for each in GIVEN if len(each[0]) == 1])
def test_a_role_under_the_old_prefix_is_converted_and_moved(
    engine: EngineUnderTest, given: dict[str, str], shown: dict[str, object]
) -> None:
    [text] = given.values()
    engine.storage.put("policy/old", text.encode())
    engine.write("roles/new", credential_type="iam_user")

    assert data(engine.list("roles/")) == {"keys": ["new", "old"]}
    first, second = data(engine.read("roles/old")), data(engine.read("roles/old"))
    assert json.loads(json.dumps(first)) == second == UNSET | shown
    assert engine.storage.list("policy/") == []
    assert json.loads(engine.storage.entries["role/old"])["prohibit_flexible_cred_path"] is True


@pytest.mark.parametrize("text", ["arn:aws:iam::1:group/g", "arn:aws", "{", "not JSON"])
def test_what_is_stored_and_not_understood_is_shown_until_it_is_overwritten(
    engine: EngineUnderTest, text: str
) -> None:
    engine.storage.put("policy/old", text.encode())

    read = data(engine.read("roles/old"))
    with pytest.raises(UserError, match="unknown credential_type"):
        engine.issue("old")
    response = engine.write("roles/old", credential_type="iam_user")

    assert read == UNSET | {"credential_type": "", "invalid_data": text}
    assert response is not None
    assert response.warnings == (f'Invalid data of "{text}" cleared out of role',)
    assert data(engine.read("roles/old")) == UNSET


@pytest.mark.parametrize("given", [{"arn": ""}, {"policy": ""}, {"arn": "", "policy": ""}])
def test_an_empty_deprecated_parameter_is_ignored(
    engine: EngineUnderTest, given: dict[str, str]
) -> None:
    assert engine.write("roles/r", credential_type="iam_user", **given) is None
    assert data(engine.read("roles/r")) == UNSET


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"credential_type": "iam_user"}, "an explicit credential_type"),
        *(
            ({name: value}, name)
            for name, value in {
                "role_arns": ROLE_ARN,
                "policy_arns": [],
                "policy_document": "",
                "default_sts_ttl": 0,
                "max_sts_ttl": "1h",
                "user_path": "/",
                "permissions_boundary_arn": "",
            }.items()
        ),
        ({"user_path": "/", "role_arns": ""}, "role_arns"),
    ],
)
def test_a_deprecated_parameter_excludes_the_new_ones(
    engine: EngineUnderTest, given: dict[str, object], text: str
) -> None:
    with pytest.raises(UserError) as refused:
        engine.write("roles/r", policy=DOCUMENT, **given)

    head = "cannot supply deprecated role or policy parameters with "
    assert str(refused.value) == head + text
    assert engine.read("roles/r") is None


def test_both_deprecated_parameters_are_an_error_of_the_engine(engine: EngineUnderTest) -> None:
    with pytest.raises(EngineError) as refused:
        engine.write("roles/r", arn=POLICY_ARN, policy=DOCUMENT)

    assert not isinstance(refused.value, UserError)
    assert str(refused.value) == "only one of policy or arn should be provided"


@pytest.mark.parametrize("text", ["arn:aws:iam::1:group/g", "arn:aws:iam", "{\n", 'a"b'])
def test_a_deprecated_parameter_that_is_not_understood_is_quoted(
    engine: EngineUnderTest, text: str
) -> None:
    with pytest.raises(UserError) as refused:
        engine.write("roles/r", arn=text)

    quoted = text.replace('"', r"\"").replace("\n", r"\n")
    assert str(refused.value) == f'{UNREADABLE}"{quoted}"'


@pytest.mark.parametrize(
    ("given", "through", "text"),
    [
        ({"arn": POLICY_ARN}, "sts", "iam_user credentials through the sts path"),
        ({"arn": ROLE_ARN}, "creds", "assumed_role credentials through the creds path"),
    ],
)
def test_a_role_of_a_deprecated_parameter_issues_its_type_through_one_path(
    engine: EngineUnderTest, given: dict[str, str], through: str, text: str
) -> None:
    engine.write("roles/r", **given)

    with pytest.raises(UserError) as refused:
        engine.issue("r", through)

    assert str(refused.value) == f"attempted to retrieve {text}; {LEGACY}"


def test_a_new_write_frees_a_role_of_a_deprecated_parameter(engine: EngineUnderTest) -> None:
    engine.write("roles/r", arn=POLICY_ARN)
    engine.write("roles/r", iam_groups="g")

    entry = json.loads(engine.storage.entries["role/r"])

    assert entry["prohibit_flexible_cred_path"] is False
    assert (entry["policy_arns"], entry["iam_groups"]) == ([POLICY_ARN], ["g"])


def test_deleting_a_role_deletes_it_under_both_prefixes(engine: EngineUnderTest) -> None:
    engine.storage.put("policy/r", POLICY_ARN.encode())
    engine.storage.put("role/r", b"{}")

    engine.delete("roles/r")

    assert engine.storage.entries == {}


@pytest.mark.parametrize("through", ["creds", "sts"])
def test_a_role_of_a_document_issues_a_user_or_a_federation_token(
    sts: EngineUnderTest, through: str
) -> None:
    sts.write("roles/r", policy=EC2_ONLY)

    issued = sts.issue("r", through)
    assert issued.secret is not None
    sts.revoke(issued.secret)

    assert issued.secret.internal["is_sts"] is (through == "sts")
