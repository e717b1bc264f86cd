"""AWS's own managed policies, loaded when first asked for: all of them take 60 MB of memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from moto.iam.models import AWSManagedPolicy
from moto.iam.responses import IamResponse
from moto.sts.responses import TokenResponse

from labkit.servers.aws.door.stored.account import iam_of_account
from labkit.servers.aws.patches.wrapping import wrap

if TYPE_CHECKING:
    from moto.core.responses import BaseResponse
    from werkzeug import Request

    from labkit.servers.aws.patches import State

PREFIX = "arn:aws:iam::aws:policy/"


def patch(_: State) -> None:
    """Load AWS's policies before the operations that name them."""
    for owner in (IamResponse, TokenResponse):
        wrap(owner, "parse_parameters", _load_named)


def _load_named(
    parse: Callable[[BaseResponse, Request], None], response: BaseResponse, request: Request
) -> None:
    parse(response, request)
    decided = request.environ.get("labkit.operation")
    if decided is None:
        return
    wanted = {text for text in _texts(decided.parameters) if text.startswith(PREFIX)}
    if decided.name == "ListPolicies" and decided.parameters.get("Scope") != "Local":
        load(None)
    elif wanted - iam_of_account().managed_policies.keys():
        load(wanted)


def load(arns: set[str] | None) -> None:
    """Make AWS's policies of these ARNs exist, or all of them."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    iam = iam_of_account()
    for name, fields in json.loads(aws_managed_policies_data).items():
        arn = f"{PREFIX[:-1]}{fields['Path']}{name}"
        if (arns is None or arn in arns) and arn not in iam.managed_policies:
            policy = AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, fields)
            iam.managed_policies[policy.arn] = policy


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return []
