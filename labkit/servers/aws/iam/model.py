"""What an authorization decision is made of: who asks, for what, under which policies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from labkit.servers.aws.iam.statements import Statement, statements_of
from labkit.servers.aws.iam.variables import ContextValue

_ACTIONS_KEPT = 256
_ACCOUNT = re.compile(r"\d{12}")

PrincipalKind = Literal[
    "User", "AssumedRole", "FederatedUser", "Account", "Anonymous", "Service", "Federated"
]

# `aws:PrincipalType` of each kind; AWS names no type for the other two.
_PRINCIPAL_TYPES = {"User", "AssumedRole", "FederatedUser", "Account", "Anonymous"}


@dataclass(frozen=True)
class Policy:
    """One parsed policy document.

    Args:
        name: as shown to a learner, such as "inline policy vault of user x" or a managed
            policy's ARN.
        document: the parsed JSON.
    """

    name: str
    document: Mapping[str, Any]

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements, with their patterns compiled."""
        return statements_of(self.document)

    @cached_property
    def _by_action(self) -> dict[str, tuple[Statement, ...]]:
        return {}

    def about(self, action: str) -> tuple[Statement, ...]:
        """Return the statements whose actions include an action, given in lower case; cached."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= _ACTIONS_KEPT:
                self._by_action.clear()
            found = tuple(one for one in self.statements if one.is_about(action))
            self._by_action[action] = found
        return found


@lru_cache(maxsize=1024)
def parse_policy(name: str, text: str) -> Policy:
    """Return the policy in a JSON text; the same text is parsed and compiled only once.

    Raises:
        ValueError: the text is not JSON.
    """
    return Policy(name, json.loads(text))


@dataclass(frozen=True)
class Principal:
    """Who asks.

    Args:
        arn: of the user, session or account root; the host of a service ("ec2.amazonaws.com") or
            the identity provider of a web or SAML identity; "*" for an anonymous caller.
        account: the 12 digits of the account; "" where there is none.
        type: the kind of principal; User also for a session that `GetSessionToken` created.
        user_id: `aws:userid`, such as AIDA... or AROA...:session-name.
        issuer: for a session, the ARN of the role or of the user that issued the session.
        tags: of the principal, session tags included.
    """

    arn: str
    account: str
    type: PrincipalKind
    user_id: str = ""
    issuer: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def keys(self) -> dict[str, ContextValue]:
        """The condition keys that follow from the principal, by name in lower case.

        See "AWS global condition context keys": a role session has no `aws:username`, and its
        `aws:PrincipalArn` is the ARN of the role.
        """
        keys: dict[str, ContextValue] = {}
        if self.type in _PRINCIPAL_TYPES:
            keys["aws:principaltype"] = self.type
        if self.type != "Anonymous" and self.account:
            keys["aws:principalarn"] = self._lasting_arn
            keys["aws:principalaccount"] = self.account
        if self.user_id:
            keys["aws:userid"] = self.user_id
        if self.type == "User":
            keys["aws:username"] = self.arn.rpartition("/")[2]
        return keys | {f"aws:principaltag/{key}".lower(): tag for key, tag in self.tags.items()}

    @property
    def _lasting_arn(self) -> str:
        return self.issuer if self.type == "AssumedRole" and self.issuer else self.arn


@dataclass(frozen=True)
class Call:
    """One action on one resource, which is what IAM decides on.

    Args:
        principal: who asks.
        action: such as "s3:GetObject".
        resource: an ARN, or "*" for an action without resource types.
        context: condition keys and values; a tuple for a multivalued key. Keys that follow from
            the principal are added, and can be overridden here.
    """

    principal: Principal
    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict)

    @cached_property
    def action_in_lower_case(self) -> str:
        """The action as it is compared: IAM ignores its case."""
        return self.action.lower()

    @cached_property
    def keys(self) -> dict[str, ContextValue]:
        """All condition keys, by name in lower case: IAM ignores the case of their names."""
        given = {key.lower(): value for key, value in self.context.items()}
        return self.principal.keys | given

    @property
    def resource_account(self) -> str:
        """The account that owns the resource; the caller's where nothing names another.

        S3's ARNs name no account, so `aws:ResourceAccount` in the context comes first. AWS's own
        resources have a word in its place (`arn:aws:iam::aws:policy/...`): every account may read
        them, if its identity-based policies allow it.
        """
        named = self.keys.get("aws:resourceaccount")
        in_arn = "".join(self.resource.split(":", 5)[4:5])
        own = in_arn if _ACCOUNT.fullmatch(in_arn) else self._account
        return (named if isinstance(named, str) else "") or own

    @property
    def _account(self) -> str:
        return self.principal.account


@dataclass(frozen=True)
class Policies:
    """The policies that apply to a call, by layer.

    Args:
        identity: of the user and its groups, or of the role; attached and inline.
        resource: of the resource: a bucket's policy, a role's trust policy.
        boundary: the permissions boundary; None if there is none.
        session: the session policies; None if there are none. An empty tuple allows nothing,
            as for a `GetFederationToken` session without a policy.
    """

    identity: tuple[Policy, ...] = ()
    resource: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
