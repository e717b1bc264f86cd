"""Take a place on servers that others use: plan, refuse what exists, record, create.

LABKIT_NAMES, or `Lab.start(names=...)`, chooses the names of what a lab creates on such a Vault:

* `namespace`: a namespace of the lab's own, with the tutorial's names in it. Every command of the
  notebooks works as it is printed. The default where Vault has namespaces and the token may create
  them (OpenBao, Vault Enterprise).
* `own`: the tutorial's names with the lab's id added, such as `aws-1a2b3c4d/`. The default where
  Vault has no namespaces. The steps of the flow use these names; commands that a notebook spells
  out name `aws/` and are refused.
* `tutorial`: the tutorial's own names. They are refused if one exists, and what has these names at
  the end is removed. For a Vault that nobody else uses, such as that of docker-compose.yml.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.errors import LabError, StartError
from labkit.flow.names import TUTORIAL, Names, own_names
from labkit.ownership import kinds, record
from labkit.ownership.record import OwnershipRecord, Place, Thing
from labkit.ownership.server_clients import ServerClients
from labkit.runtimes.choice import NAMES_VARIABLE as VARIABLE
from labkit.runtimes.choice import TUTORIALS
from labkit.runtimes.endpoints import Endpoints

if TYPE_CHECKING:
    import hvac

NAMESPACE, OWN = "namespace", "own"
CHOICES = (NAMESPACE, OWN, TUTORIALS)
CREATING = {"root", "sudo", "create", "update"}
TOKEN_TTL = "12h"  # noqa: S105 - of the administrator's token: as long as a workshop's day


@dataclass(frozen=True)
class Claim:
    """A lab's place on shared servers.

    Args:
        namespace: the namespace that the lab works in; empty is the root namespace.
        names: the lab's names in it.
        vault_user: name of the IAM user to create for Vault; empty if there is one already.
        record: what the lab creates.
    """

    namespace: str
    names: Names
    vault_user: str
    record: OwnershipRecord

    @property
    def summary(self) -> str:
        """Where the lab creates things, in a few words."""
        if self.namespace != self.record.place.namespace:
            return f"all in its own namespace {self.namespace}/"
        return f"at {self.names.mount}/ and {self.names.approle_mount}/"


def choose_names(env: Mapping[str, str], wanted: str | None, vault: hvac.Client) -> str:
    """Return which names to use: the wanted ones, LABKIT_NAMES's, else what Vault allows.

    Raises:
        StartError: the choice is unknown.
    """
    demanded = wanted or env.get(VARIABLE)
    if demanded and demanded not in CHOICES:
        raise StartError(
            f"There are no names {demanded!r}. {VARIABLE} takes one of: {', '.join(CHOICES)}."
        )
    return demanded or (NAMESPACE if can_create_namespaces(vault) else OWN)


def can_create_namespaces(vault: hvac.Client) -> bool:
    """Whether Vault has namespaces and the client's token may create one."""
    from hvac.exceptions import InvalidPath, VaultError

    path = "sys/namespaces/labkit-0"
    try:
        allowed = vault.write_data("sys/capabilities-self", data={"paths": [path]})["data"][path]
        vault.adapter.get(f"/v1/{path}")
    except InvalidPath as error:  # Vault without namespaces says "unsupported path"
        return not error.errors and bool(CREATING & {*allowed})
    except VaultError:
        return False
    return bool(CREATING & {*allowed})


def claim(
    endpoints: Endpoints, servers: ServerClients, names: str, *, folder: Path, has_vault_user: bool
) -> Claim:
    """Plan a lab's things, refuse those that exist, and record them; nothing is created yet.

    Args:
        endpoints: the servers; the namespace is the one that the user named.
        servers: clients of these servers.
        names: `namespace`, `own` or `tutorial`.
        folder: where records are kept.
        has_vault_user: whether the IAM user for Vault exists.

    Raises:
        LabError: something of the plan exists already, or the record cannot be written.
    """
    place = Place(
        lab_id=secrets.token_hex(4),
        vault_url=endpoints.vault_url,
        namespace=endpoints.namespace,
        aws_url=endpoints.aws_url,
        is_alone=names == TUTORIALS,
    )
    vault_user = "" if has_vault_user else f"labkit-{place.lab_id}-vault-root"
    planned = plan(place, names, vault_user)
    _refuse_existing(servers, planned)
    own = record.create(place, folder)
    own.add(planned)
    inner = f"labkit-{place.lab_id}" if names == NAMESPACE else ""
    namespace = "/".join(filter(None, (place.namespace, inner)))
    return Claim(namespace, lab_names(place, names), vault_user, own)


def lab_names(place: Place, names: str) -> Names:
    """Return a lab's names; descriptions of its mounts and tags of its users are its mark."""
    own = own_names(place.lab_id, place.mark)
    if names == OWN:
        return own
    return replace(TUTORIAL, description=place.mark, probe=own.probe)


def plan(place: Place, names: str, vault_user: str) -> list[Thing]:
    """Return what the lab is going to create, in the order of creation.

    A namespace stands for all that is in it.
    """
    own = lab_names(place, names)
    users = [Thing(kinds.IAM_USER, name) for name in (vault_user, own.probe) if name]
    if names == NAMESPACE:
        return [*users, Thing(kinds.NAMESPACE, f"labkit-{place.lab_id}")]
    return [
        *users,
        *(Thing(kinds.POLICY, name) for name in (*own.policies, own.probe)),
        Thing(kinds.MARKED_TOKEN, place.mark),
        Thing(kinds.ENGINE, own.mount),
        Thing(kinds.AUTH_METHOD, own.approle_mount),
    ]


def _refuse_existing(servers: ServerClients, planned: list[Thing]) -> None:
    checked = [thing for thing in planned if thing.kind != kinds.MARKED_TOKEN]
    if taken := [str(thing) for thing in checked if kinds.exists(servers, thing)]:
        raise LabError(
            f"This Vault, which others may use, has already: {', '.join(taken)}. The lab leaves "
            f"them alone. Remove them if they are yours, or set {VARIABLE}=namespace or own."
        )


def create_namespace(claimed: Claim, servers: ServerClients) -> None:
    """Create the lab's namespace if the plan has one (`POST sys/namespaces/<name>`)."""
    for thing in claimed.record.things:
        if thing.kind == kinds.NAMESPACE:
            metadata = {"custom_metadata": {kinds.METADATA: claimed.record.place.mark}}
            servers.vault.write_data(f"sys/namespaces/{thing.name}", data=metadata)


def create_token(claimed: Claim, vault: hvac.Client, policies: list[str]) -> str:
    """Create the administrator's token (`POST auth/token/create`) and record its accessor.

    Args:
        claimed: the lab's place.
        vault: client in the lab's namespace.
        policies: policies of the token.
    """
    mark = {kinds.METADATA: claimed.record.place.mark}
    answer = vault.auth.token.create(
        policies=policies, display_name="administrator", meta=mark, ttl=TOKEN_TTL
    )
    if claimed.namespace == claimed.record.place.namespace:
        claimed.record.add([Thing(kinds.TOKEN, answer["auth"]["accessor"])])
    return str(answer["auth"]["client_token"])
