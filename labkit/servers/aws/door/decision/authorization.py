"""The decisions on a call: all that it needs has to be allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller.callers import Caller
from labkit.servers.aws.door.decision.context import RequestContext
from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.door.stored.policies import resource_policies
from labkit.servers.aws.door.stored.resources import find, tag_context
from labkit.servers.aws.iam import Call, Decision, Policies, decide
from labkit.servers.aws.iam.actions import Need, required

# Sessions of GetSessionToken and GetFederationToken may ask of STS only this, and of IAM nothing;
# a session of GetSessionToken that was opened with MFA may call IAM.
_STS_OF_SESSION = {
    "User": {"AssumeRole", "GetCallerIdentity"},
    "FederatedUser": {"GetCallerIdentity"},
}


@dataclass(frozen=True)
class Authorization:
    """The decisions on one call.

    Args:
        rule: which rule said what the call needs.
        decisions: one for each action and resource; empty if AWS asks for no permission.
        context: the condition keys of the request.
    """

    rule: str
    decisions: tuple[Decision, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def denial(self) -> Decision | None:
        """The first decision that denies."""
        return next((each for each in self.decisions if not each.allowed), None)


class DeniedCall(Refusal):
    """A call is denied by policies.

    Args:
        authorization: the decisions.
        message: AWS's sentence.
    """

    def __init__(self, authorization: Authorization, message: str) -> None:
        super().__init__("Denied", message)
        self.authorization = authorization


def authorize(
    operation: ServiceOperation, caller: Caller, context: RequestContext
) -> Authorization:
    """Decide on everything that a call needs.

    Raises:
        DeniedCall: something of it is denied.
    """
    _check_session(operation, caller)
    name = "PutObject" if operation.name == "PostObject" else operation.name
    region = str(context["aws:RequestedRegion"])
    wanted = required(
        (operation.service, name),
        operation.parameters,
        DEFAULT_ACCOUNT_ID,
        region,
        caller=caller.principal.arn,
        find=find,
    )
    decisions = tuple(_decide(need, caller, context, region) for need in wanted.needs)
    result = Authorization(wanted.rule, decisions, context)
    if (denial := result.denial) is not None:
        raise DeniedCall(result, denial.sentence())
    return result


def _decide(need: Need, caller: Caller, context: RequestContext, region: str) -> Decision:
    keys = {**context, **tag_context(need.resource, region), **need.context}
    call = Call(caller.principal, need.action, need.resource, keys)
    return decision_on(call, caller.policies)


def decision_on(call: Call, policies: Policies) -> Decision:
    """Decide on one action and resource, with the resource's own policy."""
    own = resource_policies(call.action.partition(":")[0].lower(), call.resource)
    if "aws:ResourceAccount" not in call.context and call.resource.startswith("arn:aws:s3:::"):
        call = replace(call, context={**call.context, "aws:ResourceAccount": DEFAULT_ACCOUNT_ID})
    return decide(call, replace(policies, resource=own))


def _check_session(operation: ServiceOperation, caller: Caller) -> None:
    session = caller.session
    if session is None or operation.service not in ("iam", "sts"):
        return
    if operation.name in ("GetSessionToken", "GetFederationToken"):
        raise Refusal("Denied", f"Cannot call {operation.name} with session credentials")
    if session.kind == "AssumedRole":
        return
    if operation.service == "iam" and not (session.kind == "User" and session.mfa):
        raise Refusal("Denied", f"Cannot call {operation.name} with these session credentials")
    if operation.service == "sts" and operation.name not in _STS_OF_SESSION[session.kind]:
        raise Refusal("Denied", f"Cannot call {operation.name} with these session credentials")
