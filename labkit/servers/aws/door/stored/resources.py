"""What moto knows of the resources that a decision is about: their ARNs and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from labkit.servers.aws.door.stored.account import iam_of_account, tags_of

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend


def find(kind: str, name: str) -> str | None:
    """Return the ARN of an existing resource by kind and name, None if there is none."""
    iam = iam_of_account()
    if kind == "access-key":
        key = iam.access_keys.get(name)
        return find("user", key.user_name) if key and key.user_name else None
    if kind == "instance-profile-role":
        profile = next((each for each in _values(iam, kind[:16]) if each.name == name), None)
        return str(profile.roles[0].arn) if profile and profile.roles else None
    if kind == "user":
        found = iam.users.get(name)
    else:
        found = next((each for each in _values(iam, kind) if each.name == name), None)
    return str(found.arn) if found else None


def _values(iam: IAMBackend, kind: str) -> list[Any]:
    entities = getattr(iam, f"{kind.replace('-', '_')}s", {})
    return list(entities.values())


def tag_context(arn: str, region: str) -> dict[str, str]:
    """Return the condition keys for the tags of a resource.

    Args:
        arn: of the resource.
        region: where the resource is if its ARN does not say so.
    """
    _, _, service, own_region, *_ = (*arn.split(":"), "", "", "", "")
    if service == "iam":
        return _keys(_iam_tags(arn), "aws", "iam")
    if service == "ec2":
        return _keys(_ec2_tags(arn, own_region or region), "aws", "ec2")
    return {}


def _keys(tags: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    return {
        f"{prefix}:ResourceTag/{key}": value for key, value in tags.items() for prefix in prefixes
    }


def _iam_tags(arn: str) -> dict[str, str]:
    iam = iam_of_account()
    kind = arn.split(":", 5)[-1].partition("/")[0]
    if kind == "user":
        user = iam.users.get(arn.rpartition("/")[2])
        return tags_of(user) if user is not None and user.arn == arn else {}
    if kind == "role":
        return next((tags_of(role) for role in list(iam.roles.values()) if role.arn == arn), {})
    return {}


def _ec2_tags(arn: str, region: str) -> dict[str, str]:
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[DEFAULT_ACCOUNT_ID].get(region)
    return dict(backend.tags.get(arn.rpartition("/")[2], {})) if backend else {}
