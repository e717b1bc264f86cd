"""A Vault and an AWS side of somebody else, with things in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hvac
import pytest

from labkit import Lab
from labkit.ownership import record
from labkit.vault.client import connect
from tests.ownership import inventory

STRANGERS = 'path "secret/*" { capabilities = ["read"] }'


@dataclass(frozen=True)
class Host:
    """Somebody's servers, and how a lab is led to them.

    Args:
        lab: the embedded lab whose servers they are.
        env: the variables that name them.
        records: where labs keep their records.
    """

    lab: Lab
    env: dict[str, str]
    records: Path

    def inventory(self, namespace: str = "") -> dict[str, Any]:
        root = connect(self.lab.endpoints.vault_url, self.lab.root.token, namespace)
        users = inventory.of_aws(self.lab.aws().client("iam"))
        return {**inventory.of_vault(root), "IAM users": users}

    def record_files(self) -> list[str]:
        return sorted(path.name for path in self.records.glob("*"))


@pytest.fixture(scope="session")
def _servers() -> Iterator[Lab]:
    with Lab.start(runtime="embedded", alongside=True) as lab:
        _fill(lab.root)
        lab.root.write_data("sys/namespaces/team", data={})
        _fill(connect(lab.endpoints.vault_url, lab.root.token, "team"))
        lab.aws().client("iam").create_user(UserName="stranger")
        yield lab


def _fill(root: hvac.Client) -> None:
    """Create what somebody may have: the tutorial's names among them."""
    for name in ("aws-dynamic-read", "aws-admin", "lab-operator", "labkit-probe"):
        root.sys.create_or_update_acl_policy(name, policy=STRANGERS)
    root.sys.enable_secrets_engine("aws", path="aws")
    root.sys.enable_auth_method("approle")
    root.auth.approle.create_or_update_approle("aws-app", token_policies=["default"])
    role_id = root.auth.approle.read_role_id("aws-app")["data"]["role_id"]
    secret_id = root.auth.approle.generate_secret_id("aws-app")["data"]["secret_id"]
    hvac.Client(url=root.url, namespace=root.adapter.namespace).auth.approle.login(
        role_id, secret_id
    )
    root.auth.token.create(policies=["default"], ttl="1h")
    root.secrets.identity.create_or_update_group(name="people")


@pytest.fixture
def host(_servers: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return the servers; this process's environment names them."""
    at, operator = _servers.endpoints, _servers.identities.operator
    env = {
        "LABKIT_RUNTIME": "external",
        "VAULT_ADDR": at.vault_url,
        "VAULT_TOKEN": at.root_token,
        "AWS_ENDPOINT_URL": str(at.aws_url),
        "AWS_ACCESS_KEY_ID": operator.access_key_id,
        "AWS_SECRET_ACCESS_KEY": operator.secret_access_key,
        "LABKIT_AWS_TOKEN": at.aws_token,
        "LABKIT_AUDIT_LOG": at.audit_log,
        "XDG_STATE_HOME": str(tmp_path),
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return Host(_servers, env, record.default_folder(env))
