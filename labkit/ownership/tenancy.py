"""Start and end a lab's use of servers that others use too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labkit.errors import LabError
from labkit.flow import identities
from labkit.flow.access import Access, write_administrators_policies
from labkit.flow.identities import Identities
from labkit.ownership import claim, iam_user, record, removal
from labkit.ownership.claim import Claim
from labkit.ownership.server_clients import ServerClients, open_servers
from labkit.runtimes.choice import TUTORIALS
from labkit.runtimes.endpoints import Endpoints
from labkit.servers.aws.api.interface import Identity
from labkit.vault.client import connect


@dataclass(frozen=True)
class Tenancy:
    """A lab's place on shared servers, and its access to them."""

    claimed: Claim
    servers: ServerClients
    access: Access

    def end(self) -> None:
        """Remove what the lab created; raise LabError if a server refused.

        `labkit sweep` tries again.
        """
        removal.remove(self.claimed.record, self.servers)


def begin(endpoints: Endpoints, env: Mapping[str, str], names: str | None = None) -> Tenancy:
    """Take a place on shared servers and create what the administrator needs.

    Args:
        endpoints: the servers; the namespace is the one that the user named.
        env: the environment, as `os.environ`.
        names: `namespace`, `own` or `tutorial`; None lets LABKIT_NAMES or Vault decide.

    Raises:
        LabError: something of the lab's plan exists already, or a server refused. All that was
            created until then is removed.
    """
    servers = open_servers(endpoints, env)
    chosen = claim.choose_names(env, names, servers.vault)
    claimed = claim.claim(
        endpoints,
        servers,
        chosen,
        folder=record.default_folder(env),
        has_vault_user=_has_vault_user(endpoints, env, chosen),
    )
    try:
        return Tenancy(claimed, servers, _create(claimed, servers, endpoints, env))
    except BaseException as error:
        _remove_after(error, claimed, servers)
        raise


def _has_vault_user(endpoints: Endpoints, env: Mapping[str, str], names: str) -> bool:
    """Whether Vault's IAM user exists: the AWS side's `vault-root`, or a user that `env` names.

    Others may use `vault-root` of a shared AWS side, and its key ends with the first rotation.
    """
    if endpoints.aws_token:
        return names == TUTORIALS
    return bool(env.get(f"{identities.VAULT_ROOT_PREFIX}ACCESS_KEY_ID"))


def _create(
    claimed: Claim, servers: ServerClients, endpoints: Endpoints, env: Mapping[str, str]
) -> Access:
    found = Identities(
        identities.operator(endpoints, env), _vault_root(claimed, servers, endpoints, env)
    )
    claim.create_namespace(claimed, servers)
    own = replace(endpoints, namespace=claimed.namespace)
    vault = connect(own.vault_url, own.root_token, own.namespace)
    policies = write_administrators_policies(vault, claimed.names)
    token = claim.create_token(claimed, vault, policies)
    return Access(own, found, claimed.names, token, is_shared=True)


def _vault_root(
    claimed: Claim, servers: ServerClients, endpoints: Endpoints, env: Mapping[str, str]
) -> Identity:
    if claimed.vault_user:
        return iam_user.create(servers.iam, claimed.vault_user, claimed.record.place.mark)
    found = identities.find(endpoints, env).vault_root
    return iam_user.with_valid_key(servers.iam, found) if endpoints.aws_token else found


def _remove_after(error: BaseException, claimed: Claim, servers: ServerClients) -> None:
    try:
        removal.remove(claimed.record, servers)
    except LabError as left:
        error.add_note(str(left))
