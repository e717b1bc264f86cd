"""A session may do what its owner's policies permit and its own session policies permit too."""
# ruff: noqa: SLF001 - a mend reaches inside moto

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, IAMRequestBase, PermissionResult
from moto.iam.models import iam_backends
from moto.iam.policy_validation import IAMPolicyDocumentValidator
from moto.sts.responses import TokenResponse

from labkit.servers.aws.patches.wrapping import wrap

_narrowed: dict[str, list[Any]] = {}  # by the id of a session's key


def mend() -> None:
    """Make moto keep the session policies of AssumeRole, and look at those of every session."""
    wrap(TokenResponse, "assume_role", _keep_policies)
    wrap(IAMRequestBase, "check_action_permitted", _check_policies)


def session_policies(response: Any) -> list[Any]:  # noqa: ANN401 - moto's
    """Return the session policies of an STS call: documents, and managed policies of moto's.

    Raises:
        ServiceException: the document is malformed, or a managed policy does not exist.
    """
    document = response._get_param("Policy")
    if document:
        IAMPolicyDocumentValidator(document).validate()
    iam = iam_backends[response.current_account][response.partition]
    given: list[Mapping[str, str]] = response._get_param("PolicyArns") or []
    managed = [iam.get_policy(each["arn"]) for each in given]
    return [*([document] if document else []), *managed]


def narrow(access_key_id: str, policies: list[Any]) -> None:
    """Let a session do only what these policies permit; none at all permit nothing."""
    _narrowed[access_key_id] = policies


def _keep_policies(assume_role: Any, response: Any) -> Any:  # noqa: ANN401 - moto's
    policies = session_policies(response)
    result = assume_role(response)
    if policies:
        narrow(result.result["Credentials"].access_key_id, policies)
    return result


def _check_policies(check: Any, request: Any, resource: str) -> None:  # noqa: ANN401 - moto's
    check(request, resource)
    policies = _narrowed.get(request._access_key._access_key_id)
    free = request._action == "sts:GetCallerIdentity"  # AWS lets every key ask that
    if policies is not None and not free and not _permit(policies, request._action, resource):
        request._raise_access_denied()


def _permit(policies: list[Any], action: str, resource: str) -> bool:
    results = {IAMPolicy(policy).is_action_permitted(action, resource) for policy in policies}
    return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results
