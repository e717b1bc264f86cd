"""moto executes the operation that the door has decided on, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError
from moto.core.responses import BaseResponse
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from labkit.servers.aws.patches.wrapping import wrap

if TYPE_CHECKING:
    from labkit.servers.aws.door.request.operations import ServiceOperation
    from labkit.servers.aws.patches import State

DECIDED = "labkit.operation"
# moto names the permission of some S3 operations and not the operation.
_BUCKET_LEVEL = {"PostObject", "DeleteObjects"}


def patch(_: State) -> None:
    """Make moto take the operation from the door, and compare the bucket and key in S3."""
    wrap(BaseResponse, "_get_action", _action)
    wrap(ActionAuthenticatorMixin, "_authenticate_and_authorize_s3_action", _compare)
    wrap(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)


def _decided(response: BaseResponse) -> ServiceOperation | None:
    request = getattr(response, "normalized_request", None)
    return request.environ.get(DECIDED) if request is not None else None


def _action(find: Callable[[BaseResponse], str], response: BaseResponse) -> str:
    decided = _decided(response)
    return decided.name if decided and decided.service != "s3" else find(response)


def _compare(
    _: object,
    response: BaseResponse,
    bucket_name: str | None = None,
    key_name: str | None = None,
) -> None:
    """Refuse if moto reads another bucket or key out of the request than the door.

    Raises:
        AccessDeniedError: it does.
    """
    decided = _decided(response)
    if decided is None or decided.service != "s3":
        return
    bucket, key = decided.parameters.get("Bucket"), decided.parameters.get("Key")
    if decided.name in _BUCKET_LEVEL:
        key = None
    if (bucket or None) != (bucket_name or None) or (key or None) != (key_name or None):
        raise AccessDeniedError(user_arn="the caller", action=f"s3:{decided.name}")
