"""Check a `Condition` element."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labkit.servers.aws.iam.grammar.texts import LEGACY, VENDOR
from labkit.servers.aws.iam.operators import moment, number, operator
from labkit.servers.aws.iam.statements import as_list

_NAME = re.compile(r"(?:(?:ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")
_VALUE = (str, bool, int, float)


def is_condition(element: object) -> bool:
    """Say whether an element has the operators, keys and types of the grammar."""
    return isinstance(element, dict) and all(
        _is_operator(name) and isinstance(keys, dict) and all(map(_are_values, keys.values()))
        for name, keys in element.items()
    )


def _is_operator(name: str) -> bool:
    found = _NAME.fullmatch(name)
    if found is None:
        return False
    base, if_exists = found.groups()
    return operator(base) is not None or (base.lower() == "null" and not if_exists)


def _are_values(values: object) -> bool:
    return all(isinstance(value, _VALUE) for value in as_list(values))


def condition_problems(element: Mapping[str, Any]) -> Iterator[str]:
    """Yield what IAM says against a well-formed `Condition` element."""
    for name, keys in element.items():
        for key, values in keys.items():
            if ":" not in key:
                yield VENDOR
            if not all(_is_of_type(name, str(value)) for value in as_list(values)):
                yield LEGACY


def _is_of_type(name: str, value: str) -> bool:
    """Say whether a value is a date or a number where the operator needs one."""
    base = name.rpartition(":")[2].lower()
    if base.startswith("date"):
        return moment(value) is not None
    return number(value) is not None if base.startswith("numeric") else True
