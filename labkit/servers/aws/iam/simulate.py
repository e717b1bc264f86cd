"""Answer `SimulatePrincipalPolicy` and `SimulateCustomPolicy` from the same decision.

Source: `SimulatePrincipalPolicy` (IAM API Reference), `EvaluationResult`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labkit.servers.aws.iam.decision import Decision, Reason
from labkit.servers.aws.iam.evaluation import decide
from labkit.servers.aws.iam.layers import Layer, StatementResult
from labkit.servers.aws.iam.model import Call, Policies, Policy, Principal
from labkit.servers.aws.iam.variables import ContextValue

_DECISIONS = {
    Reason.ALLOWED: "allowed",
    Reason.EXPLICIT_DENY: "explicitDeny",
    Reason.IMPLICIT_DENY: "implicitDeny",
}


@dataclass(frozen=True)
class Simulation:
    """The result for one action on one resource.

    Args:
        action: `EvalActionName`.
        resource: `EvalResourceName`.
        decision: `EvalDecision`: "allowed", "explicitDeny" or "implicitDeny".
        matched: the statements for `MatchedStatements`: those that decided.
        missing: `MissingContextValues`: condition keys that the policies use and the call lacks.
        allowed_by_boundary: `PermissionsBoundaryDecisionDetail`; None without a boundary.
    """

    action: str
    resource: str
    decision: str
    matched: tuple[StatementResult, ...]
    missing: tuple[str, ...]
    allowed_by_boundary: bool | None


def simulate(
    principal: Principal,
    actions: Sequence[str],
    resources: Sequence[str],
    policies: Policies,
    context: dict[str, ContextValue] | None = None,
) -> tuple[Simulation, ...]:
    """Decide every action on every resource.

    Args:
        principal: who would ask; the keys that follow from it count as given.
        actions: such as "s3:GetObject".
        resources: ARNs; "*" if the call of the API names none.
        policies: in force.
        context: `ContextEntries`, by key.
    """
    calls = (
        Call(principal, action, resource, context or {})
        for action in actions
        for resource in resources or ["*"]
    )
    return tuple(_simulation(decide(call, policies)) for call in calls)


def _simulation(decision: Decision) -> Simulation:
    call, policies = decision.call, decision.policies
    boundary = [row for row in decision.trace if row.layer is Layer.BOUNDARY and row.applied]
    effects = {row.effect for row in boundary}
    return Simulation(
        action=call.action,
        resource=call.resource,
        decision=_DECISIONS[decision.reason],
        matched=decision.decisive,
        missing=tuple(key for key in context_keys(_all(policies)) if key.lower() not in call.keys),
        allowed_by_boundary=None if policies.boundary is None else effects == {"Allow"},
    )


def context_keys(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Return the condition keys that policies use, for `GetContextKeysFor...Policy`, sorted."""
    found = {key.lower(): key for policy in policies for key in _keys(policy)}
    return tuple(sorted(found.values()))


def _keys(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        yield from statement.keys()


def _all(policies: Policies) -> Iterator[Policy]:
    yield from policies.identity
    yield from policies.resource
    yield from policies.boundary or ()
    yield from policies.session or ()
