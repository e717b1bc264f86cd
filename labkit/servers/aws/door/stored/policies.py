"""The policies in force for a principal, and those of a resource, read from moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moto.core.models import DEFAULT_ACCOUNT_ID

from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.iam import Policies, Policy, parse_policy

if TYPE_CHECKING:
    from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User

NO_BOUNDARY = '{"Version": "2012-10-17", "Statement": []}'  # of a boundary that was deleted


def policies_of(
    iam: IAMBackend, entity: User | Role, session: tuple[Policy, ...] | None = None
) -> Policies:
    """Return what is in force for a user or role of moto's."""
    return Policies(
        identity=tuple(_identity(iam, entity)),
        boundary=_boundary(iam, entity),
        session=session,
    )


def _identity(iam: IAMBackend, entity: User | Role) -> Iterator[Policy]:
    kind = type(entity).__name__.lower()
    yield from _own(entity, f"{kind} {entity.name}")
    if kind == "user":
        for group in list(iam.groups.values()):
            if entity in group.users:
                yield from _own(group, f"group {group.name}")


def _own(entity: User | Group | Role, owner: str) -> Iterator[Policy]:
    """Yield the inline and the attached policies of a user, group or role."""
    for name, document in list(entity.policies.items()):
        yield parse_policy(f"inline policy {name} of {owner}", document)
    for policy in list(entity.managed_policies.values()):
        yield managed(policy)


def managed(policy: ManagedPolicy) -> Policy:
    """Return the default version of a managed policy."""
    version = next(each for each in policy.versions if each.is_default)
    return parse_policy(policy.arn, version.document)


def _boundary(iam: IAMBackend, entity: User | Role) -> tuple[Policy, ...] | None:
    arn = getattr(entity, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = iam.managed_policies.get(arn)
    return (managed(policy) if policy else parse_policy(f"{arn} (deleted)", NO_BOUNDARY),)


def resource_policies(service: str, resource: str) -> tuple[Policy, ...]:
    """Return the policy of a bucket, or the trust policy of a role.

    Args:
        service: the prefix of the action.
        resource: the ARN that the action is about.
    """
    if service == "s3" and ":s3:::" in resource:
        return _bucket_policy(resource.partition(":s3:::")[2].partition("/")[0])
    if service == "sts" and ":role/" in resource:
        return _trust(resource)
    return ()


def _bucket_policy(name: str) -> tuple[Policy, ...]:
    from moto.s3.models import s3_backends

    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(name)
    if bucket is None or bucket.policy is None:
        return ()
    document = bucket.policy
    text = document.decode() if isinstance(document, bytes) else str(document)
    return (parse_policy(f"bucket policy of {name}", text),)


def _trust(arn: str) -> tuple[Policy, ...]:
    roles = list(iam_of_account().roles.values())
    return tuple(
        parse_policy(f"trust policy of role {role.name}", role.assume_role_policy_document)
        for role in roles
        if role.arn == arn
    )
