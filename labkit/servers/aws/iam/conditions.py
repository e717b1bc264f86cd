"""The `Condition` element: operators, set operators, `IfExists` and `Null`.

Source: "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.servers.aws.iam.operators import Operator, operator
from labkit.servers.aws.iam.variables import ContextKeys, Template, template

_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key, with the values of the policy.

    Args:
        name: the operator as the policy names it, for a message.
        key: the condition key as the policy names it.
        over: "forallvalues", "foranyvalue" or "".
        test: the operator; None for `Null`, or if AWS has no such operator.
        is_null: whether the operator is `Null`.
        if_exists: whether the name ends in `IfExists`.
        values: of the policy; a single value of the key must match any of them.
    """

    name: str
    key: str
    over: str
    test: Operator | None
    is_null: bool
    if_exists: bool
    values: tuple[Template, ...]

    def holds(self, keys: ContextKeys) -> bool:
        """Say whether the condition is met; keys have names in lower case."""
        seen = _values(keys.get(self.key.lower()))
        if self.is_null:
            return any(value.literal == ("false" if seen else "true") for value in self.values)
        if self.test is None:
            return False
        if not seen:
            return self._holds_without_key(self.test)
        return self._holds_for(seen, self.test, [value.resolve(keys) for value in self.values])

    def _holds_without_key(self, test: Operator) -> bool:
        """Decide for a key that the request lacks; a negated operator is then met."""
        if self.if_exists or self.over == "forallvalues":
            return True
        return test.negated and not self.over

    def _holds_for(self, seen: tuple[str, ...], test: Operator, wanted: list[str | None]) -> bool:
        results = (test.matches(value, wanted) for value in seen)
        if self.over == "forallvalues":
            return seen == ("",) or all(results)
        if self.over == "foranyvalue":
            return any(results)
        return len(seen) == 1 and all(results)  # a multivalued key needs a set operator


def conditions_of(element: Mapping[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    """Read a `Condition` element; every condition has to be met.

    Args:
        element: the parsed JSON.
        variables: whether the policy's version has policy variables.
    """
    return tuple(
        _condition(name, key, values, variables=variables)
        for name, keys in element.items()
        for key, values in keys.items()
    )


def _condition(name: str, key: str, values: object, *, variables: bool) -> Condition:
    found = _OPERATOR.fullmatch(name)
    over, base, if_exists = found.groups() if found else ("", name, None)
    is_null, test = base.lower() == "null", operator(base)
    texts = [text_of(value) for value in (values if isinstance(values, list) else [values])]
    return Condition(
        name=name,
        key=key,
        over=(over or "").lower(),
        test=test,
        is_null=is_null,
        if_exists=if_exists is not None,
        values=tuple(
            template(
                text.lower() if is_null else text,
                variables=variables and test is not None and test.variables,
                wildcards=test is not None and test.wildcards,
            )
            for text in texts
        ),
    )


def text_of(value: object) -> str:
    """Return a JSON string, number or boolean as IAM compares it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
