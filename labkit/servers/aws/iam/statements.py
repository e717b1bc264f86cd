"""One statement of a policy, compiled, and whether it applies to a call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.servers.aws.iam.conditions import Condition, conditions_of
from labkit.servers.aws.iam.variables import Template, template
from labkit.servers.aws.iam.wildcards import glob, mark, matches_arn

if TYPE_CHECKING:
    from labkit.servers.aws.iam.model import Call

VERSION_WITH_VARIABLES = "2012-10-17"
_NO_ACTION = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Args:
        label: its Sid, or its number from 1 on, as "statement 2".
        effect: "Allow" or "Deny".
        action: matches the actions of `Action` or of `NotAction`.
        not_action: whether the statement has `NotAction`.
        resources: of `Resource` or `NotResource`; None if the statement has neither.
        not_resource: whether the statement has `NotResource`.
        conditions: all have to be met.
        principal: `Principal` or `NotPrincipal` as in the policy; None if there is neither.
        not_principal: whether the statement has `NotPrincipal`.
    """

    label: str
    effect: str
    action: re.Pattern[str]
    not_action: bool
    resources: tuple[Template, ...] | None
    not_resource: bool
    conditions: tuple[Condition, ...]
    principal: object
    not_principal: bool

    def is_about(self, action: str) -> bool:
        """Say whether the statement's actions include an action, given in lower case."""
        return (self.action.fullmatch(action) is None) is self.not_action

    def keys(self) -> Iterator[str]:
        """Yield the condition keys of the statement, those of its variables included."""
        for condition in self.conditions:
            yield condition.key
            for value in condition.values:
                yield from value.keys()
        for resource in self.resources or ():
            yield from resource.keys()

    def mismatch(self, call: Call, *, needs_resource: bool) -> str:
        """Return why the statement does not apply to a call; "" if it applies.

        Principals are matched elsewhere.

        Args:
            call: what is asked for.
            needs_resource: whether a statement without resources applies to nothing; a trust
                policy's statements have none.
        """
        if not self.is_about(call.action_in_lower_case):
            return "NotAction excludes the action" if self.not_action else "other actions"
        if reason := self._resource_mismatch(call, needs_resource=needs_resource):
            return reason
        for condition in self.conditions:
            if not condition.holds(call.keys):
                seen = call.keys.get(condition.key.lower(), "not in the request")
                return f"condition {condition.name} on {condition.key} is not met: {seen}"
        return ""

    def _resource_mismatch(self, call: Call, *, needs_resource: bool) -> str:
        if self.resources is None:
            return "no Resource element" if needs_resource else ""
        for resource in self.resources:
            if not call.resource.startswith(resource.prefix):
                continue
            pattern = resource.resolve(call.keys)
            if pattern is not None and matches_arn(pattern, call.resource):
                return "NotResource excludes the resource" if self.not_resource else ""
        return "" if self.not_resource else "other resources"


def statements_of(document: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Read the statements of a policy document."""
    variables = document.get("Version") == VERSION_WITH_VARIABLES
    return tuple(
        _statement(element, number, variables=variables)
        for number, element in enumerate(as_list(document.get("Statement", [])), start=1)
    )


def _statement(element: Mapping[str, Any], number: int, *, variables: bool) -> Statement:
    not_action, not_resource = "NotAction" in element, "NotResource" in element
    resources = element.get("NotResource" if not_resource else "Resource")
    return Statement(
        label=str(element.get("Sid") or f"statement {number}"),
        effect=str(element.get("Effect")),
        action=_actions(as_list(element.get("NotAction" if not_action else "Action", []))),
        not_action=not_action,
        resources=None
        if resources is None
        else tuple(template(str(text), variables=variables) for text in as_list(resources)),
        not_resource=not_resource,
        conditions=conditions_of(element.get("Condition") or {}, variables=variables),
        principal=element.get("NotPrincipal", element.get("Principal")),
        not_principal="NotPrincipal" in element,
    )


def _actions(names: list[Any]) -> re.Pattern[str]:
    """Return a pattern for actions in lower case: IAM ignores their case."""
    if not names:
        return _NO_ACTION
    return re.compile("|".join(f"(?:{glob(mark(str(n).lower())).pattern})" for n in names))


def as_list(value: object) -> list[Any]:
    """Return the elements of a JSON list; anything else as the only element."""
    return value if isinstance(value, list) else [value]
