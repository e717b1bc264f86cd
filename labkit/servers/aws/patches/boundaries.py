"""Permissions boundaries of users, which moto accepts and forgets."""
# ruff: noqa: SLF001 - a patch reaches inside moto

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import EmptyResult
from moto.iam.models import User
from moto.iam.responses import IamResponse

from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.patches.wrapping import add, wrap

if TYPE_CHECKING:
    from labkit.servers.aws.patches import State


def patch(_: State) -> None:
    """Make moto keep the boundaries of users, and show them."""
    add(User, "permissions_boundary_arn", None)
    add(User, "permissions_boundary", property(_shown))
    wrap(IamResponse, "create_user", _create_user)
    add(IamResponse, "put_user_permissions_boundary", _put)
    add(IamResponse, "delete_user_permissions_boundary", _delete)


def _shown(user: Any) -> dict[str, str] | None:  # noqa: ANN401 - moto's
    if not user.permissions_boundary_arn:
        return None
    return {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": user.permissions_boundary_arn,
    }


def _create_user(create: Any, response: Any) -> Any:  # noqa: ANN401 - moto's
    result = create(response)
    result.result["User"].permissions_boundary_arn = response._get_param("PermissionsBoundary")
    return result


def _put(response: Any) -> EmptyResult:  # noqa: ANN401 - moto's
    user = iam_of_account().get_user(response._get_param("UserName"))
    user.permissions_boundary_arn = response._get_param("PermissionsBoundary")
    return EmptyResult()


def _delete(response: Any) -> EmptyResult:  # noqa: ANN401 - moto's
    iam_of_account().get_user(response._get_param("UserName")).permissions_boundary_arn = None
    return EmptyResult()
