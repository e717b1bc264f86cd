"""The `Principal` and `NotPrincipal` elements.

Source: "AWS JSON policy elements: Principal" and "... NotPrincipal".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from labkit.servers.aws.iam.statements import Statement, as_list

if TYPE_CHECKING:
    from labkit.servers.aws.iam.model import Principal

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")
_KIND_OF_ELEMENT = {"Service": "Service", "Federated": "Federated"}


class Grant(IntEnum):
    """How a resource-based policy names the caller; the order is the strength of an Allow.

    * ACCOUNT: it names the caller's account, which may then allow by identity-based policies.
    * ISSUER: it names the role or user that issued the session: in the same account it suffices,
      within the permissions boundary and the session policies.
    * DIRECT: it names the user or session, or everyone: in the same account it suffices.

    Source: "Policy evaluation for requests within a single account".
    """

    NONE = 0
    ACCOUNT = 1
    ISSUER = 2
    DIRECT = 3


def grant_of(statement: Statement, principal: Principal) -> Grant:
    """Say how a statement's `Principal` or `NotPrincipal` element names a principal."""
    if statement.not_principal:
        return _grant_by_exclusion(statement, principal)
    return max(
        (_grant(kind, name, principal) for kind, name in _named(statement)), default=Grant(0)
    )


def _grant_by_exclusion(statement: Statement, principal: Principal) -> Grant:
    """Decide on `NotPrincipal`.

    A Deny spares a caller only if the element lists every ARN of the caller: the account, the
    user or role, and the session. AWS advises to list all of them for this reason.
    """
    named = list(_named(statement))
    listed = [
        any(_grant(kind, name, principal) is grant for kind, name in named)
        for grant in _grants_to_list(principal)
    ]
    everyone = any(name == "*" for _, name in named)
    spared = everyone or (all(listed) if statement.effect == "Deny" else any(listed))
    return Grant.NONE if spared else Grant.DIRECT


def _grants_to_list(principal: Principal) -> list[Grant]:
    grants = [Grant.DIRECT]
    if principal.issuer:
        grants.append(Grant.ISSUER)
    if principal.account and principal.type not in ("Service", "Federated", "Account"):
        grants.append(Grant.ACCOUNT)
    return grants


def _named(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each principal in the element."""
    element = statement.principal
    if isinstance(element, str):
        yield "AWS", element
    elif isinstance(element, Mapping):
        for kind, names in element.items():
            for name in as_list(names):
                yield kind, str(name)


def _grant(kind: str, name: str, principal: Principal) -> Grant:
    if kind in _KIND_OF_ELEMENT:
        same_kind = principal.type == _KIND_OF_ELEMENT[kind]
        return Grant.DIRECT if same_kind and name == principal.arn else Grant.NONE
    if kind != "AWS" or principal.type in _KIND_OF_ELEMENT.values():
        return Grant.DIRECT if kind == "AWS" and name == "*" else Grant.NONE
    return _aws_grant(name, principal)


def _aws_grant(name: str, principal: Principal) -> Grant:
    """Compare the value of an `AWS` principal; no wildcard but "*" alone exists there."""
    if name == "*":
        return Grant.DIRECT
    account = _ACCOUNT.fullmatch(name)
    if account and account[1] == principal.account:
        return Grant.DIRECT if principal.type == "Account" else Grant.ACCOUNT
    if name in (principal.arn, principal.user_id):
        return Grant.DIRECT
    issuing_id = principal.user_id.partition(":")[0] if principal.issuer else ""
    return Grant.ISSUER if name in (principal.issuer, issuing_id) and name else Grant.NONE
