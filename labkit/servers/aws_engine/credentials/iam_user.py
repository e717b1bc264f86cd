"""The credential type `iam_user`: each lease is an IAM user of its own, deleted when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import (
    as_engine_error,
    as_user_error,
    code,
)
from labkit.servers.aws_engine.aws_calls.clients import AwsClient, client_for_issue
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.usernames import iam_username, is_random
from labkit.servers.aws_engine.rollback.rejected_calls import delete_wal_entry_if_rejected
from labkit.servers.aws_engine.rollback.user_creation import is_predictable, user_before_call
from labkit.servers.aws_engine.stored.lease_entry import LeaseConfig
from labkit.servers.aws_engine.stored.role_entry import Role
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Request, Response, Secret

SECRET = "access_keys"  # noqa: S105 - the name of a secret type
WAL_KIND = "user"
WAL_MIN_AGE = 5 * 60  # seconds, after which an issue is surely over
VISIBLE_AFTER = 5 * 60  # seconds, after which IAM surely knows of a new user everywhere
ALL = 1000  # more than IAM allows of anything a user has, so that one page holds all


def issue(mount: AwsMount, request: Request, role_name: str, role: Role) -> Response:
    """Create an IAM user with the role's permissions and return its access key.

    Raises:
        UserError: if AWS refuses one of the calls.
        EngineError: if the write-ahead log cannot be kept.
    """
    iam = client_for_issue(mount.clients.iam, request.storage)
    config = mount.clients.config(request.storage)
    username = iam_username(
        config.username_template, request.display_name, role_name, mount.clock()
    )
    # The entry comes before the user: without it, a user whose creation broke off would live on.
    note = {"UserName": username}
    if not is_random(config.username_template, request.display_name, role_name):
        note |= user_before_call(iam, username)
    entry = _write_ahead(mount, request, note)
    _create(iam, request, entry, note, role)
    # From here on a failure undoes nothing: the entry stays, and the rollback deletes the user.
    _permit(iam, username, role_name, role)
    with as_user_error("Error creating access keys"):
        key = iam.create_access_key(UserName=username)["AccessKey"]
    # Delete the entry before the credential is returned: the rollback would end it in mid-lease.
    _commit(request, entry)
    return _response(mount, request, username, role, key)


def renew(mount: AwsMount, request: Request) -> Secret:
    """Return the lease with TTLs as config/lease has them now; AWS is not asked."""
    secret = _secret(request)
    if _is_sts(secret.internal):
        return secret
    config = _lease_config(mount, request)
    return replace(secret, ttl=config.ttl, max_ttl=config.max_ttl)


def revoke(mount: AwsMount, request: Request) -> None:
    """Delete the IAM user of a lease; an STS credential cannot be taken back and is left alone.

    Raises:
        EngineError: if AWS refuses; the server then asks again later.
    """
    secret = _secret(request)
    if _is_sts(secret.internal):
        return
    username = secret.internal.get("username")
    if not isinstance(username, str):
        raise EngineError("secret is missing username internal data")
    age = mount.clock() - secret.issue_time.timestamp()
    # A user just created may be unknown to some of IAM's servers; later, unknown means deleted.
    delete_user(mount.clients.iam(request.storage), username, may_be_gone=age > VISIBLE_AFTER)


def delete_user(iam: AwsClient, username: str, *, may_be_gone: bool) -> None:
    """Delete an IAM user with all that the engine gave it; repeating it is safe.

    Args:
        iam: the client to ask.
        username: the IAM user.
        may_be_gone: whether a user that does not exist counts as deleted.

    Raises:
        EngineError: at the first call that AWS refuses.
    """
    with as_engine_error("Error deleting IAM user"):
        groups = _groups(iam, username, may_be_gone=may_be_gone)
        if groups is None:
            return
        of_user = {"UserName": username}
        inline = iam.list_user_policies(**of_user, MaxItems=ALL)["PolicyNames"]
        attached = iam.list_attached_user_policies(**of_user, MaxItems=ALL)["AttachedPolicies"]
        keys = iam.list_access_keys(**of_user, MaxItems=ALL)["AccessKeyMetadata"]
        # IAM deletes only a bare user; its keys go first, so that nobody can act as it meanwhile.
        for key in keys:
            iam.delete_access_key(**of_user, AccessKeyId=key["AccessKeyId"])
        for policy in attached:
            iam.detach_user_policy(**of_user, PolicyArn=policy["PolicyArn"])
        for name in inline:
            iam.delete_user_policy(**of_user, PolicyName=name)
        for group in groups:
            iam.remove_user_from_group(**of_user, GroupName=group["GroupName"])
        iam.delete_user(**of_user)


def _groups(iam: AwsClient, username: str, *, may_be_gone: bool) -> list[dict[str, str]] | None:
    """Return the user's groups, None if the user is gone; only this first call may find that."""
    from botocore.exceptions import ClientError

    try:
        answer = iam.list_groups_for_user(UserName=username, MaxItems=ALL)
    except ClientError as error:
        if may_be_gone and code(error) == "NoSuchEntity":
            return None
        raise
    groups: list[dict[str, str]] = answer["Groups"]
    return groups


def _write_ahead(mount: AwsMount, request: Request, note: Mapping[str, Any]) -> str:
    try:
        return wal.put(request.storage, WAL_KIND, note, clock=mount.clock)
    except EngineError as error:
        raise EngineError(f"error writing WAL entry: {error}") from error


def _commit(request: Request, entry: str) -> None:
    try:
        wal.delete(request.storage, entry)
    except EngineError as error:
        raise EngineError(f"failed to commit WAL entry: {error}") from error


def _create(
    iam: AwsClient, request: Request, entry: str, note: Mapping[str, Any], role: Role
) -> None:
    wanted = {"UserName": note["UserName"], "Path": role.user_path or "/"}
    if role.permissions_boundary_arn:
        wanted["PermissionsBoundary"] = role.permissions_boundary_arn
    with (
        delete_wal_entry_if_rejected(request.storage, entry),
        as_user_error("Error creating IAM user"),
    ):
        user = iam.create_user(**wanted)["User"]
    if is_predictable(note):  # the name alone does not prove that the user is ours
        wal.amend(request.storage, entry, {**note, "UserId": user["UserId"]})


def _permit(iam: AwsClient, username: str, role_name: str, role: Role) -> None:
    for arn in role.policy_arns or ():
        with as_user_error("Error attaching user policy"):
            iam.attach_user_policy(UserName=username, PolicyArn=arn)
    if role.policy_document:
        with as_user_error("Error putting user policy"):
            iam.put_user_policy(
                UserName=username, PolicyName=role_name, PolicyDocument=role.policy_document
            )
    for group in role.iam_groups or ():
        with as_user_error("Error adding user to group"):
            iam.add_user_to_group(UserName=username, GroupName=group)
    if role.iam_tags:
        tags = [{"Key": key, "Value": value} for key, value in role.iam_tags.items()]
        with as_user_error("Error adding tags to user"):
            iam.tag_user(UserName=username, Tags=tags)


def _response(
    mount: AwsMount, request: Request, username: str, role: Role, key: Mapping[str, str]
) -> Response:
    config = _lease_config(mount, request)
    return Response(
        data={
            "access_key": key["AccessKeyId"],
            "secret_key": key["SecretAccessKey"],
            "security_token": None,
        },
        secret=Secret(
            type=SECRET,
            internal={"username": username, "policy": role.stored(), "is_sts": False},
            ttl=config.ttl,
            max_ttl=config.max_ttl,
        ),
    )


def _lease_config(mount: AwsMount, request: Request) -> LeaseConfig:
    return mount.lease.get(lambda: LeaseConfig.load(request.storage))


def _secret(request: Request) -> Secret:
    if request.secret is None:
        raise EngineError(f"asked to {request.operation} without a lease")
    return request.secret


def _is_sts(internal: Mapping[str, Any]) -> bool:
    is_sts = internal.get("is_sts", False)
    if not isinstance(is_sts, bool):
        raise EngineError("secret has is_sts but value could not be understood")
    return is_sts
