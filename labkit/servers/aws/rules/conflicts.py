"""What IAM does not delete, as something still belongs to it.

Source: AWS, IAM API reference, DeleteUser, DeleteGroup, DeleteRole, DeletePolicy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.rules.quotas import entity

if TYPE_CHECKING:
    from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User


def check(iam: IAMBackend, operation: ServiceOperation) -> None:
    """Refuse to delete a user, group, role or policy that something still belongs to.

    Raises:
        Refusal: something does.
    """
    finders: dict[str, Callable[[IAMBackend, Any], Iterator[str]]] = {
        "User": _of_user,
        "Group": _of_group,
        "Role": _of_role,
    }
    for kind, find in finders.items():
        if operation.name == f"Delete{kind}":
            owner = entity(iam, kind, operation.parameters)
            _refuse(next(find(iam, owner), "") if owner is not None else "")
    if operation.name == "DeletePolicy":
        policy = iam.managed_policies.get(operation.parameters.get("PolicyArn", ""))
        _refuse(next(_of_policy(iam, policy), "") if policy is not None else "")


def _refuse(what: str) -> None:
    if what:
        raise Refusal("DeleteConflict", f"Cannot delete entity, must {what} first.")


def _of_user(iam: IAMBackend, user: User) -> Iterator[str]:
    if user.managed_policies:
        yield "detach all policies"
    if user.policies:
        yield "delete policies"
    if user.access_keys:
        yield "delete access keys"
    if any(user in group.users for group in list(iam.groups.values())):
        yield "remove users from group"
    if user.password is not None:
        yield "delete login profile"
    if user.mfa_devices or any(
        device.user is not None and device.user.name == user.name
        for device in list(iam.virtual_mfa_devices.values())
    ):
        yield "delete MFA device"
    if user.ssh_public_keys:
        yield "delete SSH public keys"
    if getattr(user, "signing_certificates", None):
        yield "delete signing certificates"


def _of_group(_: IAMBackend, group: Group) -> Iterator[str]:
    if group.users:
        yield "remove users from group"
    if group.managed_policies:
        yield "detach all policies"
    if group.policies:
        yield "delete policies"


def _of_role(iam: IAMBackend, role: Role) -> Iterator[str]:
    if any(role in profile.roles for profile in list(iam.instance_profiles.values())):
        yield "remove roles from instance profile"
    if role.managed_policies:
        yield "detach all policies"
    if role.policies:
        yield "delete policies"


def _of_policy(iam: IAMBackend, policy: ManagedPolicy) -> Iterator[str]:
    owners: list[User | Group | Role] = [
        *iam.users.values(),
        *iam.groups.values(),
        *iam.roles.values(),
    ]
    if any(policy.arn in owner.managed_policies for owner in owners):
        yield "detach the policy from all entities"
    if any(getattr(owner, "permissions_boundary_arn", None) == policy.arn for owner in owners):
        yield "remove the policy as a permissions boundary"
    if len(policy.versions) > 1:
        yield "delete its other versions"
