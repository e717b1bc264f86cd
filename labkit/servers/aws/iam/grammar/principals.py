"""Check `Principal` and `NotPrincipal`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from labkit.servers.aws.iam.grammar.texts import INVALID_PRINCIPAL, MISSING_PRINCIPAL
from labkit.servers.aws.iam.statements import as_list

_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}
_AWS = re.compile(
    r"\*|\d{12}|A[A-Z0-9]{15,}"
    r"|arn:[\w-]+:(?:iam|sts)::\d{12}:"
    r"(?:root|(?:user|role|assumed-role|federated-user)/[^*?\s]+)"
)
_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")


def principal_problems(statement: dict[str, Any]) -> Iterator[str]:
    """Yield what IAM says against the principals of a statement.

    Source: "AWS JSON policy elements: Principal": no wildcard in a part of a name or ARN.
    """
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if element in (None, {}, [], ""):
        yield MISSING_PRINCIPAL
    elif element != "*":
        yield from _element_problems(element)


def _element_problems(element: object) -> Iterator[str]:
    if not isinstance(element, dict):
        yield INVALID_PRINCIPAL.format(f'"{element}"')
        return
    for kind, names in element.items():
        for name in as_list(names):
            if kind not in _KINDS or not isinstance(name, str) or not _is_valid(kind, name):
                yield INVALID_PRINCIPAL.format(f'"{kind}":"{name}"')


def _is_valid(kind: str, name: str) -> bool:
    if kind == "AWS":
        return _AWS.fullmatch(name) is not None
    if kind == "Service":
        return _SERVICE.fullmatch(name) is not None
    return bool(name) and "*" not in name
