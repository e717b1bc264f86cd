"""Where iam-simulate decides otherwise than AWS's documentation says.

Each function rewrites a case without the construct in question and without a change of meaning
under the page that it names. If our decision stays and the second judge then agrees, the page
explains the difference.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labkit.servers.aws.iam import Call, Policies, Policy, decide
from tests.servers.aws.iam.generated import Case
from tests.servers.aws.iam.pieces import statement

NO_VALUE = "no-value-equals-this"
_VARIABLE = re.compile(r"\$\{([^},]+)\}")
_SHORT_ARN = re.compile(r"arn(?::[^:]*){0,4}")


def without_unresolved_variables(case: Case) -> Case:
    """Page: IAM policy elements: Variables and tags, "Policy variables with no value".

    "There is no equal or like value": nothing matches, so negated operators and NotResource do.
    The judge takes the whole statement as not matching.
    """

    def resolved(text: str) -> str:
        names = [name.lower() for name in _VARIABLE.findall(text) if name not in "*?$"]
        return text if all(case.call.keys.get(name) for name in names) else _never(text)

    return _with_texts(case, resolved)


def _never(text: str) -> str:
    return f"arn:aws:none:::{NO_VALUE}" if text.startswith("arn:") else NO_VALUE


def with_whole_arns(case: Case) -> Case:
    """Page: IAM JSON policy elements: Resource: AWS completes an incomplete ARN with wildcards.

    The judge says "preserve existing conservative behavior" for NotResource.
    """
    return _with_texts(
        case, lambda t: t + ":*" * (5 - t.count(":")) if _SHORT_ARN.fullmatch(t) else t
    )


def with_networks(case: Case) -> Case:
    """Page: IAM JSON policy elements: Condition operators, NotIpAddress: "all IP addresses except".

    The judge does not count an IPv6 address among all addresses except one IPv4 address.
    """
    return _with_texts(case, lambda t: f"{t}/32" if re.fullmatch(r"\d+(\.\d+){3}", t) else t)


def without_conditions_on_missing_keys(case: Case) -> Case:
    """Page: Condition operators, "...IfExists": if the key is not present, the element is true.

    The judge denies this to ForAnyValue.
    """

    def met(name: str, key: str) -> bool:
        any_if_exists = name.startswith("ForAnyValue:") and name.endswith("IfExists")
        return any_if_exists and not case.call.keys.get(key.lower())

    def rewrite(element: dict[str, Any]) -> dict[str, Any]:
        found = {
            name: {key: values for key, values in keys.items() if not met(name, key)}
            for name, keys in element.get("Condition", {}).items()
        }
        return element | {"Condition": {name: keys for name, keys in found.items() if keys}}

    return _with_statements(case, rewrite)


def with_session_policies_that_only_deny(case: Case) -> Case:
    """Page: Policy evaluation for requests within a single account, resource-based policies.

    What a resource-based policy grants to a session's own ARN or to everyone is "not limited by an
    implicit deny" in a session policy; the judge requires its Allow in any case. A Deny stays.
    """
    if not case.policies.session or not _granted_directly(case):
        return case
    policies = tuple(
        Policy(p.name, {**p.document, "Statement": [statement(), *p.document["Statement"]]})
        for p in case.policies.session
    )
    return replace(case, policies=replace(case.policies, session=policies))


def without_empty_keys(case: Case) -> Case:
    """Page: Condition operators, "Condition operator to check existence of condition keys".

    Null is false if "the key exists and its value is not null"; the judge sees an empty set there.
    """
    context = {key: value for key, value in case.call.context.items() if value != ()}
    return replace(case, call=Call(**_fields(case.call) | {"context": context}))


def with_plain_asterisks(case: Case) -> Case:
    """Page: IAM policy elements: Variables and tags, "Specifying special characters": `${*}`.

    The judge leaves `${*}` as it is in operators that ignore case, which have no wildcards.
    """

    def rewrite(element: dict[str, Any]) -> dict[str, Any]:
        found = {
            name: {k: _plain(v) if "IgnoreCase" in name else v for k, v in keys.items()}
            for name, keys in element.get("Condition", {}).items()
        }
        return element | {"Condition": found}

    return _with_statements(case, rewrite)


def _plain(values: str | list[str]) -> str | list[str]:
    if isinstance(values, str):
        return values.replace("${*}", "*")
    return [value.replace("${*}", "*") for value in values]


def _granted_directly(case: Case) -> bool:
    """Whether the resource's policy alone allows the call, with nothing allowed elsewhere."""
    alone = Policies(resource=case.policies.resource, boundary=(), session=())
    return decide(case.call, alone).allowed


def _with_texts(case: Case, rewrite: Callable[[str], str]) -> Case:
    def deep(value: object) -> object:
        if isinstance(value, str):
            return rewrite(value)
        if isinstance(value, list):
            return [deep(inner) for inner in value]
        return {k: deep(v) for k, v in value.items()} if isinstance(value, dict) else value

    names = ("Resource", "NotResource", "Condition")
    return _with_statements(case, lambda s: {k: deep(v) if k in names else v for k, v in s.items()})


def _with_statements(case: Case, rewrite: Callable[[dict[str, Any]], dict[str, Any]]) -> Case:
    def layer(policies: tuple[Policy, ...] | None) -> tuple[Policy, ...] | None:
        if policies is None:
            return None
        return tuple(
            Policy(p.name, {**p.document, "Statement": [*map(rewrite, p.document["Statement"])]})
            for p in policies
        )

    layers: dict[str, Any] = {name: layer(found) for name, found in vars(case.policies).items()}
    return Case(Call(**_fields(case.call)), Policies(**layers))


def _fields(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in ("principal", "action", "resource", "context")}


PAGES = (
    without_unresolved_variables,
    with_whole_arns,
    with_networks,
    without_conditions_on_missing_keys,
    with_session_policies_that_only_deny,
    without_empty_keys,
    with_plain_asterisks,
)


def rewritten(case: Case) -> Case:
    for page in PAGES:
        case = page(case)
    return case
