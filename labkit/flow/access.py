"""Who a lab is on its servers: identities, names, and the administrator's token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.flow import identities, steps
from labkit.flow.identities import Identities
from labkit.flow.names import TUTORIAL, Names
from labkit.vault.client import connect

if TYPE_CHECKING:
    import hvac

    from labkit.runtimes.endpoints import Endpoints
    from labkit.runtimes.standing import Standing


@dataclass(frozen=True)
class Access:
    """What a lab needs to work on its servers.

    Args:
        endpoints: where the servers answer, and the lab's namespace.
        identities: the operator, and the IAM user of Vault.
        names: the lab's names on Vault.
        administrator_token: Vault token with the policies `aws-admin` and `lab-operator`.
        is_shared: whether others use the servers too.
    """

    endpoints: Endpoints
    identities: Identities
    names: Names
    administrator_token: str = field(repr=False)
    is_shared: bool = False

    @property
    def audited_namespace(self) -> str | None:
        """The namespace whose requests in the audit log are the lab's; None is all of them."""
        return self.endpoints.namespace if self.is_shared else None

    def outside(self) -> hvac.Client:
        """Return the client for what Vault offers in its root namespace only, as audit devices."""
        return connect(self.endpoints.vault_url, self.endpoints.root_token)

    def client(self, token: str | None = None) -> hvac.Client:
        """Return an hvac client in the lab's namespace with this token, or with none."""
        return connect(self.endpoints.vault_url, token, self.endpoints.namespace)

    def context(self) -> steps.SetupContext:
        """Return what the steps of the flow need, with the administrator's client."""
        vault_root = self.identities.vault_root
        return steps.SetupContext(
            vault=self.client(self.administrator_token),
            access_key=vault_root.access_key_id,
            secret_key=vault_root.secret_access_key,
            region=self.endpoints.region,
            aws_url=self.endpoints.aws_url_for_vault,
            names=self.names,
        )


def on_own_servers(endpoints: Endpoints, env: Mapping[str, str]) -> Access:
    """Write the administrator's policies and create the token, on servers of the lab's own."""
    vault = connect(endpoints.vault_url, endpoints.root_token)
    policies = write_administrators_policies(vault, TUTORIAL)
    answer = vault.auth.token.create(policies=policies, display_name="administrator")
    token = str(answer["auth"]["client_token"])
    return Access(endpoints, identities.find(endpoints, env), TUTORIAL, token)


def to_standing_lab(found: Standing) -> Access:
    """Return the access of the standing lab, with its administrator's token."""
    known = Identities(found.operator, found.vault_root)
    return Access(found.endpoints, known, Names(**found.names), found.administrator_token)


def write_administrators_policies(vault: hvac.Client, names: Names) -> list[str]:
    """Write the two policies of the administrator and return their names."""
    policies = [names.admin_policy, names.operator_policy]
    for name in policies:
        steps.write_policy(vault, name, names)
    return policies
