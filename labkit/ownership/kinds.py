"""The kinds of things that a lab creates on a shared Vault: find them, tell whose they are, remove.

A lab's mark is stored with each thing at its creation: as the description of a mount, as metadata
of a token or a namespace, as a tag of an IAM user. A thing of the same name without the mark
belongs to somebody else. A policy has no field for a mark, but its name holds the lab's id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.aws.users import delete_user
from labkit.errors import WaitError
from labkit.machine.polling import happens_within
from labkit.ownership import iam_user
from labkit.ownership.iam_user import Found
from labkit.ownership.record import Place, Thing
from labkit.ownership.server_clients import ServerClients

NAMESPACE, ENGINE, AUTH_METHOD = "namespace", "secrets engine", "auth method"
POLICY, TOKEN, IAM_USER = "policy", "token", "IAM user"
MARKED_TOKEN = "token with the mark"  # noqa: S105 - a kind: planned, its accessor not yet known
UNKNOWN_ACCESSOR = "invalid accessor"
METADATA = "labkit"  # the key of the mark in the metadata of tokens and namespaces
AWS_ENGINE = "aws"  # the type of the engine
REMOVAL_SECONDS = 60.0


@dataclass(frozen=True)
class ObjectKind:
    """How one kind of thing is looked up and removed.

    Args:
        find: return the thing as the server describes it, None if there is none.
        is_ours: whether that description is of a thing that the lab of this place created.
        remove: remove it.
    """

    find: Callable[[ServerClients, str], Any]
    is_ours: Callable[[Any, Place], bool]
    remove: Callable[[ServerClients, str], None]


def exists(servers: ServerClients, thing: Thing) -> bool:
    """Whether there is a thing of this kind and name, whoever created it."""
    return KINDS[thing.kind].find(servers, thing.name) is not None


def remove(servers: ServerClients, thing: Thing, place: Place) -> None:
    """Remove a thing if the lab of this place created it. Idempotent.

    Raises:
        WaitError: the server did not finish the removal in a minute.
        hvac.exceptions.VaultError, botocore.exceptions.ClientError: the server refused.
    """
    kind = KINDS[thing.kind]
    found = kind.find(servers, thing.name)
    if found is not None and kind.is_ours(found, place):
        kind.remove(servers, thing.name)


def _read(servers: ServerClients, path: str) -> Found | None:
    """Return the data at a path of Vault, None if there is nothing."""
    answer = servers.vault.read(path)
    return answer["data"] if answer else None


def _find_auth_method(servers: ServerClients, path: str) -> Found | None:
    return (_read(servers, "sys/auth") or {}).get(f"{path}/")


def _has_description(found: Found, place: Place) -> bool:
    """Whether a mount has the mark; `vault secrets enable` in a notebook gives no description."""
    description = found["description"]
    return bool(description == place.mark or (place.is_alone and not description))


def _has_metadata(found: Found, place: Place) -> bool:
    """Whether metadata of a token (`meta`) or a namespace (`custom_metadata`) holds the mark."""
    metadata = found.get("custom_metadata") or found.get("meta") or {}
    return bool(metadata.get(METADATA) == place.mark)


def _is_named_after(found: Found, place: Place) -> bool:
    return place.is_alone or str(found["name"]).endswith(place.lab_id)


def _find_token(servers: ServerClients, accessor: str) -> Found | None:
    """Look a token up by its accessor (`POST auth/token/lookup-accessor`)."""
    from hvac.exceptions import VaultError

    try:
        found: Found = servers.vault.auth.token.lookup_accessor(accessor)["data"]
    except VaultError as error:
        if UNKNOWN_ACCESSOR in str(error):
            return None
        raise
    return found


def _find_marked_tokens(servers: ServerClients, mark: str) -> list[Found] | None:
    """Search all tokens for the mark: the lab was killed before it recorded the accessor."""
    accessors = servers.vault.list("auth/token/accessors")["data"]["keys"]
    tokens = [found for accessor in accessors if (found := _find_token(servers, accessor))]
    return [found for found in tokens if (found["meta"] or {}).get(METADATA) == mark] or None


def _are_ours(found: list[Found], place: Place) -> bool:
    return all(_has_metadata(token, place) for token in found)


def _revoke_marked_tokens(servers: ServerClients, mark: str) -> None:
    for token in _find_marked_tokens(servers, mark) or ():
        servers.vault.auth.token.revoke_accessor(token["accessor"])


def _disable_auth_method(servers: ServerClients, path: str) -> None:
    """Disable an auth method and delete the identity entities that its logins created.

    Vault revokes the method's tokens, but keeps the entities (`identity/entity`).
    """
    found = _find_auth_method(servers, path) or {}
    entities = _entities_only_of(servers, found.get("accessor"))
    servers.vault.sys.disable_auth_method(path)
    for entity in entities:
        servers.vault.delete(f"identity/entity/id/{entity}")


def _entities_only_of(servers: ServerClients, accessor: str | None) -> list[str]:
    """Return the ids of entities all of whose aliases are of one auth method."""
    answer = servers.vault.list("identity/entity/id")
    described = (answer or {}).get("data", {}).get("key_info", {})
    return [
        entity
        for entity, found in described.items()
        if found["aliases"]
        and {alias["mount_accessor"] for alias in found["aliases"]} == {accessor}
    ]


def _find_namespace(servers: ServerClients, name: str) -> Found | None:
    return _read(servers, _namespace_api(name))


def _namespace_api(name: str) -> str:
    """Return the API path of a namespace: the request goes to the namespace that contains it."""
    *outer, own = name.split("/")
    return "/".join([*outer, "sys/namespaces", own])


def _delete_namespace(servers: ServerClients, name: str) -> None:
    """Delete a namespace with all that is in it, and wait until Vault has done so.

    Vault deletes no namespace that has namespaces in it, so those are deleted first. The engines
    go before the namespace: Vault disables no engine whose leases it cannot revoke, but deletes a
    namespace nevertheless, and users with working keys stay in AWS.
    """
    for inner in _inner_namespaces(servers, name):
        _delete_namespace(servers, f"{name}/{inner}")
    for path in _engines_in(servers, name):
        servers.vault.delete(f"{name}/sys/mounts/{path}")
    servers.vault.delete(_namespace_api(name))
    if not happens_within(REMOVAL_SECONDS, lambda: _find_namespace(servers, name) is None):
        raise WaitError(
            f"Timed out after {REMOVAL_SECONDS:.0f} s: Vault still deletes the namespace {name}. "
            "Look at Vault's log."
        )


def _inner_namespaces(servers: ServerClients, name: str) -> list[str]:
    answer = servers.vault.list(f"{name}/sys/namespaces")
    return [key.rstrip("/") for key in answer["data"]["keys"]] if answer else []


def _engines_in(servers: ServerClients, namespace: str) -> list[str]:
    mounts = _read(servers, f"{namespace}/sys/mounts") or {}
    return [path for path, mount in mounts.items() if mount["type"] == AWS_ENGINE]


KINDS = {
    NAMESPACE: ObjectKind(_find_namespace, _has_metadata, _delete_namespace),
    ENGINE: ObjectKind(
        lambda servers, path: (_read(servers, "sys/mounts") or {}).get(f"{path}/"),
        _has_description,
        lambda servers, path: servers.vault.sys.disable_secrets_engine(path),  # with its leases
    ),
    AUTH_METHOD: ObjectKind(_find_auth_method, _has_description, _disable_auth_method),
    POLICY: ObjectKind(
        lambda servers, name: _read(servers, f"sys/policies/acl/{name}"),
        _is_named_after,
        lambda servers, name: servers.vault.sys.delete_acl_policy(name),
    ),
    TOKEN: ObjectKind(
        _find_token,
        _has_metadata,
        lambda servers, accessor: servers.vault.auth.token.revoke_accessor(accessor),
    ),
    MARKED_TOKEN: ObjectKind(_find_marked_tokens, _are_ours, _revoke_marked_tokens),
    IAM_USER: ObjectKind(
        lambda servers, name: iam_user.find(servers.iam, name),
        lambda found, place: {"Key": iam_user.TAG, "Value": place.mark} in found["Tags"],
        lambda servers, name: delete_user(servers.iam, name),
    ),
}
