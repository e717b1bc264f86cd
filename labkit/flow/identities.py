"""The two AWS identities of a lab: the operator, and Vault's own `vault-root`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.errors import StartError
from labkit.runtimes.endpoints import Endpoints
from labkit.servers.aws.api.interface import Identity
from labkit.vault.leases import Credentials

VAULT_ROOT_PREFIX = "LABKIT_VAULT_ROOT_"


@dataclass(frozen=True)
class Identities:
    """Who the lab is in AWS.

    Args:
        operator: may do everything; asks AWS whether users exist.
        vault_root: may do what Vault must; its keys go to `config/root`.
    """

    operator: Identity
    vault_root: Identity


def keys_of(identity: Identity) -> Credentials:
    """Return an identity's keys under Vault's names."""
    return Credentials(identity.access_key_id, identity.secret_access_key)


def operator(endpoints: Endpoints, env: Mapping[str, str]) -> Identity:
    """Return the operator that the AWS side created, else the one that AWS_ACCESS_KEY_ID names.

    Raises:
        StartError: AWS is not the lab's own, and the environment names no keys for it.
    """
    if endpoints.aws_url and endpoints.aws_token:
        return _created(endpoints)["operator"]
    return _named(env, "AWS_")


def find(endpoints: Endpoints, env: Mapping[str, str]) -> Identities:
    """Return the identities that the AWS side created, else those the environment names.

    Raises:
        StartError: AWS is not the lab's own, and the environment names no keys for it.
    """
    if endpoints.aws_url and endpoints.aws_token:
        found = _created(endpoints)
        return Identities(found["operator"], found["vault-root"])
    return Identities(_named(env, "AWS_"), _named(env, VAULT_ROOT_PREFIX))


def _created(endpoints: Endpoints) -> dict[str, Identity]:
    from labkit.aws.admin import AwsAdmin

    return AwsAdmin(endpoints.aws_url or "", endpoints.aws_token).identities()


def _named(env: Mapping[str, str], prefix: str) -> Identity:
    variables = [f"{prefix}ACCESS_KEY_ID", f"{prefix}SECRET_ACCESS_KEY"]
    missing = [variable for variable in variables if not env.get(variable)]
    if missing:
        raise StartError(
            f"This AWS API is not the lab's own, and {' and '.join(missing)} is not set. Set AWS_* "
            "to an operator's keys and LABKIT_VAULT_ROOT_* to the keys that Vault is to use."
        )
    return Identity(prefix.strip("_").lower(), *(env[variable] for variable in variables))
