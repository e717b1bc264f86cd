"""Permissions boundaries of users, which moto accepts and forgets."""
# ruff: noqa: SLF001 - a patch reaches inside moto

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from moto.core.responses import EmptyResult
from moto.iam.models import User
from moto.iam.responses import IamResponse

from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.patches.wrapping import add, wrap

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

    from labkit.servers.aws.patches import State


class BoundedUser(Protocol):
    """A user of moto's with what `patch` adds."""

    permissions_boundary_arn: str | None


def patch(_: State) -> None:
    """Make moto keep the boundaries of users, and show them."""
    add(User, "permissions_boundary_arn", None)
    add(User, "permissions_boundary", property(_shown))
    wrap(IamResponse, "create_user", _create_user)
    add(IamResponse, "put_user_permissions_boundary", _put)
    add(IamResponse, "delete_user_permissions_boundary", _delete)


def _shown(user: BoundedUser) -> dict[str, str] | None:
    if not user.permissions_boundary_arn:
        return None
    return {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": user.permissions_boundary_arn,
    }


def _create_user(
    create: Callable[[IamResponse], ActionResult], response: IamResponse
) -> ActionResult:
    result = create(response)
    user = cast("dict[str, BoundedUser]", result.result)["User"]
    user.permissions_boundary_arn = response._get_param("PermissionsBoundary")
    return result


def _user(response: IamResponse) -> BoundedUser:
    user = iam_of_account().get_user(response._get_param("UserName"))
    return cast("BoundedUser", user)


def _put(response: IamResponse) -> EmptyResult:
    _user(response).permissions_boundary_arn = response._get_param("PermissionsBoundary")
    return EmptyResult()


def _delete(response: IamResponse) -> EmptyResult:
    _user(response).permissions_boundary_arn = None
    return EmptyResult()
