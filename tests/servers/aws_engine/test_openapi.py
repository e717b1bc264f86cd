"""Help and OpenAPI of the mounted engine, as clients and code generators see them."""

from __future__ import annotations

import json
import re
from typing import Any

import hvac
import pytest
import requests
from schemathesis.core.result import Ok

from labkit.servers.aws_engine.engine import backend
from tests.servers.plugin.conftest import Server, call

pytestmark = pytest.mark.integration

PATHS = {
    "/aws/config/lease": {"get", "post"},
    "/aws/config/root": {"get", "post"},
    "/aws/config/rotate-root": {"post"},
    "/aws/creds/{name}": {"get", "post"},
    "/aws/roles": {"get"},
    "/aws/roles/{name}": {"get", "post", "delete"},
    "/aws/static-creds/{name}": {"get"},
    "/aws/static-roles": {"get"},
    "/aws/static-roles/{name}": {"get", "post", "delete"},
    "/aws/sts/{name}": {"get", "post"},
}
METHODS = {"get", "post", "delete"}
OPERATION_IDS = {
    "aws-configure-lease",
    "aws-configure-root-iam-credentials",
    "aws-delete-role",
    "aws-delete-static-roles-name",
    "aws-generate-credentials",
    "aws-generate-credentials-with-parameters",
    "aws-generate-sts-credentials",
    "aws-generate-sts-credentials-with-parameters",
    "aws-list-roles",
    "aws-list-static-roles",
    "aws-read-lease-configuration",
    "aws-read-role",
    "aws-read-root-iam-credentials-configuration",
    "aws-read-static-creds-name",
    "aws-read-static-roles-name",
    "aws-rotate-root-iam-credentials",
    "aws-write-role",
    "aws-write-static-roles-name",
}


@pytest.fixture
def document(server: Server, vault: hvac.Client) -> dict[str, Any]:
    """Return the server's OpenAPI document, with the paths of the engine only."""
    assert vault.is_authenticated()
    status, document = call(server, "GET", "sys/internal/specs/openapi")
    assert status == 200
    paths = {path: item for path, item in document["paths"].items() if path.startswith("/aws/")}
    return {**document, "paths": paths, "components": {"schemas": named_in(document, paths)}}


def named_in(document: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of a document that some paths name."""
    schemas = document["components"]["schemas"]
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(paths))
    return {name: schemas[name] for name in names}


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [item[name] for item in document["paths"].values() for name in METHODS & item.keys()]


def test_each_path_and_operation_of_the_engine_is_in_the_servers_document(
    document: dict[str, Any],
) -> None:
    shown = {path: METHODS & item.keys() for path, item in document["paths"].items()}

    assert shown == PATHS
    assert {operation["operationId"] for operation in operations(document)} == OPERATION_IDS
    assert all(item["description"] for item in document["paths"].values())


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    from openapi_spec_validator import validate

    validate(document)


@pytest.mark.parametrize("path", ["", "/config/root", "/roles/x", "/sts/x"])
def test_the_document_of_help_is_valid_openapi(
    server: Server, vault: hvac.Client, path: str
) -> None:
    from openapi_spec_validator import validate

    assert vault.is_authenticated()
    validate(call(server, "GET", f"aws{path}?help=1")[1]["openapi"])


def test_each_parameter_has_a_type_and_a_description(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bodies = [
        schemas[content["schema"]["$ref"].rpartition("/")[2]]
        for operation in operations(document)
        for content in operation.get("requestBody", {"content": {}})["content"].values()
    ]
    fields = [field for body in bodies for field in body["properties"].values()]
    parameters = [
        each for item in document["paths"].values() for each in item.get("parameters", [])
    ]

    assert len(fields) > 35
    for described in fields:
        assert described["type"]
        assert described["description"].endswith(".")
    for described in parameters:
        assert described["schema"]["type"]
        assert described["description"].endswith(".")


def test_each_field_of_the_engine_is_in_the_document(document: dict[str, Any]) -> None:
    roles = document["components"]["schemas"]["AwsWriteRoleRequest"]["properties"]
    [declared] = [path.fields for path in backend().paths if "policy_arns" in path.fields]

    assert roles.keys() == declared.keys() - {"name"}
    assert roles["arn"]["deprecated"] is True
    assert roles["user_path"]["default"] == "/"
    assert roles["iam_tags"]["format"] == "kvpairs"
    assert roles["iam_groups"]["x-vault-displayAttrs"]["name"] == "IAM Groups"
    assert roles["max_sts_ttl"] == {
        "type": "integer",
        "format": "seconds",
        "description": "Longest TTL of an STS credential. Not for iam_user.",
        "x-vault-displayAttrs": {"name": "Max STS TTL"},
    }


def test_help_has_the_layout_of_a_builtin_engine(server: Server, vault: hvac.Client) -> None:
    vault.sys.enable_secrets_engine("totp", path="totp")
    try:
        builtin = [call(server, "GET", f"totp{path}?help=1")[1] for path in ("", "/keys/x")]
    finally:
        vault.sys.disable_secrets_engine("totp")
    own = [call(server, "GET", f"aws{path}?help=1")[1] for path in ("", "/roles/x")]

    for ours, theirs in zip(own, builtin, strict=True):
        assert ours.keys() == theirs.keys()
        assert ours["see_also"] is None
        assert ours["openapi"]["info"] == theirs["openapi"]["info"]
        assert ours["openapi"].keys() == theirs["openapi"].keys()
        assert headings(ours["help"]) == headings(theirs["help"])
    introductions = [
        text["help"].partition("## PATHS")[2].split("    ^")[0] for text in (own[0], builtin[0])
    ]
    assert introductions[0] == introductions[1]
    paths = own[0]["help"].partition("## PATHS")[2]
    assert r"    ^roles/(?P<name>\w(([\w-.@]+)?\w)?)$" in paths
    assert paths.count("\n    ^") == len(backend().paths)
    lines = own[1]["help"].splitlines()
    assert lines[0] == "Request:        roles/x"
    assert lines[1] == r"Matching Route: ^roles/(?P<name>\w(([\w-.@]+)?\w)?)$"
    assert "    arn (string)\n\n        (DEPRECATED) Use role_arns" in own[1]["help"]
    assert "    max_sts_ttl (duration (sec))" in own[1]["help"]
    assert "    iam_tags (keypair)" in own[1]["help"]


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("## ")]


def test_help_for_an_unknown_path_is_not_found(server: Server, vault: hvac.Client) -> None:
    assert vault.is_authenticated()
    assert call(server, "GET", "aws/nowhere?help=1")[0] == 404


def test_no_generated_request_is_answered_with_an_internal_error(
    server: Server, vault: hvac.Client, document: dict[str, Any]
) -> None:
    """Send what schemathesis makes of the document; no AWS is configured, so none is changed."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings

    vault.delete("aws/roles/test")
    few = settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    schema = schemathesis.openapi.from_dict(document)
    headers = {"X-Vault-Token": str(vault.token)}
    refused = []

    def send(case: Any) -> None:
        response = case.call(base_url=f"{server.url}/v1", headers=headers, timeout=20)
        if response.status_code >= requests.codes.server_error:
            refused.append((case.method, case.path, case.body, response.text))

    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if "rotate-root" not in operation.path:
            few(given(case=operation.as_strategy())(send))()

    assert [each for each in refused if not from_vault_itself(each[3])] == []


def from_vault_itself(text: str) -> bool:
    """Tell whether upstream answers 500 too: static roles call AWS when they are written."""
    return "unable to validate username" in text or "rotation period out of range" in text
