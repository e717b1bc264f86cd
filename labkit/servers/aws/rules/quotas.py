"""IAM's quotas.

Source: AWS, "IAM and AWS STS quotas": sizes of policies do not count white space.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.door.stored.account import Tagged, tags_of
from labkit.servers.aws.iam.grammar import size

Given = Mapping[str, Any]  # the parameters of a call

if TYPE_CHECKING:
    from moto.iam.models import Group, IAMBackend, Role, User

    Entity: TypeAlias = "User | Group | Role"

INLINE = {"User": 2_048, "Group": 5_120, "Role": 10_240}  # characters of all inline policies
MANAGED = 6_144  # characters of a managed policy
TRUST = 2_048  # characters of a role's trust policy
ATTACHED = 10  # managed policies of a user, group or role
GROUPS = 10  # of a user
VERSIONS = 5  # of a managed policy
TAGS = 50  # of a user, role or managed policy
_SIZED = {"CreatePolicy": "PolicyDocument", "CreatePolicyVersion": "PolicyDocument"}
_TRUSTED = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}


def check(iam: IAMBackend, operation: ServiceOperation) -> None:
    """Check the quotas that a call could exceed.

    Raises:
        Refusal: it would.
    """
    name, given = operation.name, operation.parameters
    if member := _SIZED.get(name):
        _limit(size(given.get(member, "")), MANAGED, "PolicySize")
    if member := _TRUSTED.get(name):
        _limit(size(given.get(member, "")), TRUST, "ACLSizePerRole")
    for kind in INLINE:
        if name == f"Put{kind}Policy":
            _check_inline(entity(iam, kind, given), kind, given)
        if name == f"Attach{kind}Policy":
            _check_attached(entity(iam, kind, given), kind, given)
        if name == f"Tag{kind}":
            _check_tags(cast("Tagged | None", entity(iam, kind, given)), kind, given)
    if name == "TagPolicy":
        _check_tags(iam.managed_policies.get(given.get("PolicyArn", "")), "Policy", given)
    if name == "AddUserToGroup":
        _check_groups(iam, given)
    if name == "CreatePolicyVersion":
        policy = iam.managed_policies.get(given.get("PolicyArn", ""))
        _limit(len(policy.versions) + 1 if policy else 0, VERSIONS, "VersionsPerPolicy")


def entity(iam: IAMBackend, kind: str, given: Given) -> Entity | None:
    """Return the user, group or role that a call names, None if it does not exist."""
    name = given.get(f"{kind}Name")
    if kind == "Role":
        return next((role for role in list(iam.roles.values()) if role.name == name), None)
    entities: Mapping[str, User | Group] = getattr(iam, f"{kind.lower()}s")
    return entities.get(name or "")


def _check_inline(owner: Entity | None, kind: str, given: Given) -> None:
    if owner is None:
        return
    others = {key: text for key, text in owner.policies.items() if key != given.get("PolicyName")}
    total = sum(map(size, others.values())) + size(given.get("PolicyDocument", ""))
    if total > INLINE[kind]:
        raise Refusal(
            "LimitExceeded",
            f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind.lower()} {owner.name}",
        )


def _check_attached(owner: Entity | None, kind: str, given: Given) -> None:
    if owner is not None:
        arns = {*owner.managed_policies, given.get("PolicyArn")}
        _limit(len(arns), ATTACHED, f"PoliciesPer{kind}")


def _check_tags(owner: Tagged | None, kind: str, given: Given) -> None:
    if owner is not None:
        keys = {key.lower() for key in tags_of(owner)}
        keys |= {str(tag.get("Key", "")).lower() for tag in given.get("Tags") or []}
        _limit(len(keys), TAGS, f"TagsPer{kind}")


def _check_groups(iam: IAMBackend, given: Given) -> None:
    user = iam.users.get(given.get("UserName", ""))
    names = {group.name for group in list(iam.groups.values()) if user in group.users}
    _limit(len(names | {given.get("GroupName")}), GROUPS, "GroupsPerUser")


def _limit(found: int, most: int, name: str) -> None:
    if found > most:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for {name}: {most}")
