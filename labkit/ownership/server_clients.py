"""The clients with which a lab looks after its things on shared servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.flow import identities
from labkit.flow.identities import keys_of
from labkit.runtimes.endpoints import Endpoints
from labkit.vault.client import connect

if TYPE_CHECKING:
    import hvac
    from types_boto3_iam import IAMClient


@dataclass(frozen=True)
class ServerClients:
    """The clients that look at a place.

    Args:
        vault: hvac client with the user's token, in the namespace that the user named.
        iam: boto3 client of IAM with the operator's keys.
    """

    vault: hvac.Client
    iam: IAMClient


def open_servers(endpoints: Endpoints, env: Mapping[str, str]) -> ServerClients:
    """Return clients with the user's token and the operator's keys.

    Raises:
        StartError: the environment names no keys for this AWS API.
    """
    from labkit.aws.sessions import session

    operator = keys_of(identities.operator(endpoints, env))
    aws = session(endpoints.aws_url, endpoints.region, operator)
    vault = connect(endpoints.vault_url, endpoints.root_token, endpoints.namespace)
    return ServerClients(vault, aws.client("iam"))
