"""What the Service Authorization Reference says that a call needs.

For each resource type of the action, the ARN is filled from the input. A resource that the call
creates has no ID yet: AWS then decides on an ARN that ends in `*`, such as
"arn:aws:ec2:us-east-1:123456789012:instance/*", which only a policy with a wildcard there matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labkit.servers.aws.iam.actions.needs import ApiRequest, Need, tag_keys, tags_of, texts
from labkit.servers.aws.iam.actions.reference import Action, Service, prefix_of, service
from labkit.servers.aws.iam.variables import ContextKeys

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+")
UNKNOWN = "*"

Aliases = Mapping[str, tuple[str, ...]]


def by_reference(
    request: ApiRequest, aliases: Aliases | None = None, action: str = ""
) -> tuple[Need, ...]:
    """Return what a call needs; empty if the reference lacks the service or the action.

    Args:
        request: the call.
        aliases: names of input members, by the variable of an ARN's form that they fill.
        action: the action, if it has another name than the operation.
    """
    prefix = prefix_of(request.service)
    known = service(prefix)
    found = known.action(action or request.operation) if known else None
    if known is None or found is None:
        return ()
    context = tag_keys(tags_of(request.parameters))
    arns = list(_arns(request, known, found, aliases or {})) or [UNKNOWN]
    needs = [Need(f"{prefix}:{found.name}", arn, context) for arn in dict.fromkeys(arns)]
    return (*needs, *(passed_roles(request, prefix) if found.passes_role else ()))


def _arns(request: ApiRequest, known: Service, action: Action, aliases: Aliases) -> Iterator[str]:
    for kind in (*action.required, *action.optional):
        form = known.arns.get(kind)
        if form is None:
            continue
        yield from _filled(request, form, aliases, needed=kind in action.required)


def _filled(request: ApiRequest, form: str, aliases: Aliases, *, needed: bool) -> Iterator[str]:
    """Yield the ARNs of one resource type; the last variable is the resource's own name."""
    variables = [name for name in _VARIABLE.findall(form) if name not in _GIVEN]
    if not variables:
        yield request.fill(form)
        return
    *outer, own = variables
    names = list(values_of(request.parameters, own, aliases))
    around = {name: next(values_of(request.parameters, name, aliases), UNKNOWN) for name in outer}
    for name in names or ([UNKNOWN] if needed else []):
        yield name if name.startswith("arn:") else request.fill(form, **around, **{own: name})


_GIVEN = {"Partition", "Region", "Account"}


def values_of(parameters: Mapping[str, Any], variable: str, aliases: Aliases) -> Iterator[str]:
    """Yield the values of an ARN's variable in the input: `VpcId`, `VpcIds` and its aliases."""
    names = (variable, *aliases.get(variable, ()))
    yield from texts(parameters, frozenset(n.lower() for name in names for n in (name, f"{name}s")))


def passed_roles(request: ApiRequest, prefix: str, arns: tuple[str, ...] = ()) -> Iterator[Need]:
    """Yield `iam:PassRole` for each role that the call passes to the service."""
    context: ContextKeys = {"iam:PassedToService": f"{prefix}.amazonaws.com"}
    for arn in dict.fromkeys((*arns, *_role_arns(request.parameters))):
        yield Need("iam:PassRole", arn, context)


def _role_arns(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if _ROLE.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _role_arns(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _role_arns(inner)
