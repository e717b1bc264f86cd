import pytest

from labkit.servers.plugin.errors import UnsupportedPathError, UserError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest

POLICY_ARN = "arn:aws:iam::123456789012:policy/SomePolicy"
UNSET = {
    "credential_type": "iam_user",
    "policy_arns": None,
    "role_arns": None,
    "policy_document": "",
    "iam_groups": None,
    "iam_tags": None,
    "session_tags": None,
    "default_sts_ttl": 0,
    "max_sts_ttl": 0,
    "user_path": "",
    "permissions_boundary_arn": "",
    "external_id": "",
    "mfa_serial_number": "",
}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        pytest.param(
            {"policy_document": '{ "Version": "2012-10-17" }'},
            {"policy_document": '{"Version":"2012-10-17"}'},
            id="test_backend_policy_crud",
        ),
        pytest.param(
            {"policy_arns": POLICY_ARN},
            {"policy_arns": [POLICY_ARN]},
            id="test_backend_policy_arn_crud",
        ),
        pytest.param(
            {"iam_groups": "group1, group2"},
            {"iam_groups": ["group1", "group2"]},
            id="test_backend_iam_groups_crud",
        ),
        pytest.param(
            {"iam_tags": {"key1": "value1", "key2": "value2"}},
            {"iam_tags": {"key1": "value1", "key2": "value2"}},
            id="test_backend_iam_tags_crud",
        ),
        pytest.param(
            {"iam_tags": ["key1=value1"]},
            {"iam_tags": {"key1": "value1"}},
            id="tags_as_list",
        ),
        pytest.param(
            {"permissions_boundary_arn": POLICY_ARN},
            {"permissions_boundary_arn": POLICY_ARN},
            id="test_role_crud_with_permissions_boundary",
        ),
        pytest.param({"user_path": "/path/"}, {"user_path": "/path/"}, id="user_path"),
        pytest.param({"iam_groups": []}, {"iam_groups": []}, id="emptied_list"),
        pytest.param(
            {"credential_type": "assumed_role", "default_sts_ttl": "15m", "max_sts_ttl": 3600},
            {"credential_type": "assumed_role", "default_sts_ttl": 900, "max_sts_ttl": 3600},
            id="ttls_in_seconds",
        ),
    ],
)
def test_role_reads_back_as_written_and_is_gone_when_deleted(
    engine: EngineUnderTest, given: dict[str, object], shown: dict[str, object]
) -> None:
    assert engine.write("roles/test", **{"credential_type": "iam_user", **given}) is None

    response = engine.read("roles/test")
    assert engine.delete("roles/test") is None

    assert response is not None
    assert response.data == UNSET | shown
    assert engine.read("roles/test") is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"credential_type": "assumed_role", "permissions_boundary_arn": POLICY_ARN},
            "cannot supply permissions_boundary_arn when credential_type isn't iam_user",
        ),
        (
            {
                "credential_type": "iam_user",
                "permissions_boundary_arn": "arn:aws:notiam::123456789012:policy/SomePolicy",
            },
            "expected a service of iam but got notiam",
        ),
    ],
)
def test_role_with_permissions_boundary_validation(
    engine: EngineUnderTest, given: dict[str, object], text: str
) -> None:
    with pytest.raises(UserError, match=text):
        engine.write("roles/test", **given)

    assert engine.read("roles/test") is None


@pytest.mark.parametrize("path", ["roles", "roles/"])
def test_backend_path_list_roles(engine: EngineUnderTest, path: str) -> None:
    for number in range(1, 11):
        engine.write(f"roles/testrole{number}", credential_type="assumed_role")

    response = engine.list(path)

    assert response is not None
    assert response.data is not None
    assert len(response.data["keys"]) == 10


def test_a_second_write_merges(engine: EngineUnderTest) -> None:
    engine.write("roles/test", credential_type="iam_user", iam_groups="g", policy_arns=POLICY_ARN)

    engine.write("roles/test", policy_arns="")

    response = engine.read("roles/test")
    assert response is not None
    assert response.data == UNSET | {"iam_groups": ["g"], "policy_arns": []}


def test_a_refused_write_leaves_the_role_as_it_was(engine: EngineUnderTest) -> None:
    engine.write("roles/test", credential_type="iam_user", iam_groups="g")

    with pytest.raises(UserError, match=r"^cannot parse policy document"):
        engine.write("roles/test", policy_document="{", iam_groups="h")

    response = engine.read("roles/test")
    assert response is not None
    assert response.data == UNSET | {"iam_groups": ["g"]}


@pytest.mark.parametrize("name", ["a", "_", "my-ec2-role", "a.b@c", "1--2"])
def test_role_names_that_vault_knows(engine: EngineUnderTest, name: str) -> None:
    engine.write(f"roles/{name}", credential_type="iam_user")

    assert engine.storage.list("role/") == [name]


@pytest.mark.parametrize("name", ["-a", "a-", ".", "a/b", "a b", "ä"])
def test_role_names_that_vault_has_no_route_for(engine: EngineUnderTest, name: str) -> None:
    with pytest.raises(UnsupportedPathError):
        engine.write(f"roles/{name}", credential_type="iam_user")
