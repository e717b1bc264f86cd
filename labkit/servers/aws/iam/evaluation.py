"""Decide a call as AWS does. Pure: no I/O, no clock.

Source: "How AWS enforcement code logic evaluates requests to allow or deny access", and its pages
for a single account and for several accounts.
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.servers.aws.iam.decision import Decision, Reason
from labkit.servers.aws.iam.layers import (
    Layer,
    LayerVerdict,
    layers_of,
    needs_resource_policy,
    resource_layer,
    verdict_of,
)
from labkit.servers.aws.iam.model import Call, Policies
from labkit.servers.aws.iam.principals import Grant

_WITHOUT_IDENTITY = ("Anonymous", "Service", "Federated")


def decide(call: Call, policies: Policies) -> Decision:
    """Decide whether a call is allowed; a Deny statement in any layer wins.

    Args:
        call: one action on one resource by one principal.
        policies: everything in force for the principal and the resource.
    """
    verdicts = {layer: verdict_of(call, layer, found) for layer, found in layers_of(call, policies)}
    for layer, verdict in verdicts.items():
        if verdict.denied:
            return Decision(call, policies, Reason.EXPLICIT_DENY, layer)
    missing = _missing(call, policies, verdicts)
    reason = Reason.IMPLICIT_DENY if missing else Reason.ALLOWED
    return Decision(call, policies, reason, missing)


def _missing(
    call: Call, policies: Policies, verdicts: Mapping[Layer, LayerVerdict]
) -> Layer | None:
    """Return the layer that does not allow the call although it has to."""
    resource = resource_layer(call)
    grant = verdicts[resource].grant
    same_account = call.principal.account == call.resource_account
    if call.principal.type in _WITHOUT_IDENTITY:
        return None if grant else resource
    if not grant and (needs_resource_policy(call) or not same_account):
        return resource
    if same_account and grant is Grant.DIRECT:
        return None  # limited by no implicit deny of another layer
    if not (same_account and grant is Grant.ISSUER) and _identity_denies(call, verdicts):
        return Layer.IDENTITY
    return _limiting(policies, verdicts)


def _identity_denies(call: Call, verdicts: Mapping[Layer, LayerVerdict]) -> bool:
    """Say whether no identity-based policy allows the call; the account's root needs none."""
    return call.principal.type != "Account" and not verdicts[Layer.IDENTITY].grant


def _limiting(policies: Policies, verdicts: Mapping[Layer, LayerVerdict]) -> Layer | None:
    """Return the boundary or the session policies if they exist and do not allow the call."""
    if policies.boundary is not None and not verdicts[Layer.BOUNDARY].grant:
        return Layer.BOUNDARY
    if policies.session is not None and not verdicts[Layer.SESSION].grant:
        return Layer.SESSION
    return None
