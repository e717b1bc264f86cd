"""The layers of policies, and what each says about a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from labkit.servers.aws.iam.model import Call, Policies, Policy
from labkit.servers.aws.iam.principals import Grant, grant_of
from labkit.servers.aws.iam.statements import Statement

_ROLE_ACTIONS = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setsourceidentity",
    "sts:tagsession",
}


class Layer(Enum):
    """A kind of policy, in the words of AWS's messages."""

    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"

    @property
    def article(self) -> str:
        """The article in front of the name in AWS's messages."""
        if self is Layer.TRUST:
            return "the"
        return "an" if self is Layer.IDENTITY else "a"

    @property
    def of_resource(self) -> bool:
        """Whether the policy belongs to the resource and names principals."""
        return self in (Layer.RESOURCE, Layer.TRUST)


@dataclass(frozen=True)
class StatementResult:
    """What one statement says about a call.

    Args:
        layer: the kind of policy.
        policy: its name.
        statement: the Sid, or the statement's number.
        effect: "Allow" or "Deny".
        applied: whether the statement applies to the call.
        why: the reason, in a few words.
    """

    layer: Layer
    policy: str
    statement: str
    effect: str
    applied: bool
    why: str


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """What one layer says about a call.

    Args:
        denied: whether a Deny statement applies.
        grant: the strongest Allow that applies; DIRECT in layers that name no principals.
    """

    denied: bool
    grant: Grant


def needs_resource_policy(call: Call) -> bool:
    """Say whether the resource's policy has to allow the call in any case.

    A role's trust policy and a KMS key's policy have to; other resources' policies only for
    callers of another account.
    """
    is_key = call.action_in_lower_case.startswith("kms:") and ":key/" in call.resource
    return is_key or call.action_in_lower_case in _ROLE_ACTIONS


def resource_layer(call: Call) -> Layer:
    """Return the name of the resource's policy for this call."""
    return Layer.TRUST if call.action_in_lower_case in _ROLE_ACTIONS else Layer.RESOURCE


def layers_of(call: Call, policies: Policies) -> Iterator[tuple[Layer, Sequence[Policy]]]:
    """Yield the layers in AWS's order of evaluation.

    Source: "How AWS enforcement code logic evaluates requests to allow or deny access".
    """
    yield resource_layer(call), policies.resource
    yield Layer.IDENTITY, policies.identity
    yield Layer.BOUNDARY, policies.boundary or ()
    yield Layer.SESSION, policies.session or ()


def verdict_of(call: Call, layer: Layer, policies: Sequence[Policy]) -> LayerVerdict:
    """Return what a layer's policies say about a call."""
    grant = Grant.NONE
    of_resource = layer.of_resource
    for policy in policies:
        for statement in policy.about(call.action_in_lower_case):
            reason, named = _match(call, statement, of_resource=of_resource)
            if reason:
                continue
            if statement.effect == "Deny":
                return LayerVerdict(denied=True, grant=Grant.NONE)
            if statement.effect == "Allow":
                grant = max(grant, named)
    return LayerVerdict(denied=False, grant=grant)


def rows_of(call: Call, layer: Layer, policies: Sequence[Policy]) -> Iterator[StatementResult]:
    """Yield what each statement of a layer says about a call."""
    for policy in policies:
        for statement in policy.statements:
            reason, _ = _match(call, statement, of_resource=layer.of_resource)
            yield StatementResult(
                layer=layer,
                policy=policy.name,
                statement=statement.label,
                effect=statement.effect,
                applied=not reason,
                why=reason or "action, resource and conditions match",
            )


def _match(call: Call, statement: Statement, *, of_resource: bool) -> tuple[str, Grant]:
    """Return why a statement does not apply ("" if it does), and how it names the caller."""
    reason = statement.mismatch(call, needs_resource=not of_resource)
    if reason or not of_resource:
        return reason, Grant.DIRECT
    named = grant_of(statement, call.principal)
    return ("" if named else "other principals"), named
