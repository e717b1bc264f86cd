"""Answer SimulatePrincipalPolicy and SimulateCustomPolicy with `iam.simulate`."""
# ruff: noqa: SLF001 - a patch reaches inside moto

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from labkit.servers.aws.door.caller.callers import caller_of_user
from labkit.servers.aws.door.stored.account import iam_of_account, tags_of
from labkit.servers.aws.door.stored.policies import policies_of
from labkit.servers.aws.iam import Policies, Policy, Principal, Simulation, parse_policy, simulate
from labkit.servers.aws.patches.wrapping import add

if TYPE_CHECKING:
    from labkit.servers.aws.patches import State


def patch(_: State) -> None:
    """Add both operations to moto."""
    add(IamResponse, "simulate_principal_policy", _simulate_principal)
    add(IamResponse, "simulate_custom_policy", _simulate_custom)


def _simulate_principal(response: IamResponse) -> ActionResult:
    principal, policies = _source(response._get_param("PolicySourceArn"))
    more = _parsed(response, "PolicyInputList")
    return _results(response, principal, replace(policies, identity=policies.identity + more))


def _simulate_custom(response: IamResponse) -> ActionResult:
    arn = response._get_param("CallerArn") or f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/simulated"
    principal = Principal(arn, DEFAULT_ACCOUNT_ID, "User", "AIDASIMULATED")
    return _results(response, principal, Policies(_parsed(response, "PolicyInputList")))


def _source(arn: str) -> tuple[Principal, Policies]:
    iam = iam_of_account()
    for user in list(iam.users.values()):
        if user.arn == arn:
            caller = caller_of_user(user, "")
            return caller.principal, caller.policies
    for role in list(iam.roles.values()):
        if role.arn == arn:
            principal = Principal(
                arn, DEFAULT_ACCOUNT_ID, "AssumedRole", role.id, arn, tags_of(role)
            )
            return principal, policies_of(iam, role)
    raise NotFoundException(f"The policy source {arn} does not exist.")


def _parsed(response: IamResponse, name: str) -> tuple[Policy, ...]:
    documents: Sequence[str] = response._get_param(name) or []
    return tuple(parse_policy(f"{name}.{i}", text) for i, text in enumerate(documents, 1))


def _results(response: IamResponse, principal: Principal, policies: Policies) -> ActionResult:
    if boundary := _parsed(response, "PermissionsBoundaryPolicyInputList"):
        policies = replace(policies, boundary=boundary)
    if text := response._get_param("ResourcePolicy"):
        policies = replace(policies, resource=(parse_policy("ResourcePolicy", text),))
    context = _context(response._get_param("ContextEntries") or [])
    simulations = simulate(
        principal,
        response._get_param("ActionNames"),
        response._get_param("ResourceArns") or ["*"],
        policies,
        context,
    )
    results = [_result(each) for each in simulations]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _context(entries: Sequence[Mapping[str, Any]]) -> dict[str, str | tuple[str, ...]]:
    return {
        entry["ContextKeyName"]: (
            tuple(entry["ContextKeyValues"])
            if str(entry.get("ContextKeyType", "")).endswith("List")
            else str(entry["ContextKeyValues"][0])
        )
        for entry in entries
    }


def _result(simulation: Simulation) -> dict[str, Any]:
    result: dict[str, Any] = {
        "EvalActionName": simulation.action,
        "EvalResourceName": simulation.resource,
        "EvalDecision": simulation.decision,
        "MatchedStatements": [
            {"SourcePolicyId": row.policy, "SourcePolicyType": "IAM Policy"}
            for row in simulation.matched
        ],
        "MissingContextValues": list(simulation.missing),
    }
    if simulation.allowed_by_boundary is not None:
        allowed = {"AllowedByPermissionsBoundary": simulation.allowed_by_boundary}
        result["PermissionsBoundaryDecisionDetail"] = allowed
    return result
