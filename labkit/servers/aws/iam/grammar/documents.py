"""Check a policy document: IAM's reasons for `MalformedPolicyDocument`, in its words.

moto's validator has the order of the checks and most of the texts, as recorded from AWS. It is not
called, because it accepts what IAM refuses: a key that is in the JSON twice, a condition key
without a vendor, `Principal` in an identity-based policy, a trust policy without a principal or
with a wildcard in one, a Sid with spaces, a number that is none, a list with an ARN that names no
service.

Sources: "Grammar of the IAM JSON policy language"; `MalformedPolicyDocument` of `PutUserPolicy`,
`CreatePolicy` and `CreateRole`; the texts that moto's tests have recorded from AWS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

from labkit.servers.aws.iam.grammar.conditions import condition_problems, is_condition
from labkit.servers.aws.iam.grammar.principals import principal_problems
from labkit.servers.aws.iam.grammar.texts import (
    LEGACY,
    NO_ACTIONS,
    NO_RESOURCES,
    PRINCIPAL,
    PROHIBITED_RESOURCE,
    SID,
    SIDS,
    SYNTAX,
    TRUST_ACTIONS,
    VERSION,
)
from labkit.servers.aws.iam.grammar.values import action_problem, resource_problem
from labkit.servers.aws.iam.statements import VERSION_WITH_VARIABLES, as_list

_TOP = {"Version", "Id", "Statement"}
_VERSIONS = {"2008-10-17", VERSION_WITH_VARIABLES}
_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_OF_TRUST = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:decodeauthorizationmessage",
    "sts:getaccesskeyinfo",
    "sts:getcalleridentity",
    "sts:getfederationtoken",
    "sts:getservicebearertoken",
    "sts:getsessiontoken",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
}


class PolicyKind(Enum):
    """What a policy document is for."""

    IDENTITY = "identity"  # also a permissions boundary and a session policy
    TRUST = "trust"
    RESOURCE = "resource"


def problems(text: str, kind: PolicyKind = PolicyKind.IDENTITY) -> list[str]:
    """Return why IAM refuses a policy document, the reason that IAM gives first; [] if it is valid.

    Args:
        text: the policy document as it was sent.
        kind: what it is for.
    """
    document = _parsed(text)
    if document is None or not _is_well_formed(document):
        return [SYNTAX]
    statements = as_list(document["Statement"])
    return list(dict.fromkeys(_problems(document, statements, kind)))


def size(text: str) -> int:
    """Return the size that IAM counts against its quotas: the characters without whitespace.

    Source: "IAM and AWS STS quotas": "IAM does not count white space".
    """
    return len("".join(text.split()))


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _is_well_formed(document: dict[str, Any]) -> bool:
    """Say whether elements and types are those of the grammar."""
    statements = as_list(document.get("Statement"))
    return (
        document.keys() <= _TOP
        and document.get("Version", VERSION_WITH_VARIABLES) in _VERSIONS
        and isinstance(document.get("Id", ""), str)
        and bool(statements)
        and all(isinstance(s, dict) and _is_statement(s) for s in statements)
    )


def _is_statement(statement: dict[str, Any]) -> bool:
    pairs = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
    return (
        statement.keys() <= _ELEMENTS
        and not any(first in statement and second in statement for first, second in pairs)
        and str(statement.get("Effect")).lower() in ("allow", "deny")
        and isinstance(statement.get("Sid", ""), str)
        and all(_are_texts(statement.get(name, [])) for name in _LISTS)
        and is_condition(statement.get("Condition", {}))
    )


def _are_texts(value: object) -> bool:
    return all(isinstance(text, str) for text in as_list(value))


def _problems(
    document: dict[str, Any], statements: list[dict[str, Any]], kind: PolicyKind
) -> Iterator[str]:
    """Yield the reasons in the order in which IAM looks for them."""
    if kind is not PolicyKind.RESOURCE and document.get("Version") != VERSION_WITH_VARIABLES:
        yield VERSION
    if any(statement["Effect"] not in ("Allow", "Deny") for statement in statements):
        yield LEGACY
    for statement in statements:
        yield from condition_problems(statement.get("Condition", {}))
    yield from _sid_problems(statements, kind)
    if not all(_has(statement, "Action") for statement in statements):
        yield NO_ACTIONS
    yield from _resource_problems(statements, kind)
    for statement in statements:
        yield from filter(None, map(action_problem, _texts(statement, "Action")))
    for statement in statements:
        yield from _role_problems(statement, kind)


def _sid_problems(statements: list[dict[str, Any]], kind: PolicyKind) -> Iterator[str]:
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(set(sids)) != len(sids):
        yield SIDS
    if kind is not PolicyKind.RESOURCE and not all(sid.isascii() and sid.isalnum() for sid in sids):
        yield SID


def _resource_problems(statements: list[dict[str, Any]], kind: PolicyKind) -> Iterator[str]:
    for statement in statements:
        if kind is PolicyKind.TRUST:
            if "Resource" in statement or "NotResource" in statement:
                yield PROHIBITED_RESOURCE
            continue
        for text in sorted(_texts(statement, "Resource"), reverse=True):
            if problem := resource_problem(text):
                yield problem
        if not _has(statement, "Resource"):
            yield NO_RESOURCES


def _role_problems(statement: dict[str, Any], kind: PolicyKind) -> Iterator[str]:
    """Yield what is wrong with principals, and with the actions of a trust policy."""
    if kind is PolicyKind.IDENTITY:
        if "Principal" in statement or "NotPrincipal" in statement:
            yield PRINCIPAL
        return
    yield from principal_problems(statement)
    if kind is PolicyKind.TRUST:
        actions = {text.lower() for text in _texts(statement, "Action")}
        if not actions <= _OF_TRUST or "NotAction" in statement:
            yield TRUST_ACTIONS


def _has(statement: dict[str, Any], name: str) -> bool:
    return bool(statement.get(name) or statement.get(f"Not{name}"))


def _texts(statement: dict[str, Any], name: str) -> list[str]:
    return as_list(statement.get(name, [])) + as_list(statement.get(f"Not{name}", []))
